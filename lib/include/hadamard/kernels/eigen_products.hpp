#pragma once

/// @file
/// Eigen's products of matrices and vectors of `Real<D>` by `kernels::dot`, and by modular products
/// where whole matrices are large enough: `A * x`, `A.transpose() * A`, and with them the blocked
/// and unblocked decompositions. User code stays plain Eigen. Nothing changes for other scalars,
/// other versions of Eigen than 3.4, other processors than x86-64, or with HADAMARD_KERNELS=0
/// (CMake: -DHADAMARD_KERNELS=OFF); the choice must be the same in all files of a program.
///
/// Not covered  a row times a column and `dot`; products that Eigen evaluates coefficient by
///              coefficient (smaller than 20 in rows + columns + depth); triangular solves within a
///              panel; a symmetric view times a vector.

#include "hadamard/kernels/modular_product.hpp"

#include <Eigen/Core>

#ifndef HADAMARD_KERNELS
#define HADAMARD_KERNELS 1
#endif

#if HADAMARD_KERNELS && HADAMARD_HAS_FIXED_POINT_DOT && EIGEN_WORLD_VERSION == 3 && \
    EIGEN_MAJOR_VERSION == 4

namespace hadamard::kernels::detail {

/// Steps between neighbours along the second index of a matrix's row, and down a vector.
template <class Mapper>
Index column_step(const Mapper& A, Index columns) {
    return columns > 1 ? &A(0, 1) - &A(0, 0) : 1;
}
template <class Mapper>
Index row_step(const Mapper& x, Index rows) {
    return rows > 1 ? &x(1, 0) - &x(0, 0) : 1;
}

/// res += alpha · A x, a dot product for each row.
template <unsigned D, class LhsMapper, class RhsMapper>
struct MatrixTimesVector {
    static void run(Index rows, Index columns, const LhsMapper& A, const RhsMapper& x, Real<D>* res,
                    Index res_step, const Real<D>& alpha) {
        if (columns == 0) return;
        const Index a_step = column_step(A, columns), x_step = row_step(x, columns);
        for (Index i = 0; i < rows; ++i)
            add_dot<D>(res[i * res_step], alpha, &A(i, 0), a_step, &x(0, 0), x_step, columns);
    }
};

/// The matrix at `data` in Eigen's terms.
template <int StorageOrder, unsigned D>
MatrixView<D> view_of(const Real<D>* data, Index stride) {
    if (StorageOrder == Eigen::RowMajor) return {data, stride, 1};
    return {data, 1, stride};
}

}  // namespace hadamard::kernels::detail

namespace Eigen::internal {

/// res += alpha · A B, whole. (Eigen turns products with rows one after the other into this.)
template <class I, unsigned D, int LhsOrder, bool ConjugateLhs, int RhsOrder, bool ConjugateRhs,
          int ResInnerStride>
struct general_matrix_matrix_product<I, hadamard::Real<D>, LhsOrder, ConjugateLhs,
                                     hadamard::Real<D>, RhsOrder, ConjugateRhs, ColMajor,
                                     ResInnerStride> {
    using Scalar = hadamard::Real<D>;
    using Traits = gebp_traits<Scalar, Scalar>;
    static void run(I rows, I columns, I depth, const Scalar* A, I A_stride, const Scalar* B,
                    I B_stride, Scalar* res, I res_step, I res_stride, const Scalar& alpha,
                    level3_blocking<Scalar, Scalar>&, GemmParallelInfo<I>* = nullptr) {
        namespace detail = hadamard::kernels::detail;
        detail::add_product<D>(res, res_step, res_stride, alpha,
                               detail::view_of<LhsOrder>(A, A_stride),
                               detail::view_of<RhsOrder>(B, B_stride), rows, depth, columns);
    }
};

/// res += alpha · A B in one triangle.
template <class I, unsigned D, int LhsOrder, bool ConjugateLhs, int RhsOrder, bool ConjugateRhs,
          int ResInnerStride, int UpLo, int Version>
struct general_matrix_matrix_triangular_product<I, hadamard::Real<D>, LhsOrder, ConjugateLhs,
                                                hadamard::Real<D>, RhsOrder, ConjugateRhs, ColMajor,
                                                ResInnerStride, UpLo, Version> {
    using Scalar = hadamard::Real<D>;
    static void run(I size, I depth, const Scalar* A, I A_stride, const Scalar* B, I B_stride,
                    Scalar* res, I res_step, I res_stride, const Scalar& alpha,
                    level3_blocking<Scalar, Scalar>&) {
        namespace detail = hadamard::kernels::detail;
        detail::add_product<D>(res, res_step, res_stride, alpha,
                               detail::view_of<LhsOrder>(A, A_stride),
                               detail::view_of<RhsOrder>(B, B_stride), size, depth, size,
                               UpLo == Lower ? detail::Part::lower : detail::Part::upper);
    }
};

/// One scalar is one packet: blocks are packed row by row and column by column, each contiguous.
template <unsigned D>
class gebp_traits<hadamard::Real<D>, hadamard::Real<D>, false, false> {
public:
    using ResScalar = hadamard::Real<D>;
    using LhsPacket = ResScalar;
    using RhsPacket = ResScalar;
    using ResPacket = ResScalar;
    using AccPacket = ResScalar;
    using LhsPacket4Packing = ResScalar;
    enum {
        ConjLhs = false,
        ConjRhs = false,
        Vectorizable = false,
        LhsPacketSize = 1,
        RhsPacketSize = 1,
        ResPacketSize = 1,
        NumberOfRegisters = 1,
        nr = 1,
        mr = 1,
        LhsProgress = 1,
        RhsProgress = 1
    };
};

/// res += alpha · A B on packed blocks.
template <unsigned D, class I, class DataMapper, bool ConjugateLhs, bool ConjugateRhs>
struct gebp_kernel<hadamard::Real<D>, hadamard::Real<D>, I, DataMapper, 1, 1, ConjugateLhs,
                   ConjugateRhs> {
    using Scalar = hadamard::Real<D>;
    void operator()(const DataMapper& res, const Scalar* A, const Scalar* B, I rows, I depth,
                    I columns, const Scalar& alpha, I A_stride = -1, I B_stride = -1,
                    I A_offset = 0, I B_offset = 0) {
        if (depth == 0) return;
        if (A_stride == -1) A_stride = depth;
        if (B_stride == -1) B_stride = depth;
        for (I i = 0; i < rows; ++i)
            for (I j = 0; j < columns; ++j)
                hadamard::kernels::detail::add_dot<D>(res(i, j), alpha, A + i * A_stride + A_offset,
                                                      1, B + j * B_stride + B_offset, 1, depth);
    }
};

template <class I, unsigned D, class LhsMapper, bool ConjugateLhs, class RhsMapper,
          bool ConjugateRhs, int Version>
struct general_matrix_vector_product<I, hadamard::Real<D>, LhsMapper, ColMajor, ConjugateLhs,
                                     hadamard::Real<D>, RhsMapper, ConjugateRhs, Version>
    : hadamard::kernels::detail::MatrixTimesVector<D, LhsMapper, RhsMapper> {};

template <class I, unsigned D, class LhsMapper, bool ConjugateLhs, class RhsMapper,
          bool ConjugateRhs, int Version>
struct general_matrix_vector_product<I, hadamard::Real<D>, LhsMapper, RowMajor, ConjugateLhs,
                                     hadamard::Real<D>, RhsMapper, ConjugateRhs, Version>
    : hadamard::kernels::detail::MatrixTimesVector<D, LhsMapper, RhsMapper> {};

}  // namespace Eigen::internal

#endif
