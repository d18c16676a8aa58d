#pragma once

/// @file
/// Where to start on Q. All starts set the parameters ψ that are not transferred to 0, and random
/// ones are the same on every machine for the same seed.
///
/// Exactly balanced starts of hadamard_product at k = 2 have u = ±v in every coordinate, and every
/// method that treats u and v alike (gradient descent, momentum, Adam) keeps that to the last bit:
/// β_i = ±v_i² never changes its sign. Start there only if the signs are known, as from a solution
/// to a nearby λ; otherwise factors that differ (`variance_matched`, `small` with a seed) let β
/// cross 0. hadamard_difference has no such trouble: from u = v = α, β = 0, it goes both ways.

#include "hadamard/optimizers/detail/factors.hpp"
#include "hadamard/optimizers/detail/random.hpp"

#include <cstdint>
#include <string>

namespace hadamard::optim::start {

namespace detail {

using optim::detail::Random;

template <Transfer P, class Draw>
Vector<typename P::Scalar> filled(const P& transfer, Draw draw) {
    using T = typename P::Scalar;
    Vector<T> out = Vector<T>::Constant(transfer.surrogate_size(), T(0));
    for (Index a = 0; a < out.size(); ++a) out[a] = draw();
    for (const Index a : optim::detail::free_coordinates(transfer)) out[a] = T(0);
    return out;
}

template <class T>
void require_positive(const T& a, const char* what) {
    require(T(0) < a && is_finite(a), std::string("start: ") + what + " must be positive");
}

}  // namespace detail

/// The lift of β: ξ ∈ M(β), S(ξ) = R(β), Q(ξ) = P(β).
template <Transfer P>
Vector<typename P::Scalar> balanced(const P& transfer, const Vector<typename P::Scalar>& beta) {
    return transfer.lift(beta);
}

/// The lift of independent β_i ~ N(0, σ²).
/// @pre deviation = σ > 0 (units of β).
template <Transfer P>
requires RoundedField<typename P::Scalar> Vector<typename P::Scalar> balanced(
    const P& transfer, const typename P::Scalar& deviation, std::uint64_t seed) {
    using T = typename P::Scalar;
    detail::require_positive(deviation, "deviation");
    detail::Random random(seed);
    Vector<T> beta(transfer.base_size());
    for (Index i = 0; i < beta.size(); ++i) beta[i] = deviation * random.template normal<T>();
    Vector<T> out = transfer.lift(beta);
    for (const Index a : optim::detail::free_coordinates(transfer)) out[a] = T(0);
    return out;
}

/// Which standard normal draws z are kept: low ≤ |z| ≤ high.
///
/// `high` cuts the heavy tails of a product of normals (its kurtosis is 3^k), `low` keeps factors
/// away from 0, where the gradients of all other factors vanish: |β_i| then starts between low^k
/// and high^k times (σ_u/√m₂)^k.
template <RoundedField T>
struct Truncation {
    T low = T(1) / T(4);  ///< ≥ 0.
    T high = T(2);        ///< > low, finite.

    /// The probability of being kept, 2(Φ(high) − Φ(low)).
    Real<50> mass() const { return error_function(high) - error_function(low); }

    /// m₂ = E[z² | low ≤ |z| ≤ high] = 1 + 2(low φ(low) − high φ(high)) / mass, by parts.
    Real<50> second_moment() const {
        return 1 + 2 * (weighted_density(low) - weighted_density(high)) / mass();
    }

private:
    static Real<50> error_function(const T& a) {  // erf(a/√2) = P(|z| ≤ a)
        Real<50> out = Real<50>(a) / sqrt(Real<50>(2));
        mpfr_erf(out.backend().data(), out.backend().data(), MPFR_RNDN);
        return out;
    }
    static Real<50> weighted_density(const T& a) {  // a φ(a)
        const Real<50> x(a), pi = acos(Real<50>(-1));
        return x * exp(Real<50>(-x * x / 2)) / sqrt(Real<50>(2 * pi));
    }
};

/// Independent factors whose products have variance σ²: for a product of k factors each factor is
///     (σ_u/√m₂) z,   σ_u = σ^{1/k},   z ~ N(0, 1) given low ≤ |z| ≤ high,
/// so that it has mean 0 and variance σ_u², and a product of k independent ones σ_u^{2k} = σ².
///
/// Domain  transfers that are a product of k factors in every coordinate: hadamard_product,
///         group_product, mixed_group, young_product (k = 2 whatever its depth).
/// Source  the variance of a product of independent centred factors is that of the product of their
///         variances; truncation against collapse and tails: Kolb et al., arXiv 2502.02496.
/// @pre deviation = σ > 0 (units of β); at least a thousandth of the normal draws is kept.
/// @throws PreconditionError for other transfers.
template <Transfer P>
requires RoundedField<typename P::Scalar> Vector<typename P::Scalar> variance_matched(
    const P& transfer, const typename P::Scalar& deviation, std::uint64_t seed,
    const Truncation<typename P::Scalar>& kept = {}) {
    using T = typename P::Scalar;
    detail::require_positive(deviation, "deviation");
    require(T(0) <= kept.low && kept.low < kept.high && is_finite(kept.high),
            "start::variance_matched: needs 0 <= low < high");
    require(1 <= 1000 * kept.mass(),
            "start::variance_matched: hardly any normal draw lies in [low, high]");
    const Index count = static_cast<Index>(optim::detail::factor_sets(transfer).size());
    const Vector<T> ones = Vector<T>::Constant(transfer.surrogate_size(), T(1));
    require(transfer.apply(ones) == Vector<T>::Constant(transfer.base_size(), T(1)),
            "start::variance_matched: K is a sum of products, whose variance is another");

    const T scale = T(abs_power(deviation, Exponent(1, count)) / T(sqrt(kept.second_moment())));
    detail::Random random(seed);
    return detail::filled(transfer, [&] {
        for (;;) {
            const T z = random.template normal<T>();
            if (kept.low <= magnitude(z) && magnitude(z) <= kept.high) return T(scale * z);
        }
    });
}

/// α in every entry: with small α and λ = 0 or small, the start of the implicit-bias literature
/// (Woodworth et al. 2020, arXiv 2002.09277, for hadamard_difference).
/// @pre alpha > 0.
template <Transfer P>
requires RoundedField<typename P::Scalar> Vector<typename P::Scalar> small(
    const P& transfer, const typename P::Scalar& alpha) {
    detail::require_positive(alpha, "alpha");
    return detail::filled(transfer, [&] { return alpha; });
}

/// Independent entries ~ N(0, α²).
/// @pre alpha > 0.
template <Transfer P>
requires RoundedField<typename P::Scalar> Vector<typename P::Scalar> small(
    const P& transfer, const typename P::Scalar& alpha, std::uint64_t seed) {
    using T = typename P::Scalar;
    detail::require_positive(alpha, "alpha");
    detail::Random random(seed);
    return detail::filled(transfer, [&] { return T(alpha * random.template normal<T>()); });
}

}  // namespace hadamard::optim::start
