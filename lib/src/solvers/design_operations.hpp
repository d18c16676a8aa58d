#pragma once

#include "hadamard/optimizers/sparse_problem.hpp"

#include <Eigen/Core>

namespace hadamard::optim::detail {

using Index = Eigen::Index;
using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;

/// The column that stands for the intercept: all ones.
inline constexpr Index intercept_column = -1;

/// What solvers do with X, for each layout.
class DesignOperations {
public:
    /// @throws InputError on sizes, indices or entries that cannot be; names row and column.
    explicit DesignOperations(const Design& X);

    Index rows() const { return X_.rows; }
    Index columns() const { return X_.columns; }
    bool is_sparse() const { return X_.layout == Design::Layout::sparse_columns; }

    /// x_jᵀr.
    double dot(Index j, const Vector& r) const;
    /// Xᵀr; one product, whatever the layout.
    Vector transpose_times(const Vector& r) const;
    /// z += a x_j; j may be the intercept's.
    void add_column(Index j, double a, Vector& z) const;
    /// out = x_j; j may be the intercept's.
    void copy_column(Index j, Eigen::Ref<Vector> out) const;

    double norm(Index j) const { return norms_[j]; }  ///< ‖x_j‖₂.

private:
    using Column = Eigen::Map<const Vector, 0, Eigen::InnerStride<>>;

    Column dense(Index j) const;
    void check_sparse() const;
    void refuse_column(Index j) const;

    template <class Visit>
    void for_each(Index j, Visit visit) const {
        for (std::int64_t k = X_.starts[j]; k < X_.starts[j + 1]; ++k)
            visit(static_cast<Index>(X_.indices[k]), X_.values[k]);
    }

    Design X_;
    Vector norms_;
};

/// Columns of X side by side, and the products among them that an inner problem needs.
class ColumnStore {
public:
    explicit ColumnStore(const DesignOperations& X) : X_(&X) {}

    Index size() const { return static_cast<Index>(columns_.size()); }
    Index column(Index slot) const { return columns_[static_cast<std::size_t>(slot)]; }

    void append(const std::vector<Index>& columns);
    /// Keeps the slots listed, in that order; products among them move along.
    void keep(const std::vector<Index>& slots, Matrix& gram);

    /// Extends XᵀX from its first `known` rows and columns to all.
    void extend_gram(Matrix& gram, Index known) const;
    /// gram = Xᵀ diag(weights) X.
    void weighted_gram(const Vector& weights, Matrix& gram) const;
    /// Xᵀr, one a slot.
    Vector transpose_times(const Vector& r) const;
    /// z = X b over the slots where b is not 0.
    void times(const Vector& b, Vector& z) const;

private:
    void reserve(Index slots);

    const DesignOperations* X_;
    std::vector<Index> columns_;
    Matrix dense_;  // n × capacity; empty for a sparse X
};

}  // namespace hadamard::optim::detail
