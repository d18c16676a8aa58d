#pragma once

/// @file
/// Transfers as the laws see them: of one type a scalar, made by name from the compiled library, so
/// that a law is compiled once and not once a transfer.

#include "hadamard/catalogue/any_transfer.hpp"
#include "hadamard/core/concepts.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace hadamard::gen {

/// p has exponents (a, b) of its own: young_product.
template <class P>
concept HasExponents = requires(const P& p) { p.exponents(); };

/// β is a matrix, and R a nuclear norm of it.
template <class P>
inline constexpr bool is_matrix_transfer = requires(const P& p) { p.rows(); };

/// What generators of exact points need to know of a transfer beside its concept.
struct PointNeeds {
    /// Rows and columns where β, or the transferred part of it, is a matrix and R a nuclear norm of
    /// it.
    std::optional<std::pair<Index, Index>> shape = {};
    std::optional<std::pair<Exponent, Exponent>> exponents = {};  ///< (a, b) of young_product.
    /// R measures a block in ‖.‖_p, p = 2 / inner_power: with c of Euclidean length 1, the vector of
    /// the c_i^inner_power has ‖.‖_p = 1. mixed_group: k_1.
    unsigned long inner_power = 1;
    /// N such that lift and R are rational where every block has the length s^N.
    unsigned long lift_degree = 1;
    /// K takes powers of norms that are rational only where the norms are: `group_power` at even k.
    bool rational_norms = false;
    Index untransferred = 0;  ///< Coordinates of the surrogate vector that no block lists.
};

/// What the catalogued transfer p, made from `spec`, needs.
template <class P>
PointNeeds needs_of(const P& p, const TransferSpec& spec) {
    PointNeeds out;
    if constexpr (is_matrix_transfer<P>) out.shape = {p.rows(), p.cols()};
    if constexpr (HasExponents<P>) out.exponents = p.exponents();
    if constexpr (requires { p.inner_depth(); })
        out.inner_power = static_cast<unsigned long>(p.inner_depth());
    out.lift_degree = static_cast<unsigned long>(transfer_traits(spec.name).lift_degree(spec));
    out.rational_norms =
        P::takes_depth(Exponent(5, 2)) && P::grouped && spec.depth.is_even_integer();
    return out;
}

/// A transfer with what it was made from and what its points need.
template <class T>
struct Specimen : AnyTransfer<T> {
    TransferSpec spec;
    PointNeeds needs;
};

/// The examples of the catalogued transfer P over its scalar: over `Rational` only those of integer
/// depth, where powers are rational.
template <class P>
std::vector<Specimen<typename P::Scalar>> specimens() {
    using T = typename P::Scalar;
    std::vector<Specimen<T>> out;
    for (const TransferSpec& spec : P::example_specs())
        if (spec.depth.is_integer() || !ScalarTraits<T>::is_exact)
            out.push_back({make_transfer<T>(spec), spec, needs_of(P::from(spec), spec)});
    return out;
}

/// Each of `all` with the one wrong formula of `Mutant`, which is a `Specimen` that hides one.
template <class Mutant, class T>
std::vector<Specimen<T>> mutated(const std::vector<Specimen<T>>& all) {
    std::vector<Specimen<T>> out;
    for (const Specimen<T>& p : all)
        out.push_back({AnyTransfer<T>(Mutant{p}), p.spec, p.needs});
    return out;
}

}  // namespace hadamard::gen
