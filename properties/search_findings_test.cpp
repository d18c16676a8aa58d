/// @file
/// What searches found in the program itself, kept from coming back, and the exact witnesses of open
/// questions. See verify/search/FINDINGS.md.

#include "hadamard/data/transfer_json.hpp"
#include "search/case.hpp"

#include <gtest/gtest.h>

namespace hadamard::search {
namespace {

/// Decides a case of dynamics.convergence-rate again: once refuted, now undecided for this reason.
void expect_undecided(const std::string& rest_of_case, const std::string& reason) {
    const Trial trial = replayed(case_from_text(
        R"({"format":"hadamard-case","version":1,"claim":"dynamics.convergence-rate","mutant":"",)" +
        rest_of_case));
    EXPECT_FALSE(trial.refuted());
    ASSERT_EQ(trial.undecided_reasons().size(), 1U);
    EXPECT_NE(trial.undecided_reasons().front().find(reason), std::string::npos);
}

/// λ = 2^−16: 500 steps move the error by less than 1 %, and slopes near 0 are no exponents.
TEST(Findings, SlopesBeforeAnythingMovesAreNoExponents) {
    expect_undecided(R"("transfer":"hadamard_difference","depth":"2","digits":50,"choices":[1],)"
                     R"("pins":[[2,"1/65536"]]})",
                     "not yet asymptotic");
}

/// λ = 13/256: the exponent of the value gap rests near −2.02 between t = 500 and 2000.
TEST(Findings, ExponentsThatRestNearTheClaimedOnesAreNoOthers) {
    expect_undecided(R"("transfer":"group_product","depth":"2","digits":50,)"
                     R"("choices":[1,1,1,0,0,1],"pins":[[3,"13/256"]]})",
                     "near the claimed");
}

Vector<Rational> point(const Rational& u, const Rational& v, const Rational& w) {
    Vector<Rational> out(3);
    out << u, v, w;
    return out;
}

/// K = uv(1 + w²), S = ½(u² + v²)(1 + w²)²: M(0) is the line u = v = 0, M(β) has w = 0. With
/// L = ½(β − 3/2)² and λ = 1, Q − L(0) ≥ |uv|(1 + w²)(w² − ½) by AM–GM: no descent from (0, 0, 1).
TEST(Findings, UpperHemicontinuityIsNotEnough) {
    const custom::CustomSpec h4_broken =
        read_transfer(HADAMARD_SOURCE_DIR "/examples/transfers/h4_broken.json");
    const auto loss = [](const Rational& beta) {
        const Rational r = beta - Rational(3, 2);
        return Rational(r * r / 2);
    };
    const auto Q = [&](const Vector<Rational>& xi) {
        return Rational(loss(h4_broken.K.value(xi)) + h4_broken.S.value(xi));
    };
    const Rational at = Q(point(0, 0, 1));
    for (int i = -8; i <= 8; ++i)
        for (int j = -8; j <= 8; ++j)
            for (int l = -8; l <= 8; ++l)
                EXPECT_GE(Q(point(Rational(i, 32), Rational(j, 32), 1 + Rational(l, 32))), at);
    // P = L + |β| falls from β = 0, and so does Q along M(β) from (0, 0, 0).
    EXPECT_LT(Rational(loss(Rational(1, 4)) + Rational(1, 4)), loss(0));
    EXPECT_LT(Q(point(Rational(1, 2), Rational(1, 2), 0)), at);
}

/// K = sign(u)|u|^{3/2}, S = u², L = ½(β − 1)², λ = ½: a step of length 1/4 takes u = −1 to 0,
/// where the gradient of Q vanishes and P has the slope −1.
TEST(Findings, GradientDescentCanStopAtZeroWhereKIsFlat) {
    const custom::Expression K = custom::parse_expression("K", "u*sqrt(abs(u))", {"u"});
    const auto slope = [&](const Rational& u) {
        const auto jet = K.evaluate(Vector<Rational>(Vector<Rational>::Constant(1, u)), 1);
        return Rational((jet.value - 1) * jet.gradient[0] + u);
    };
    EXPECT_EQ(slope(-1), -4);
    EXPECT_EQ(Rational(-1) - slope(-1) / 4, 0);
}

}  // namespace
}  // namespace hadamard::search
