#pragma once

/// @file
/// Parametrizations that break a hypothesis. Mutants of claims run on them; nothing else may.

#include "hadamard/core/concepts.hpp"
#include "hadamard/penalties/lq.hpp"

#include <utility>
#include <vector>

namespace hadamard::verify {

/// K(u) = u^k elementwise with even k, S(u) = ‖u‖², held to induce Σ|β_i|^{2/k}: not onto (H1 fails).
template <Field T>
class EvenPower {
public:
    using Scalar = T;

    /// @pre spec.depth is even.
    static EvenPower from(const TransferSpec& spec) {
        require(spec.depth.is_even_integer(), "EvenPower: depth must be even");
        return EvenPower(spec.base_size, spec.depth);
    }

    Index base_size() const { return d_; }
    Index surrogate_size() const { return d_; }
    Exponent depth() const { return k_; }

    Vector<T> apply(const Vector<T>& u) const {
        return u.unaryExpr([this](const T& a) -> T { return abs_power(a, k_); });
    }
    Vector<T> pushforward(const Vector<T>& u, const Vector<T>& v) const {
        return slope(u).cwiseProduct(v);
    }
    Vector<T> pullback(const Vector<T>& u, const Vector<T>& g) const { return pushforward(u, g); }
    Vector<T> curvature(const Vector<T>& u, const Vector<T>& v, const Vector<T>& g) const {
        const T factor = k_.as<T>() * (k_ - 1).as<T>();
        const Vector<T> bend =
            u.unaryExpr([&](const T& a) -> T { return factor * abs_power(a, k_ - 2); });
        return bend.cwiseProduct(v).cwiseProduct(g);
    }
    T penalty(const Vector<T>& u) const { return u.squaredNorm(); }
    Vector<T> penalty_gradient(const Vector<T>& u) const { return T(2) * u; }
    Vector<T> penalty_hessian_times(const Vector<T>&, const Vector<T>& v) const { return T(2) * v; }
    penalty::Lq<T> induced() const { return penalty::Lq<T>(d_, Exponent(2) / k_); }
    /// |β|^{1/k}: over negative β there is no point at all.
    Vector<T> lift(const Vector<T>& beta) const {
        return beta.unaryExpr([this](const T& b) -> T { return abs_power(b, Exponent(1) / k_); });
    }
    Vector<T> imbalance(const Vector<T>&) const { return Vector<T>(0); }
    std::vector<SignedPermutation> symmetries() const { return {}; }
    std::vector<TransferBlock> blocks() const {
        std::vector<TransferBlock> out;
        for (Index i = 0; i < d_; ++i) out.push_back({{i}, {i}});
        return out;
    }
    int smoothness() const { return analytic; }
    int smoothness_at(const Vector<T>&) const { return analytic; }

private:
    EvenPower(Index d, Exponent k) : d_(d), k_(k) {}

    Vector<T> slope(const Vector<T>& u) const {
        return u.unaryExpr(
            [this](const T& a) -> T { return k_.as<T>() * a * abs_power(a, k_ - 2); });
    }

    Index d_;
    Exponent k_;
};

static_assert(Transfer<EvenPower<double>>);

}  // namespace hadamard::verify
