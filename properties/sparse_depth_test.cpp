/// @file
/// The working-set solver for q = 2/depth < 1: its answers are local minimizers, coordinatewise global
/// ones where a coordinate can be moved alone, and never above their start.

#include "sparse_instances.hpp"

#include <gtest/gtest.h>

namespace hadamard::sparse {
namespace {

constexpr double tolerance = 1e-9;

/// The size to which argmin_s μ s^q + h/2 s² − c s jumps from 0: there both it and its derivative vanish.
Wide jump(Wide mu, Wide h, Wide q) { return std::pow(2 * mu * (1 - q) / h, 1 / (2 - q)); }
/// The least c at which it does.
Wide entry(Wide mu, Wide h, Wide q) {
    const Wide s = jump(mu, h, q);
    return h * s / 2 + mu * std::pow(s, q - 1);
}

Wide steepest(const Instance& of, const WideVector& z) {
    if (of.loss == LossKind::logistic) return 0.25L;
    if (of.loss == LossKind::poisson) return std::exp(*std::max_element(z.begin(), z.end()));
    return 1;
}

/// Σ over rows of h x_i x_j.
Wide product(const Instance& of, const WideVector& h, Index i, Index j) {
    Wide out = 0;
    for (Index row = 0; row < of.n; ++row)
        out += h[at(row)] * (i < 0 ? 1 : Wide(of.entry(row, i))) *
               (j < 0 ? 1 : Wide(of.entry(row, j)));
    return out;
}

/// ∇P on the support, over λ∇R; and the prox's bound for what is 0.
void expect_fixed_point(const Instance& of, const SparseSolution& got, double enough) {
    const Judge judge(of, got);
    const WideVector g = judge.gradient(), ones(at(of.n), 1);
    const auto blocks = of.blocks();
    const Wide q = Wide(2) / of.depth, n = Wide(of.n);
    for (std::size_t k = 0; k < blocks.size(); ++k) {
        const Wide bound = Wide(got.lambda) * Wide(of.weight(k)), size = judge.norm(blocks[k]);
        if (blocks[k].empty()) continue;
        if (std::isinf(bound)) {
            EXPECT_EQ(size, 0);
            continue;
        }
        Wide squares = 0, frobenius = 0;
        const Wide slope = size > 0 ? bound * q * std::pow(size, q - 1) : 0;
        for (const Index j : blocks[k]) {
            const Wide pull = size > 0 ? slope * Wide(got.coefficients[at(j)]) / size : 0;
            squares += (g[at(j)] - pull) * (g[at(j)] - pull);
            frobenius += product(of, ones, j, j);
        }
        if (bound == 0 || frobenius == 0) continue;
        if (size > 0)
            EXPECT_LE(std::sqrt(squares), slope * enough) << "group " << k;
        else
            EXPECT_LE(std::sqrt(squares) * n,
                      entry(bound * n, frobenius * steepest(of, judge.predictors()), q) *
                          (1 + enough))
                << "group " << k;
    }
}

/// What is free is at its best: ℓ'(z) is orthogonal to it, relative to the lengths.
void expect_free_fitted(const Instance& of, const SparseSolution& got) {
    const Judge judge(of, got);
    WideVector slopes;
    Wide length = 0;
    for (Index i = 0; i < of.n; ++i) {
        slopes.push_back(slope_of(of, judge.predictors()[at(i)], Wide(of.y[at(i)])));
        length += slopes.back() * slopes.back();
    }
    std::vector<Index> free = Judge::free_columns(of);
    if (of.intercept) free.push_back(-1);
    for (const Index j : free) {
        const Wide norm = std::sqrt(product(of, WideVector(at(of.n), 1), j, j));
        Wide dot = 0;
        for (Index i = 0; i < of.n; ++i)
            dot += slopes[at(i)] * (j < 0 ? 1 : Wide(of.entry(i, j)));
        EXPECT_LE(std::abs(dot), 1e-7L * norm * std::sqrt(length)) << "free column " << j;
    }
}

/// ∇²P on the support and what is free.
std::vector<WideVector> hessian(const Instance& of, const SparseSolution& got) {
    const Judge judge(of, got);
    WideVector h;
    for (Index i = 0; i < of.n; ++i)
        h.push_back(curvature_of(of, judge.predictors()[at(i)], Wide(of.y[at(i)])) / Wide(of.n));
    std::vector<Index> columns;
    std::vector<std::pair<std::size_t, std::size_t>> bends;  // first and count, of those penalised
    std::vector<Wide> strengths;
    if (of.intercept) columns.push_back(-1);
    for (const Index j : Judge::free_columns(of)) columns.push_back(j);
    const auto blocks = of.blocks();
    for (std::size_t k = 0; k < blocks.size(); ++k)
        if (of.weight(k) > 0 && judge.norm(blocks[k]) > 0) {
            bends.emplace_back(columns.size(), blocks[k].size());
            strengths.push_back(Wide(got.lambda) * Wide(of.weight(k)));
            columns.insert(columns.end(), blocks[k].begin(), blocks[k].end());
        }
    std::vector<WideVector> out(columns.size(), WideVector(columns.size()));
    for (std::size_t i = 0; i < columns.size(); ++i)
        for (std::size_t j = 0; j < columns.size(); ++j)
            out[i][j] = product(of, h, columns[i], columns[j]);
    const Wide q = Wide(2) / of.depth;
    for (std::size_t k = 0; k < bends.size(); ++k) {
        const auto [first, count] = bends[k];
        const auto b = [&](std::size_t i) { return Wide(got.coefficients[at(columns[first + i])]); };
        Wide size = 0;
        for (std::size_t i = 0; i < count; ++i) size += b(i) * b(i);
        size = std::sqrt(size);
        const Wide steep = strengths[k] * q * std::pow(size, q - 2);
        for (std::size_t i = 0; i < count; ++i)
            for (std::size_t j = 0; j < count; ++j)
                out[first + i][first + j] +=
                    steep * ((i == j ? 1 : 0) + (q - 2) * b(i) * b(j) / (size * size));
    }
    return out;
}

/// Whether a symmetric matrix with `slack` of its diagonal added is positive definite, by elimination.
bool is_positive_with(std::vector<WideVector> a, Wide slack) {
    for (std::size_t k = 0; k < a.size(); ++k) a[k][k] += slack * std::abs(a[k][k]);
    for (std::size_t k = 0; k < a.size(); ++k) {
        if (!(a[k][k] > 0)) return false;
        for (std::size_t i = k + 1; i < a.size(); ++i)
            for (std::size_t j = k + 1; j < a.size(); ++j)
                a[i][j] -= a[i][k] / a[k][k] * a[k][j];
    }
    return true;
}

class Depths : public ::testing::TestWithParam<std::pair<LossKind, int>> {
protected:
    static Instance instance(std::uint64_t seed) {
        Instance out = draw_instance(seed, GetParam().first);
        out.depth = GetParam().second;
        return out;
    }
};

TEST_P(Depths, AnswersAreLocalMinimizers) {
    for (std::uint64_t seed = 0; seed < cases(20); ++seed) {
        const Instance of = instance(seed);
        Draws draws(seed + 33);
        const Laid laid(of);
        WorkingSet solver(laid.problem, to_gap(tolerance));
        const double largest = solver.lambda_max();
        const double lambda = (largest > 0 ? largest : 0.1) * std::exp(draws.uniform(-5, 0));
        SCOPED_TRACE("seed " + std::to_string(seed) + " " + summary(of) + " lambda " +
                     std::to_string(lambda));
        const SparseSolution got = solver.solve(lambda);
        EXPECT_EQ(got.stop, SparseStop::converged);
        EXPECT_TRUE(std::isnan(got.gap));
        EXPECT_LE(got.residual, tolerance);
        const Wide objective = Judge(of, got).objective();
        EXPECT_LE(std::abs(Wide(got.objective) - objective),
                  1e-13L * std::max(at_zero(of), std::abs(objective)));
        EXPECT_LE(objective, at_zero(of) * (1 + 1e-13L));
        expect_fixed_point(of, got, 10 * tolerance);
        expect_free_fitted(of, got);
        EXPECT_TRUE(is_positive_with(hessian(of, got), 1e-9L)) << "a saddle";
    }
}

TEST_P(Depths, NeverAboveTheStart) {
    for (std::uint64_t seed = 0; seed < cases(20); ++seed) {
        const Instance of = instance(seed + 100);
        Draws draws(seed + 34);
        const Laid laid(of);
        WorkingSet solver(laid.problem, to_gap(tolerance));
        const double largest = solver.lambda_max();
        const double lambda = (largest > 0 ? largest : 0.1) * std::exp(draws.uniform(-5, 0));
        SCOPED_TRACE("seed " + std::to_string(seed) + " " + summary(of));
        if (draws.chance(0.5)) solver.solve(2 * lambda);
        std::vector<double> start(at(of.p), 0.0);
        const auto blocks = of.blocks();
        const double share = draws.chance(0.5) ? 1 : 0.2;
        for (std::size_t g = 0; g < blocks.size(); ++g)
            if (std::isfinite(of.weight(g)) && draws.chance(share))
                for (const Index j : blocks[g])
                    start[at(j)] = draws.normal() / std::sqrt(double(of.p));
        const double b = of.intercept ? draws.normal() : 0;
        const Wide before = Judge(of, start, b, lambda).objective();
        solver.start_at(start, b);
        const SparseSolution got = solver.solve(lambda);
        EXPECT_LE(Judge(of, got).objective(), before + 1e-13L * (std::abs(before) + at_zero(of)));
        EXPECT_EQ(got.stop, SparseStop::converged);
        expect_fixed_point(of, got, 10 * tolerance);
    }
}

TEST_P(Depths, AStationaryStartStays) {
    for (std::uint64_t seed = 0; seed < cases(6); ++seed) {
        const Instance of = instance(seed + 200);
        const Laid laid(of);
        WorkingSet solver(laid.problem, to_gap(tolerance));
        const double largest = solver.lambda_max();
        const double lambda = 0.1 * (largest > 0 ? largest : 1);
        SCOPED_TRACE("seed " + std::to_string(seed) + " " + summary(of));
        const SparseSolution got = solver.solve(lambda);
        const SparseSolution again = solver.solve(lambda);
        EXPECT_EQ(again.coefficients, got.coefficients);
        EXPECT_EQ(again.iterations, 0);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Losses, Depths,
    ::testing::Values(std::pair{LossKind::least_squares, 3}, std::pair{LossKind::least_squares, 4},
                      std::pair{LossKind::least_squares, 5}, std::pair{LossKind::logistic, 3},
                      std::pair{LossKind::logistic, 4}, std::pair{LossKind::poisson, 3},
                      std::pair{LossKind::huber, 4}),
    [](const auto& of) { return name_of(of.param.first) + std::to_string(of.param.second); });

/// Columns of length √n with one entry each: P falls apart into one coordinate each, or one group.
Instance separable(const std::vector<double>& y, int depth) {
    Instance out;
    out.n = out.p = static_cast<Index>(y.size());
    out.y = y;
    out.depth = depth;
    out.x.assign(at(out.n * out.p), 0.0);
    for (Index j = 0; j < out.p; ++j) out.entry(j, j) = 2;
    return out;
}

/// argmin_s λ s^q + ‖(y − 2s)²‖/(2n) over a fine grid, then by golden section around its best.
Wide best_size(Wide c, Wide h, Wide lambda, Wide q) {
    const auto value = [&](Wide s) { return h * s * s / 2 - c * s + lambda * std::pow(s, q); };
    if (c <= entry(lambda, h, q)) return 0;
    Wide low = jump(lambda, h, q), high = c / h;  // convex from the jump on
    for (int step = 0; step < 300; ++step) {
        const Wide a = low + (high - low) / 3, b = high - (high - low) / 3;
        (value(a) < value(b) ? high : low) = value(a) < value(b) ? b : a;
    }
    return low;
}

TEST(SeparableDesign, GivesTheGlobalMinimizer) {
    const std::vector<double> y = {3, -2, 1, 0.5, -0.25, 0, 8, -1.5};
    const double n = 8;
    for (const int depth : {3, 4, 5, 7})
        for (const double lambda : {0.001, 0.01, 0.1, 0.3, 1.0})
            for (const Form form : forms) {
                const Instance of = separable(y, depth);
                const Laid laid(of, form);
                const SparseSolution got = WorkingSet(laid.problem, to_gap(1e-12)).solve(lambda);
                for (std::size_t j = 0; j < y.size(); ++j) {
                    const Wide size =
                        best_size(2 * std::abs(y[j]) / n, 4 / n, lambda, Wide(2) / depth);
                    EXPECT_NEAR(got.coefficients[j], double(size) * (y[j] < 0 ? -1 : 1), 1e-8)
                        << "depth " << depth << " lambda " << lambda << " column " << j;
                }
            }
}

TEST(SeparableDesign, GivesTheGlobalMinimizerOfGroups) {
    const std::vector<double> y = {3, -2, 1, 0.5, -0.25, 0, 8, -1.5};
    const double n = 8;
    for (const int depth : {3, 4, 5})
        for (const double lambda : {0.001, 0.01, 0.1, 0.3, 1.0}) {
            Instance of = separable(y, depth);
            of.groups = {{0, 4}, {}, {1, 2, 3}, {6}, {5, 7}};
            of.weights = {1, 1, 2, 3, 0.5};
            const Laid laid(of);
            WorkingSet solver(laid.problem, to_gap(1e-12));
            // From the global minimizer of a smaller λ: nothing hides the way to this one.
            const SparseSolution got = solver.solve(lambda);
            EXPECT_EQ(got.stop, SparseStop::converged);
            expect_fixed_point(of, got, 1e-9);
            for (std::size_t g = 0; g < of.groups.size(); ++g) {
                Wide squares = 0;
                for (const Index j : of.groups[g]) squares += y[at(j)] * y[at(j)];
                const Wide c = 2 * std::sqrt(squares) / n, mu = lambda * of.weights[g];
                // A group outside the working set is bounded by ‖X_g‖_F², √size times the norm.
                const Wide wide = 4 / n * Wide(of.groups[g].size());
                if (squares == 0 || (c > entry(mu, 4 / n, Wide(2) / depth) &&
                                     c < entry(mu, wide, Wide(2) / depth)))
                    continue;
                const Wide size = best_size(c, 4 / n, mu, Wide(2) / depth);
                for (const Index j : of.groups[g])
                    EXPECT_NEAR(got.coefficients[at(j)],
                                double(size * y[at(j)] / std::sqrt(squares)), 1e-8);
            }
        }
}

TEST(Saddle, OfTwoCopiesIsLeft) {
    // Two copies of a column, started equal: by symmetry stationary along β_1 = β_2, a saddle of the
    // concave penalty; the minimizers put all on one.
    for (const int depth : {3, 4}) {
        Instance of;
        of.n = 3;
        of.p = 2;
        of.x = {1, 2, -1, 1, 2, -1};
        of.y = {2, 4, -3};
        of.depth = depth;
        const Laid laid(of);
        WorkingSet solver(laid.problem, to_gap(1e-12));
        solver.start_at(std::vector<double>{0.9, 0.9}, 0);
        const SparseSolution got = solver.solve(0.05);
        EXPECT_EQ(got.stop, SparseStop::converged);
        EXPECT_EQ(got.support, 1);
        EXPECT_TRUE(is_positive_with(hessian(of, got), 1e-9L));
    }
}

}  // namespace
}  // namespace hadamard::sparse
