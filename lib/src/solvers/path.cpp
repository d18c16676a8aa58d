#include "hadamard/optimizers/path.hpp"

#include "hadamard/core/error.hpp"
#include "hadamard/optimizers/working_set.hpp"
#include "solvers/design_operations.hpp"
#include "solvers/observation_weights.hpp"
#include "solvers/vector_loss.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace hadamard::optim {
namespace {

/// Some rows of a problem, with memory of its own.
class RowSubset {
public:
    RowSubset(const SparseProblem& whole, const std::vector<std::ptrdiff_t>& rows)
        : problem_(whole) {
        const auto weights = whole.observation_weights;
        for (const std::ptrdiff_t i : rows) {
            y_.push_back(whole.y[static_cast<std::size_t>(i)]);
            if (!weights.empty()) weights_.push_back(weights[static_cast<std::size_t>(i)]);
        }
        if (whole.X.layout == Design::Layout::sparse_columns)
            take_sparse(whole.X, rows);
        else
            take_dense(whole.X, rows);
        problem_.X.rows = static_cast<std::ptrdiff_t>(rows.size());
        problem_.X.values = values_.data();
        problem_.y = y_;
        problem_.observation_weights = weights_;
    }
    RowSubset(const RowSubset&) = delete;
    RowSubset& operator=(const RowSubset&) = delete;

    const SparseProblem& problem() const { return problem_; }

private:
    void take_dense(const Design& X, const std::vector<std::ptrdiff_t>& rows) {
        const bool by_rows = X.layout == Design::Layout::rows;
        for (std::ptrdiff_t j = 0; j < X.columns; ++j)
            for (const std::ptrdiff_t i : rows)
                values_.push_back(X.values[by_rows ? i * X.stride + j : i + j * X.stride]);
        problem_.X.layout = Design::Layout::columns;
        problem_.X.stride = static_cast<std::ptrdiff_t>(rows.size());
    }

    void take_sparse(const Design& X, const std::vector<std::ptrdiff_t>& rows) {
        std::vector<std::int32_t> place(static_cast<std::size_t>(X.rows), -1);
        for (std::size_t k = 0; k < rows.size(); ++k)
            place[static_cast<std::size_t>(rows[k])] = static_cast<std::int32_t>(k);
        starts_.push_back(0);
        for (std::ptrdiff_t j = 0; j < X.columns; ++j) {
            for (std::int64_t k = X.starts[j]; k < X.starts[j + 1]; ++k) {
                const std::int32_t row = place[static_cast<std::size_t>(X.indices[k])];
                if (row < 0) continue;
                indices_.push_back(row);
                values_.push_back(X.values[k]);
            }
            starts_.push_back(static_cast<std::int64_t>(values_.size()));
        }
        problem_.X.starts = starts_.data();
        problem_.X.indices = indices_.data();
    }

    SparseProblem problem_;
    std::vector<double> y_, weights_, values_;
    std::vector<std::int64_t> starts_;
    std::vector<std::int32_t> indices_;
};

/// Rows of weight 0 are not there.
std::vector<std::ptrdiff_t> present_rows(const SparseProblem& problem) {
    std::vector<std::ptrdiff_t> out;
    const auto weights = problem.observation_weights;
    for (std::ptrdiff_t i = 0; i < problem.X.rows; ++i)
        if (weights.empty() || weights[static_cast<std::size_t>(i)] > 0) out.push_back(i);
    return out;
}

/// In an order that `seed` alone determines: Fisher–Yates with rejection, as std::shuffle's draws are
/// not the same everywhere.
std::vector<std::ptrdiff_t> shuffled(std::vector<std::ptrdiff_t> out, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (std::size_t i = out.size(); i > 1; --i) {
        const std::uint64_t limit = ~std::uint64_t(0) - ~std::uint64_t(0) % i;
        std::uint64_t draw = random();
        while (draw >= limit) draw = random();
        std::swap(out[i - 1], out[draw % i]);
    }
    return out;
}

/// Mean loss, weighted if there are weights, of a solution on the rows of a problem.
double mean_loss(const SparseProblem& problem, const SparseSolution& at) {
    const detail::DesignOperations X(problem.X, detail::Vector::Zero(problem.X.rows));
    const detail::Vector roots = detail::weight_roots(problem);
    const auto loss = detail::make_vector_loss(problem, roots);
    detail::Vector z = detail::Vector::Constant(X.rows(), at.intercept);
    for (std::size_t j = 0; j < at.coefficients.size(); ++j)
        if (at.coefficients[j] != 0)
            X.add_column(static_cast<detail::Index>(j), at.coefficients[j], z);
    if (roots.size() > 0) z.array() *= roots.array();
    return loss->sum(z) / static_cast<double>(X.rows());
}

}  // namespace

std::vector<double> lambda_grid(double largest, double smallest, std::size_t count) {
    require(count >= 1 && smallest > 0 && smallest <= largest && std::isfinite(largest),
            "lambda_grid: needs 0 < smallest <= largest < infinity and at least one value");
    std::vector<double> out(count, largest);
    for (std::size_t k = 1; k < count; ++k)
        out[k] = largest * std::pow(smallest / largest,
                                    static_cast<double>(k) / static_cast<double>(count - 1));
    return out;
}

std::vector<SparseSolution> solve_path(const SparseProblem& problem,
                                       const std::vector<double>& lambdas,
                                       const SparseSettings& settings,
                                       const std::function<bool(const SparseSolution&)>& seen) {
    WorkingSet solver(problem, settings);
    std::vector<SparseSolution> out;
    for (const double lambda : lambdas) {
        out.push_back(solver.solve(lambda));
        if (out.back().stop == SparseStop::interrupted) break;
        if (seen && !seen(out.back())) break;
    }
    return out;
}

CrossValidation cross_validate(const SparseProblem& problem, const std::vector<double>& lambdas,
                               std::size_t folds, std::uint64_t seed,
                               const SparseSettings& settings,
                               const std::function<void(std::size_t fold)>& began) {
    require(!lambdas.empty(), "cross_validate: no lambda");
    const WorkingSet check(problem,
                           settings);  // names rows of the whole, and keeps indices in bounds
    const std::vector<std::ptrdiff_t> order = shuffled(present_rows(problem), seed);
    if (folds < 2 || folds > order.size())
        throw InputError("cross-validation in " + std::to_string(folds) +
                         " folds; they must be 2 to the number of rows" +
                         (problem.observation_weights.empty() ? "" : " of positive weight") + ", " +
                         std::to_string(order.size()));
    std::vector<std::vector<double>> losses(lambdas.size());
    CrossValidation out;
    out.lambdas = lambdas;
    for (std::size_t fold = 0; fold < folds; ++fold) {
        if (began) began(fold);
        std::vector<std::ptrdiff_t> train, test;
        for (std::size_t i = 0; i < order.size(); ++i)
            (i % folds == fold ? test : train).push_back(order[i]);
        std::sort(train.begin(), train.end());
        std::sort(test.begin(), test.end());
        const RowSubset in(problem, train), held_out(problem, test);
        const auto path = [&] {
            try {
                return solve_path(in.problem(), lambdas, settings);
            } catch (const InputError& error) {  // the whole is right: a part of it is not
                throw InputError("fold " + std::to_string(fold + 1) + " of " +
                                 std::to_string(folds) + " left out, the others: " + error.what());
            }
        }();
        if (path.back().stop == SparseStop::interrupted) break;
        for (std::size_t k = 0; k < lambdas.size(); ++k) {
            losses[k].push_back(mean_loss(held_out.problem(), path[k]));
            if (path[k].stop == SparseStop::converged) continue;
            ++out.unconverged;
            out.worst =
                std::max(out.worst, problem.depth == 2 ? path[k].relative_gap : path[k].residual);
        }
    }
    for (const std::vector<double>& values : losses) {
        const double count = static_cast<double>(values.size());
        double mean = values.empty() ? std::numeric_limits<double>::quiet_NaN() : 0, squares = 0;
        for (const double v : values) mean += v / count;
        for (const double v : values) squares += (v - mean) * (v - mean);
        out.mean_loss.push_back(mean);
        out.standard_error.push_back(std::sqrt(squares / (count - 1) / count));
    }
    for (std::size_t k = 1; k < lambdas.size(); ++k)
        if (out.mean_loss[k] < out.mean_loss[out.best]) out.best = k;
    out.one_standard_error = out.best;
    const double enough = out.mean_loss[out.best] + out.standard_error[out.best];
    for (std::size_t k = 0; k < lambdas.size(); ++k)
        if (out.mean_loss[k] <= enough && lambdas[k] > lambdas[out.one_standard_error])
            out.one_standard_error = k;
    return out;
}

}  // namespace hadamard::optim
