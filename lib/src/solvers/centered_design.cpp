#include "solvers/centered_design.hpp"

#include <cmath>
#include <limits>

namespace hadamard::optim::detail {
namespace {

double entry(const Design& X, Index i, Index j) {
    return X.layout == Design::Layout::rows ? X.values[i * X.stride + j]
                                            : X.values[i + j * X.stride];
}

struct Moments {
    double mean = 0, squares = 0;  ///< Of the entries, and of their distances from the mean.
};

double root(const Vector& roots, Index i) {
    return roots.size() == 0 ? 1.0 : roots[i];
}

Moments moments_of(const Design& X, Index j, const Vector& roots) {
    const auto n = static_cast<double>(X.rows);
    Moments out;
    for (Index i = 0; i < X.rows; ++i) out.mean += root(roots, i) * entry(X, i, j) / n;
    for (Index i = 0; i < X.rows; ++i) {
        const double d = entry(X, i, j) - root(roots, i) * out.mean;
        out.squares += d * d / n;
    }
    return out;
}

/// What DesignOperations would refuse is left for it to refuse.
bool may_be_read(const Design& X) {
    const bool by_rows = X.layout == Design::Layout::rows;
    return X.layout != Design::Layout::sparse_columns && X.rows > 1 && X.columns > 0 &&
           X.stride >= (by_rows ? X.columns : X.rows);
}

}  // namespace

CenteredDesign::CenteredDesign(const Design& X, bool has_intercept, const Vector& roots)
    : design_(X) {
    if (!has_intercept || !may_be_read(X)) return;
    std::vector<Moments> moments;
    bool is_far = false;
    for (Index j = 0; j < X.columns; ++j) {
        moments.push_back(moments_of(X, j, roots));
        const Moments& m = moments.back();
        // Ten standard deviations cost the Gram matrix two digits; constant columns are harmless.
        const bool is_constant =
            m.squares <= std::pow(64 * std::numeric_limits<double>::epsilon() * m.mean, 2);
        is_far = is_far || (!is_constant && m.mean * m.mean > 100 * m.squares);
        if (is_constant) moments.back().mean = 0;
    }
    if (!is_far) return;
    entries_ = Buffer(static_cast<std::size_t>(X.rows) * static_cast<std::size_t>(X.columns));
    for (Index j = 0; j < X.columns; ++j) {
        const double mean = moments[static_cast<std::size_t>(j)].mean;
        means_.push_back(mean);
        for (Index i = 0; i < X.rows; ++i)
            entries_.data()[i + j * X.rows] = entry(X, i, j) - root(roots, i) * mean;
    }
    design_ = {
        Design::Layout::columns, X.rows, X.columns, entries_.data(), X.rows, nullptr, nullptr};
}

}  // namespace hadamard::optim::detail
