#pragma once

/// @file
/// Quadratic balances of a transfer: what gradient flow of L∘K conserves for every loss L. They are
/// found by linear algebra, so that a new transfer's are known as soon as it exists.

#include "hadamard/catalogue/any_transfer.hpp"
#include "hadamard/core/elementary.hpp"

#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace hadamard::verify {

/// C(ξ) = ξᵀAξ with DK(ξ) A ξ = 0 for every ξ: ∇C is tangent to the fibres of K.
///
/// K is then invariant under ξ → exp(sA) ξ. hadamard_product has u_l,i² − u_m,i², group_product
/// ‖u_j‖² − ν_{j,l}², u ⊙ abs(v)^{k−1} has (k−1)u² − v², low_rank the entries of UᵀU − VᵀV.
struct Balance {
    std::size_t block;      ///< Its place in `transfer.blocks()`.
    Matrix<Rational> form;  ///< A: symmetric, D × D, 0 outside the block.
};

/// xᵀAx.
template <Field T>
T quadratic_value(const Matrix<Rational>& A, const Vector<T>& x) {
    T sum(0);
    for (Index b = 0; b < A.cols(); ++b)
        for (Index a = 0; a < A.rows(); ++a)
            if (A(a, b) != 0) sum += from_rational<T>(A(a, b)) * x[a] * x[b];
    return sum;
}

/// A x.
template <Field T>
Vector<T> form_times(const Matrix<Rational>& A, const Vector<T>& x) {
    Vector<T> out = Vector<T>::Constant(A.rows(), T(0));
    for (Index b = 0; b < A.cols(); ++b)
        for (Index a = 0; a < A.rows(); ++a)
            if (A(a, b) != 0) out[a] += from_rational<T>(A(a, b)) * x[b];
    return out;
}

/// Where a claim about balances looks for them.
enum class Search {
    sampled,  ///< A few drawn points, until three in a row exclude nothing more.
    lattice,  ///< Every point of a lattice that decides polynomials of K's degree: a proof.
};

/// N such that K, S and their derivatives are rational at ξ = ±x^N, x rational: the least common
/// multiple of the denominators of k and of the spec's other exponents.
long root_degree(const TransferSpec& spec);

/// The points x ∈ {1, 2, …}^n with Σ (x_i − 1) ≤ degree: a polynomial of total degree ≤ `degree` that is 0
/// on them is 0 (principal lattice; Chung & Yao, SIAM J. Numer. Anal. 14, 1977).
std::vector<Vector<Rational>> lattice(Index n, long degree);

/// Whether x → K(x^N) passes for a polynomial of total degree ≤ k N on x > 0 as it is for
/// every catalogued K: its differences of order k N + 1 vanish, exactly, along drawn lines. A guard: a
/// transfer for which the lattice proves nothing does not pass it.
bool has_degree_of_depth(const AnyTransfer<Rational>& transfer, const TransferSpec& spec);

/// A basis of all quadratic balances, block by block, in reduced echelon form; empty where K has none.
/// @throws NotRepresentable where DK is irrational at ±x^N.
std::vector<Balance> balances(const AnyTransfer<Rational>& transfer, const TransferSpec& spec,
                              Search search);

/// c, if S = c‖ξ‖² on the block: ∇S = 2cξ at points of the lattice of degree 2; S has no terms of
/// another kind for the transfers whose S is quadratic.
std::optional<Rational> isotropy(const AnyTransfer<Rational>& transfer, const TransferSpec& spec,
                                 const IndexList& block);

/// The entries of `transfer.imbalance` as quadratic forms; nothing unless all are.
std::optional<std::vector<Matrix<Rational>>> imbalance_forms(const AnyTransfer<Rational>& transfer);

/// Whether DK(ξ) A ξ = 0 at every point of the lattice (all of R^D: see `Search::lattice`).
bool is_balance(const AnyTransfer<Rational>& transfer, const TransferSpec& spec,
                const Matrix<Rational>& form, const IndexList& block);

/// x^N on the block, 1 elsewhere.
Vector<Rational> block_point(Index size, const IndexList& block, const Vector<Rational>& x, long N);

/// One group of n coordinates, or n coordinates that form one block, in every variant, unweighted and of
/// weight 2: K and S of the others are made of these. Empty when n coordinates are several blocks.
std::vector<TransferSpec> one_block_specs(const TransferTraits& traits, Exponent depth, Index n);

}  // namespace hadamard::verify
