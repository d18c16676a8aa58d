/// @file
/// The working-set solver from 0, where λ or δ is so small that one descent does not get there: to a
/// relative gap of 1e-10 all the same, with a bounded number of steps.

#include "sparse_instances.hpp"

#include <gtest/gtest.h>

namespace hadamard::sparse {
namespace {

constexpr double tolerance = 1e-10;

/// Settings that end after `most` questions whether to go on (one a sweep and one a round), so that a
/// solver that is lost fails and does not hang.
SparseSettings patient(std::ptrdiff_t most) {
    SparseSettings out = to_gap(tolerance);
    out.is_interrupted = [most, asked = std::ptrdiff_t(0)]() mutable { return ++asked > most; };
    return out;
}

// ---- Huber --------------------------------------------------------------------------------------

struct Planted {
    Instance of;
    std::vector<double> minimizer;
    double lambda = 0;
};

/// Residuals and coefficients of size `scale` with δ = 1: ν is drawn first, and X bent until −Xᵀν/(nλ) is
/// a subgradient of ‖β‖₁ at the β drawn. A share `inside` of the rows is within δ.
Planted planted(Draws& draws, Index n, Index p, Index support, double scale, double inside) {
    Planted out;
    Instance& of = out.of;
    of.loss = LossKind::huber;
    of.delta = 1;
    of.n = n;
    of.p = p;
    out.lambda = 0.05;
    std::vector<double> nu, residual;
    double squares = 0;
    for (Index i = 0; i < n; ++i) {
        nu.push_back(draws.chance(inside) ? draws.uniform(-0.9, 0.9) : draws.chance(0.5) ? 1 : -1);
        const bool is_inside = std::abs(nu.back()) < 1;
        residual.push_back(nu.back() * (is_inside ? 1 : 1 + scale * draws.uniform()));
        squares += nu.back() * nu.back();
    }
    of.x.resize(at(n * p));
    out.minimizer.assign(at(p), 0);
    for (Index j = 0; j < p; ++j) {
        const double sign = draws.chance(0.5) ? 1 : -1;
        if (j < support) out.minimizer[at(j)] = sign * scale * draws.uniform(0.1, 1);
        double along = 0;
        for (Index i = 0; i < n; ++i) {
            of.entry(i, j) = draws.normal();
            along += of.entry(i, j) * nu[at(i)];
        }
        const double slope = j < support ? sign : draws.uniform(-0.95, 0.95);
        const double wanted = -static_cast<double>(n) * out.lambda * slope;
        for (Index i = 0; i < n; ++i) of.entry(i, j) += (wanted - along) / squares * nu[at(i)];
    }
    for (Index i = 0; i < n; ++i) {
        Wide fit = 0;
        for (Index j = 0; j < support; ++j) fit += Wide(of.entry(i, j)) * out.minimizer[at(j)];
        of.y.push_back(static_cast<double>(fit - residual[at(i)]));
    }
    return out;
}

TEST(FarOutliers, AreNoObstacle) {
    for (std::uint64_t seed = 0; seed < cases(4); ++seed)
        for (const double scale : {1e2, 1e4, 1e6, 1e8})
            for (const double inside : {0.2, 0.8}) {
                Draws draws(seed);
                const Index n = 30 + draws.below(40), p = seed % 2 == 0 ? n / 3 : 3 * n;
                const Planted made = planted(draws, n, p, n / 8, scale, inside);
                SCOPED_TRACE("seed " + std::to_string(seed) + " " + summary(made.of) + " scale " +
                             std::to_string(scale));
                const Wide least = Judge(made.of, made.minimizer, 0, made.lambda).objective();
                for (const Form form : {Form::columns, Form::sparse}) {
                    const Laid laid(made.of, form);
                    const SparseSolution got =
                        WorkingSet(laid.problem, patient(1000000)).solve(made.lambda);
                    EXPECT_EQ(got.stop, SparseStop::converged);
                    // n terms of the size of P(0).
                    const Wide rounding = 1e-14L * at_zero(made.of);
                    const Wide excess = Judge(made.of, got).objective() - least;
                    EXPECT_LE(excess, tolerance * at_zero(made.of) + rounding);
                    EXPECT_GE(Wide(got.gap), excess - rounding) << "the gap is no upper bound";
                }
            }
}

TEST(FarOutliers, AreNoObstacleAlongAPathWithAnIntercept) {
    for (const double scale : {1e3, 1e6}) {
        Draws draws(5);
        Planted made = planted(draws, 40, 90, 6, scale, 0.3);
        made.of.intercept = true;
        const Laid laid(made.of);
        WorkingSet solver(laid.problem, to_gap(tolerance));
        const double largest = solver.lambda_max();
        for (const double share : {0.5, 0.1, 0.02, 0.2}) {
            const SparseSolution got = solver.solve(share * largest);
            EXPECT_EQ(got.stop, SparseStop::converged) << share;
            const SparseSolution cold =
                WorkingSet(laid.problem, to_gap(tolerance)).solve(share * largest);
            EXPECT_EQ(cold.stop, SparseStop::converged) << share;
            EXPECT_LE(std::abs(got.objective - cold.objective),
                      2 * tolerance * static_cast<double>(at_zero(made.of)));
        }
    }
}

// ---- λ ------------------------------------------------------------------------------------------

/// Neighbouring columns correlate at `rho`; the last quarter are copies of others or their negatives.
Instance wide(Draws& draws, LossKind loss, Index n, Index p, double rho) {
    Instance of;
    of.loss = loss;
    of.n = n;
    of.p = p;
    of.x.resize(at(n * p));
    for (Index i = 0; i < n; ++i) {
        double before = draws.normal();
        for (Index j = 0; j < p; ++j)
            before = of.entry(i, j) = rho * before + std::sqrt(1 - rho * rho) * draws.normal();
    }
    for (Index j = 3 * p / 4; j < p; ++j) {
        const Index source = draws.below(3 * p / 4);
        const double sign = draws.chance(0.5) ? 1 : -1;
        for (Index i = 0; i < n; ++i) of.entry(i, j) = sign * of.entry(i, source);
    }
    of.has_copies = true;
    for (Index i = 0; i < n; ++i) {
        double signal = loss == LossKind::logistic ? 0 : 0.5 * draws.normal();
        for (Index k = 0; k < 6; ++k) signal += (k % 2 == 0 ? 1 : -1) * of.entry(i, k * p / 8);
        of.y.push_back(loss != LossKind::logistic ? signal : signal > 0);
    }
    return of;
}

void expect_solved_from_zero(const Instance& of, double share, std::ptrdiff_t most_questions) {
    const Laid laid(of);
    WorkingSet solver(laid.problem, patient(most_questions));
    const SparseSolution got = solver.solve(share * solver.lambda_max());
    SCOPED_TRACE(summary(of) + " share " + std::to_string(share));
    EXPECT_EQ(got.stop, SparseStop::converged) << got.relative_gap;
    EXPECT_LE(got.relative_gap, tolerance);
    const Judge judge(of, got);
    EXPECT_LE(judge.gap(), tolerance * at_zero(of) + 1e-14L + judge.gap_rounding());
}

/// Few rows are within δ: what ℓ'' changes by is little on average, and all there is in some directions.
TEST(Huber, HeavyTailsAlongAPath) {
    for (std::uint64_t seed = 0; seed < cases(8); ++seed) {
        Draws draws(seed);
        Instance of;
        of.loss = LossKind::huber;
        of.delta = 0.1;
        of.n = 200;
        of.p = 100;
        for (Index k = 0; k < of.n * of.p; ++k) of.x.push_back(draws.normal());
        for (Index i = 0; i < of.n; ++i) {
            const double cauchy = draws.normal() / draws.normal();
            of.y.push_back(of.entry(i, 0) + of.entry(i, 1) - of.entry(i, 2) + cauchy);
        }
        of.intercept = true;
        const Laid laid(of);
        WorkingSet solver(laid.problem, patient(400000));
        const double largest = solver.lambda_max();
        for (double share = 1; share > 0.01; share *= 0.91) {
            const SparseSolution got = solver.solve(share * largest);
            EXPECT_EQ(got.stop, SparseStop::converged) << seed << " " << share;
        }
    }
}

TEST(SmallLambda, SeparableClassesWithCopies) {
    for (std::uint64_t seed = 0; seed < cases(6); ++seed)
        for (const double share : {1e-5, 1e-7}) {
            Draws draws(seed);
            const Index n = 20 + draws.below(20);
            expect_solved_from_zero(wide(draws, LossKind::logistic, n, 10 * n, 0.98), share, 20000);
        }
}

TEST(SmallLambda, GroupsWithCopies) {
    for (std::uint64_t seed = 0; seed < cases(6); ++seed)
        for (const double share : {1e-5, 1e-7}) {
            Draws draws(seed);
            Instance of = wide(draws, LossKind::least_squares, 20, 240, 0.98);
            for (Index g = 0; g < of.p / 5; ++g)
                of.groups.push_back({5 * g, 5 * g + 1, 5 * g + 2, 5 * g + 3, 5 * g + 4});
            expect_solved_from_zero(of, share, 40000);
        }
}

TEST(SmallLambda, LeastSquaresWithCopies) {
    for (std::uint64_t seed = 0; seed < cases(6); ++seed)
        for (const double share : {1e-5, 1e-8}) {
            Draws draws(seed);
            const Index n = 20 + draws.below(40);
            expect_solved_from_zero(wide(draws, LossKind::least_squares, n, 10 * n, 0.98), share,
                                    40000);
        }
}

}  // namespace
}  // namespace hadamard::sparse
