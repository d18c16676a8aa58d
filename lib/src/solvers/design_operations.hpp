#pragma once

#include "hadamard/optimizers/sparse_problem.hpp"

#include "solvers/buffer.hpp"
#include "solvers/interruptible.hpp"

#include <Eigen/Core>

namespace hadamard::optim::detail {

using Index = Eigen::Index;
using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;

/// The column that stands for the intercept: all ones, or the roots of the observation weights.
inline constexpr Index intercept_column = -1;

/// What solvers do with X, for each layout.
class DesignOperations {
public:
    /// Looks at every entry once, for the norms, and takes Xᵀr along. `ones` is the intercept's column;
    /// empty: all ones.
    /// @throws InputError on sizes, indices or entries that cannot be; names row and column.
    DesignOperations(const Design& X, const Vector& r, const Vector& ones = {});

    Index rows() const { return X_.rows; }
    Index columns() const { return X_.columns; }
    bool is_sparse() const { return X_.layout == Design::Layout::sparse_columns; }

    /// x_jᵀr; j may be the intercept's.
    double dot(Index j, const Vector& r) const;
    /// Xᵀr; one product, whatever the layout.
    Vector transpose_times(const Vector& r) const;
    /// z += a x_j; j may be the intercept's.
    void add_column(Index j, double a, Vector& z) const;
    /// out = x_j; j may be the intercept's.
    void copy_column(Index j, Eigen::Ref<Vector> out) const;

    /// ‖x_j‖₂; j may be the intercept's.
    double norm(Index j) const {
        return j == intercept_column ? std::sqrt(static_cast<double>(X_.rows)) : norms_[j];
    }
    const Vector& first_product() const { return first_product_; }  ///< Xᵀr of the constructor.

private:
    using Column = Eigen::Map<const Vector, 0, Eigen::InnerStride<>>;

    Column dense(Index j) const;
    void check_sparse() const;
    void measure_rows(const Vector& r);
    void measure_columns(const Vector& r);
    bool is_zero(Index j) const;
    void refuse_column(Index j) const;

    template <class Visit>
    void for_each(Index j, Visit visit) const {
        for (std::int64_t k = X_.starts[j]; k < X_.starts[j + 1]; ++k)
            visit(static_cast<Index>(X_.indices[k]), X_.values[k]);
    }

    Design X_;
    Vector norms_, first_product_, ones_;
};

/// XᵀX or Xᵀ diag(h) X of a store's columns: the upper left corner of a larger square.
class Gram {
public:
    using View = Eigen::Map<Matrix, 0, Eigen::OuterStride<>>;

    View view(Index size) const {
        return {buffer_.data(), size, size, Eigen::OuterStride<>(stride_)};
    }
    /// Makes room for `size`, keeping the corner of the first `known`; it will never be more than `most`.
    void reserve(Index size, Index known, Index most);

private:
    Buffer buffer_;
    Index capacity_ = 0, stride_ = 0;
};

/// What products of columns are summed in. Single takes half the time, with relative errors near 1e−6.
enum class Precision { single, twice };

/// Columns of X side by side, and the products among them that an inner problem needs.
class ColumnStore {
public:
    explicit ColumnStore(const DesignOperations& X) : X_(&X) {}

    Index size() const { return static_cast<Index>(columns_.size()); }
    Index column(Index slot) const { return columns_[static_cast<std::size_t>(slot)]; }

    void append(const std::vector<Index>& columns);
    /// Keeps the slots listed, in that order; products among them move along, if there are any.
    void keep(const std::vector<Index>& slots, Gram* gram);

    /// Extends XᵀX from its first `known` rows and columns to the first `wanted`.
    void extend_gram(Gram& gram, Index known, Index wanted) const;
    /// Extends Xᵀ diag(weights) X (no weights: all 1) from its first `known` rows and columns to all;
    /// single precision is for dense columns. False if it was stopped: then there is none.
    bool weighted_gram(const Vector& weights, Gram& gram, Index known, Precision precision,
                       const Interrupt& interrupt) const;
    /// Xᵀr, one a slot from `from` on.
    Vector transpose_times(const Vector& r, Index from = 0) const;
    /// z = X b over the slots where b is not 0.
    void times(const Vector& b, Vector& z) const;

private:
    using Slots = Eigen::Map<Matrix>;

    void reserve(Index slots);
    /// G's upper triangle, from its first `known` columns on.
    template <class Scalar>
    bool dense_gram(const Vector& weights, Index known, Gram::View G,
                    const Interrupt& interrupt) const;
    /// G, from its first `known` rows and columns on to its size.
    bool sparse_gram(const Vector& weights, Index known, Gram::View G,
                     const Interrupt& interrupt) const;
    Slots dense(Index from, Index count) const;

    const DesignOperations* X_;
    std::vector<Index> columns_;
    Buffer dense_;  // n × capacity by columns; empty for a sparse X
    Index capacity_ = 0;
};

}  // namespace hadamard::optim::detail
