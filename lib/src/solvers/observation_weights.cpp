#include "solvers/observation_weights.hpp"

#include "hadamard/core/error.hpp"
#include "solvers/number_text.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace hadamard::optim::detail {
namespace {

/// A row of weight 0 is not there; what is not a number is left for DesignOperations to refuse.
double scaled(double x, double root) { return std::isfinite(x) ? root * x : x; }

/// What DesignOperations would refuse is left for it to refuse.
bool may_be_read(const Design& X) {
    if (X.rows < 1 || X.columns < 1) return false;
    switch (X.layout) {
        case Design::Layout::columns: return X.columns == 1 || X.stride >= X.rows;
        case Design::Layout::rows: return X.rows == 1 || X.stride >= X.columns;
        case Design::Layout::sparse_columns: break;
    }
    return X.starts[0] == 0 && std::is_sorted(X.starts, X.starts + X.columns + 1);
}

}  // namespace

Vector weight_roots(const SparseProblem& problem) {
    const auto weights = problem.observation_weights;
    if (weights.empty()) return {};
    if (static_cast<Index>(weights.size()) != problem.X.rows)
        throw InputError("observation weights: there are " + std::to_string(weights.size()) +
                         ", X has " + std::to_string(problem.X.rows) + " rows; they must agree");
    for (std::size_t i = 0; i < weights.size(); ++i)
        if (!(weights[i] >= 0) || !std::isfinite(weights[i]))
            throw InputError("observation weights: entry " + std::to_string(i) + " is " +
                             shortest_text(weights[i]) +
                             "; it must be 0 (the row is left out) or positive, and finite");
    const double largest = *std::max_element(weights.begin(), weights.end());
    if (largest == 0)
        throw InputError("observation weights: all are 0; one at least must be positive");
    Vector out(problem.X.rows);
    for (Index i = 0; i < out.size(); ++i)  // the sum of what is 1 at most does not overflow
        out[i] = weights[static_cast<std::size_t>(i)] / largest;
    const double mean = out.sum() / static_cast<double>(out.size());
    return (out / mean).cwiseSqrt();
}

WeightedDesign::WeightedDesign(const Design& X, const Vector& roots) : design_(X) {
    if (roots.size() == 0 || !may_be_read(X)) return;
    if (X.layout == Design::Layout::sparse_columns)
        scale_sparse(X, roots);
    else
        scale_dense(X, roots);
    design_.values = entries_.data();
}

void WeightedDesign::scale_dense(const Design& X, const Vector& roots) {
    const bool by_rows = X.layout == Design::Layout::rows;
    entries_ = Buffer(static_cast<std::size_t>(X.rows) * static_cast<std::size_t>(X.columns));
    for (Index j = 0; j < X.columns; ++j)
        for (Index i = 0; i < X.rows; ++i)
            entries_.data()[i + j * X.rows] =
                scaled(X.values[by_rows ? i * X.stride + j : i + j * X.stride], roots[i]);
    design_.layout = Design::Layout::columns;
    design_.stride = X.rows;
}

void WeightedDesign::scale_sparse(const Design& X, const Vector& roots) {
    const std::int64_t count = X.starts[X.columns];
    entries_ = Buffer(static_cast<std::size_t>(count));
    for (std::int64_t k = 0; k < count; ++k) {
        const Index row = X.indices[k];
        const bool is_row = row >= 0 && row < X.rows;  // else DesignOperations refuses it
        entries_.data()[k] = is_row ? scaled(X.values[k], roots[row]) : X.values[k];
    }
}

}  // namespace hadamard::optim::detail
