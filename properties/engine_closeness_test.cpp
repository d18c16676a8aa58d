/// @file
/// Margins of single comparisons, and what a trial makes of those of its parts.

#include "engine/closeness.hpp"
#include "engine/double_says.hpp"
#include "engine/trial.hpp"
#include "hadamard/core/error.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace hadamard::verify {
namespace {

using R50 = Real<50>;

Trial fresh(bool watched = true) {
    Trial out({transfer_traits("hadamard_product"), Exponent(2)}, Tape(1), 50);
    if (watched) out.watch();
    return out;
}

nlohmann::ordered_json nothing() { return {}; }

TEST(Closeness, IsRelativeToTheTerms) {
    EXPECT_DOUBLE_EQ(margin_of_at_most(Rational(1), Rational(3)), -0.5);
    EXPECT_DOUBLE_EQ(margin_of_at_most(Rational(3), Rational(1)), 0.5);
    EXPECT_DOUBLE_EQ(margin_of_at_most(Rational(-1), Rational(1)), -1);
    EXPECT_EQ(margin_of_at_most(Rational(0), Rational(0)), 0);
    EXPECT_EQ(margin_of_at_most(2.0, 2.0), 0);
    EXPECT_DOUBLE_EQ(margin_of_at_most(Interval(1), Interval(3)), -0.5);
    // Terms that double does not hold.
    EXPECT_DOUBLE_EQ(margin_of_at_most(R50("1e-400"), R50("3e-400")), -0.5);
    EXPECT_DOUBLE_EQ(margin_of_equal(R50("1e-400"), R50("3e-400")), 0.5);
    EXPECT_TRUE(std::isnan(margin_of_equal(Rational(2), Rational(2))));
}

TEST(Closeness, OfVectors) {
    Vector<Rational> a(2), b(2), zero(2);
    a << 1, 2;
    b << 1, 4;
    zero << 0, 0;
    EXPECT_DOUBLE_EQ(margin_of_equal(a, b), 0.25);
    EXPECT_TRUE(std::isnan(margin_of_equal(a, a)));
    EXPECT_DOUBLE_EQ(margin_of_zero(a, Rational(1)), 0.75);
    EXPECT_TRUE(std::isnan(margin_of_zero(zero, Rational(1))));
    EXPECT_DOUBLE_EQ(margin_of_obtuse(a, Vector<Rational>(-a)), -1);
    EXPECT_TRUE(std::isnan(margin_of_obtuse(a, zero)));
}

TEST(Closeness, OfSpectra) {
    const Matrix<double> H = Vector<double>{{-1, 4}}.asDiagonal();
    EXPECT_DOUBLE_EQ(margin_of_no_descent(H), 0.25);
    EXPECT_DOUBLE_EQ(margin_of_signs(H), -0.25);
    const Matrix<double> singular = Vector<double>{{0, 2, 4}}.asDiagonal();
    EXPECT_EQ(margin_of_no_descent(singular), 0);
    EXPECT_DOUBLE_EQ(margin_of_signs(singular), -0.5);
    EXPECT_TRUE(std::isnan(margin_of_no_descent(Matrix<double>())));
    EXPECT_TRUE(std::isnan(margin_of_signs(Matrix<double>::Zero(2, 2))));
}

/// ½(β − b)² + λ|β| on hadamard_product at ξ = 0: b = λ is the boundary.
ProblemFamily scalar(const Rational& b, const Rational& lambda) {
    Instance out;
    out.transfer = {.name = "hadamard_product", .depth = 2, .base_size = 1};
    out.lambda = lambda;
    out.loss.kind = "quadratic";
    out.loss.A = Matrix<Rational>::Identity(1, 1);
    out.loss.b = Vector<Rational>::Constant(1, b);
    return ProblemFamily(out);
}

TEST(Closeness, OfMinimality) {
    const Vector<Rational> zero1 = Vector<Rational>::Constant(1, Rational(0)),
                           zero2 = Vector<Rational>::Constant(2, Rational(0));
    // Base: (|b| − λ)/(|b| + λ); surrogate: eigenvalues λ ± b.
    EXPECT_DOUBLE_EQ(minimality_margin_base(scalar(1, 3), zero1), -0.5);
    EXPECT_DOUBLE_EQ(minimality_margin_base(scalar(3, 1), zero1), 0.5);
    EXPECT_EQ(minimality_margin_base(scalar(2, 2), zero1), 0);
    EXPECT_DOUBLE_EQ(minimality_margin_surrogate(scalar(1, 3), zero2), -0.5);
    EXPECT_DOUBLE_EQ(minimality_margin_surrogate(scalar(3, 1), zero2), 0.5);
    EXPECT_NEAR(minimality_margin_surrogate(scalar(2, 2), zero2), 0, 1e-15);
    // Off the stationary points: soft thresholding of 3 by 1 gives 2, not 1.
    EXPECT_GT(minimality_margin_base(scalar(3, 1), Vector<Rational>::Constant(1, Rational(1))),
              0.1);
    EXPECT_LT(minimality_margin_base(scalar(3, 1), Vector<Rational>::Constant(1, Rational(2))), 0);
    EXPECT_GT(minimality_margin_surrogate(scalar(3, 1), Vector<Rational>::Constant(2, Rational(1))),
              0.1);
}

TEST(Trials, HaveTheLargestMarginOfTheirParts) {
    Trial trial = fresh();
    EXPECT_FALSE(trial.margin());
    trial.expect_at_most("a", Rational(1), Rational(3), nothing);
    trial.expect_at_most("b", Rational(7), Rational(9), nothing);
    trial.expect_equal("c", Rational(2), Rational(2), nothing);
    ASSERT_TRUE(trial.margin());
    EXPECT_DOUBLE_EQ(*trial.margin(), -0.125);
    EXPECT_EQ(trial.held_parts().size(), 3U);
    trial.expect_at_most("d", Rational(3), Rational(1), nothing);
    EXPECT_TRUE(trial.refuted());
    EXPECT_DOUBLE_EQ(*trial.margin(), 0.5);
}

TEST(Trials, SayWithTheirMarginWhatTheyDecided) {
    Trial held = fresh();
    held.note_margin([] { return 1e-17; });  // rounding
    held.holds("a");
    EXPECT_EQ(*held.margin(), 0);
    held.undecided("b", "made up");
    EXPECT_EQ(*held.margin(), 1e-17);
    Trial refuted = fresh();
    refuted.note_margin([] { return -1e-17; });
    refuted.refute("a", {});
    EXPECT_GT(*refuted.margin(), 0);
    Trial unmeasured = fresh();
    unmeasured.refute("a", {});
    EXPECT_EQ(*unmeasured.margin(), 1);
}

TEST(Trials, NoteOnlyWhatIsWatched) {
    Trial blind = fresh(false);
    blind.note_margin([]() -> double { throw std::logic_error("not to be called"); });
    blind.note_point([]() -> PointSeen { throw std::logic_error("not to be called"); });
    EXPECT_FALSE(blind.margin());
    Trial trial = fresh();
    EXPECT_NO_THROW(trial.note_margin([]() -> double { throw InputError("no such number"); }));
    trial.note_margin([] { return no_margin; });
    EXPECT_FALSE(trial.margin());
}

}  // namespace
}  // namespace hadamard::verify
