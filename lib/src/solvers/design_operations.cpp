#include "solvers/design_operations.hpp"

#include "hadamard/core/error.hpp"

#include <cmath>

namespace hadamard::optim::detail {
namespace {

std::string place(Index i, Index j) {
    return "X[" + std::to_string(i) + ", " + std::to_string(j) + "]";
}

}  // namespace

DesignOperations::DesignOperations(const Design& X) : X_(X), norms_(X.columns) {
    if (X.rows < 1) throw InputError("X has no rows; at least one is needed");
    if (X.columns < 1) throw InputError("X has no columns; at least one is needed");
    if (is_sparse()) check_sparse();
    for (Index j = 0; j < X.columns; ++j) {
        double squares = 0;
        if (is_sparse())
            for_each(j, [&](Index, double x) { squares += x * x; });
        else
            squares = dense(j).squaredNorm();
        if (!std::isfinite(squares)) refuse_column(j);
        norms_[j] = std::sqrt(squares);
    }
}

void DesignOperations::check_sparse() const {
    if (X_.starts[0] != 0) throw InputError("X: the first column of a sparse matrix starts at 0");
    for (Index j = 0; j < X_.columns; ++j) {
        if (X_.starts[j + 1] < X_.starts[j])
            throw InputError("X: column " + std::to_string(j) + " ends before it starts");
        for_each(j, [&](Index i, double) {
            if (i < 0 || i >= X_.rows)
                throw InputError("X: column " + std::to_string(j) + " has an entry in row " +
                                 std::to_string(i) + "; rows are 0 to " +
                                 std::to_string(X_.rows - 1));
        });
    }
}

void DesignOperations::refuse_column(Index j) const {
    const auto check = [&](Index i, double x) {
        if (!std::isfinite(x))
            throw InputError(place(i, j) + " is " + (std::isnan(x) ? "NaN" : "infinite") +
                             "; it must be a finite number");
    };
    if (is_sparse())
        for_each(j, check);
    else
        for (Index i = 0; i < X_.rows; ++i) check(i, dense(j)[i]);
    throw InputError("X: the squares of column " + std::to_string(j) +
                     " overflow; scale it to entries below 1e150");
}

DesignOperations::Column DesignOperations::dense(Index j) const {
    if (X_.layout == Design::Layout::columns)
        return {X_.values + j * X_.stride, X_.rows, Eigen::InnerStride<>(1)};
    return {X_.values + j, X_.rows, Eigen::InnerStride<>(X_.stride)};
}

double DesignOperations::dot(Index j, const Vector& r) const {
    if (is_sparse()) {
        double sum = 0;
        for_each(j, [&](Index i, double x) { sum += x * r[i]; });
        return sum;
    }
    // With the stride known to be 1 the compiler's vectors are used.
    if (X_.layout == Design::Layout::columns)
        return Eigen::Map<const Vector>(X_.values + j * X_.stride, X_.rows).dot(r);
    return dense(j).dot(r);
}

Vector DesignOperations::transpose_times(const Vector& r) const {
    using Stride = Eigen::OuterStride<>;
    using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    Vector out(X_.columns);
    switch (X_.layout) {
        case Design::Layout::columns:
            out.noalias() = Eigen::Map<const Matrix, 0, Stride>(X_.values, X_.rows, X_.columns,
                                                                Stride(X_.stride))
                                .transpose() *
                            r;
            break;
        case Design::Layout::rows:
            out.noalias() = Eigen::Map<const Rows, 0, Stride>(X_.values, X_.rows, X_.columns,
                                                              Stride(X_.stride))
                                .transpose() *
                            r;
            break;
        case Design::Layout::sparse_columns:
            for (Index j = 0; j < X_.columns; ++j) out[j] = dot(j, r);
    }
    return out;
}

void DesignOperations::add_column(Index j, double a, Vector& z) const {
    if (j == intercept_column)
        z.array() += a;
    else if (is_sparse())
        for_each(j, [&](Index i, double x) { z[i] += a * x; });
    else
        z += a * dense(j);
}

void DesignOperations::copy_column(Index j, Eigen::Ref<Vector> out) const {
    if (j == intercept_column) {
        out.setOnes();
    } else if (is_sparse()) {
        out.setZero();
        for_each(j, [&](Index i, double x) { out[i] = x; });
    } else {
        out = dense(j);
    }
}

// ---- ColumnStore --------------------------------------------------------------------------------

void ColumnStore::reserve(Index slots) {
    if (X_->is_sparse() || slots <= dense_.cols()) return;
    Matrix larger(X_->rows(), std::max<Index>(128, slots + slots / 2));
    if (size() > 0) larger.leftCols(size()) = dense_.leftCols(size());
    dense_.swap(larger);
}

void ColumnStore::append(const std::vector<Index>& columns) {
    reserve(size() + static_cast<Index>(columns.size()));
    for (const Index j : columns) {
        if (!X_->is_sparse()) X_->copy_column(j, dense_.col(size()));
        columns_.push_back(j);
    }
}

void ColumnStore::keep(const std::vector<Index>& slots, Matrix& gram) {
    std::vector<Index> columns;
    for (std::size_t to = 0; to < slots.size(); ++to) {  // slots ascend: never over what is needed
        const Index from = slots[to], here = static_cast<Index>(to);
        columns.push_back(column(from));
        if (here == from) continue;
        if (!X_->is_sparse()) dense_.col(here) = dense_.col(from);
        gram.col(here).head(size()) = gram.col(from).head(size());
    }
    for (Index j = 0; j < static_cast<Index>(slots.size()); ++j)
        for (std::size_t i = 0; i < slots.size(); ++i)
            gram(static_cast<Index>(i), j) = gram(slots[i], j);
    columns_ = std::move(columns);
}

void ColumnStore::extend_gram(Matrix& gram, Index known) const {
    const Index m = size(), added = m - known;
    if (gram.rows() < m) {
        Matrix larger(m + m / 2, m + m / 2);
        larger.topLeftCorner(known, known) = gram.topLeftCorner(known, known);
        gram.swap(larger);
    }
    if (X_->is_sparse()) {
        Vector scattered(X_->rows());
        for (Index j = known; j < m; ++j) {
            X_->copy_column(column(j), scattered);
            for (Index i = 0; i <= j; ++i)
                gram(i, j) = column(i) == intercept_column ? scattered.sum()
                                                           : X_->dot(column(i), scattered);
        }
        for (Index j = known; j < m; ++j) gram.row(j).head(j) = gram.col(j).head(j).transpose();
        return;
    }
    gram.block(0, known, m, added).noalias() =
        dense_.leftCols(m).transpose() * dense_.middleCols(known, added);
    gram.block(known, 0, added, known) = gram.block(0, known, known, added).transpose();
}

void ColumnStore::weighted_gram(const Vector& weights, Matrix& gram) const {
    const Index m = size();
    if (gram.rows() < m) gram.resize(m + m / 2, m + m / 2);
    if (X_->is_sparse()) {
        Vector scattered(X_->rows());
        for (Index j = 0; j < m; ++j) {
            X_->copy_column(column(j), scattered);
            scattered.array() *= weights.array();
            for (Index i = 0; i <= j; ++i)
                gram(i, j) = column(i) == intercept_column ? scattered.sum()
                                                           : X_->dot(column(i), scattered);
        }
        for (Index j = 0; j < m; ++j) gram.row(j).head(j) = gram.col(j).head(j).transpose();
        return;
    }
    const Matrix scaled = weights.cwiseSqrt().asDiagonal() * dense_.leftCols(m);
    auto corner = gram.topLeftCorner(m, m);
    corner.setZero();
    corner.selfadjointView<Eigen::Lower>().rankUpdate(scaled.transpose());
    corner.triangularView<Eigen::StrictlyUpper>() = corner.transpose();
}

Vector ColumnStore::transpose_times(const Vector& r) const {
    if (size() == 0) return {};
    if (!X_->is_sparse()) return dense_.leftCols(size()).transpose() * r;
    Vector out(size());
    for (Index s = 0; s < size(); ++s)
        out[s] = column(s) == intercept_column ? r.sum() : X_->dot(column(s), r);
    return out;
}

void ColumnStore::times(const Vector& b, Vector& z) const {
    z.setZero();
    for (Index s = 0; s < size(); ++s) {
        if (b[s] == 0) continue;
        if (X_->is_sparse())
            X_->add_column(column(s), b[s], z);
        else
            z += b[s] * dense_.col(s);
    }
}

}  // namespace hadamard::optim::detail
