#pragma once

#include "hadamard/core/concepts.hpp"
#include "hadamard/penalties/lq.hpp"
#include "hadamard/transfers/detail/examples.hpp"
#include "hadamard/transfers/detail/powers.hpp"
#include "hadamard/transfers/detail/spec_checks.hpp"
#include "hadamard/transfers/detail/symmetry.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

namespace hadamard::transfer {

/// Young product:  K(ξ) = u ⊙ v,  S(ξ) = Σ_i w_i (abs(u_i)^a/a + abs(v_i)^b/b),  a, b > 1, which
/// induces R(β) = (1/q) Σ_i w_i abs(β_i)^q,  1/q = 1/a + 1/b.
///
/// Shapes   ξ = (u; v): (2·d); β: (d); w: (d). The weights of R as an `Lq` are w_i/q, so that at a
///          depth k the penalty is k/2 times that of the other transfers.
/// Domain   depth k = 2/q = 2/a + 2/b, rational, 2 ≤ k < 4 (q ≤ 1 and a, b > 1); a = b = 4/k unless
///          `exponents` says otherwise. K is onto and polynomial, of degree 2 whatever k is.
/// Exact    K over `Rational`; S and its derivatives where abs(u_i), abs(v_i) are powers of the
///          denominators of a and b; `lift` and R where every abs(β_i) is s^N, N = lift_degree.
/// Smooth   abs(t)^e is a polynomial at even integers e and C^r with the largest r < e at the others:
///          (K, S) is C^1 at least, C² only for a = b = 2, and analytic where no coordinate with an
///          exponent other than an even integer is 0. Where ∇²S is infinite ordered scalars return 0,
///          `Interval` the whole line.
/// Open     everywhere, as hadamard_product of depth 2 is: K is the same map.
/// Source   this project. Young's inequality: for s = abs(u)^a, t = abs(v)^b the weighted
///          AM–GM q(s/a + t/b) ≥ s^{q/a} t^{q/b} = abs(uv)^q, with equality iff s = t.
template <Field T>
class YoungProduct {
public:
    using Scalar = T;
    static constexpr std::string_view name = "young_product";
    static constexpr bool grouped = false;
    static constexpr bool injective = false;
    static constexpr bool finite_fibres = true;
    static bool takes_depth(Exponent k) { return detail::takes_real_depth(k) && k < Exponent(4); }

    /// @throws InputError naming the field at fault.
    static YoungProduct from(const TransferSpec& spec) { return YoungProduct(spec); }

    /// Quadratic and other exponents, equal and different, even and odd, with and without weights.
    static std::vector<TransferSpec> example_specs() {
        std::vector<TransferSpec> out =
            detail::coordinate_examples(name, {2, 2, 3, 3, {5, 2}, 2, {5, 2}, 2});
        out[1].exponents = {3, {3, 2}};
        out[3].exponents = {{6, 5}, {3, 2}};
        out[5].exponents = {{4, 3}, 4};
        out[6].exponents = {2, {4, 3}};
        return out;
    }

    /// a = b = 4/k, and the two unequal pairs 2/a, 2/b = k/2 ± t of the smallest numerators, either
    /// way round; `spec` itself if it has made its choice.
    static std::vector<TransferSpec> variants(const TransferSpec& spec) {
        if (!spec.exponents.empty() || !takes_depth(spec.depth)) return {spec};
        constexpr long largest_numerator = 16;
        std::vector<std::pair<Exponent, Exponent>> pairs;
        for (const long n : {2, 3, 4, 6, 8}) {
            const Exponent middle = spec.depth / 2, t(1, n);
            if (middle + t >= Exponent(2) || middle - t <= Exponent(0)) continue;
            const Exponent a = Exponent(2) / (middle + t), b = Exponent(2) / (middle - t);
            if (std::max(a.num(), b.num()) <= largest_numerator) pairs.emplace_back(a, b);
        }
        std::stable_sort(pairs.begin(), pairs.end(), [](const auto& x, const auto& y) {
            return std::max(x.first.num(), x.second.num()) <
                   std::max(y.first.num(), y.second.num());
        });
        if (pairs.size() > 2) pairs.erase(pairs.begin() + 2, pairs.end());
        std::vector<TransferSpec> out = {spec};
        out.back().exponents = {Exponent(4) / spec.depth, Exponent(4) / spec.depth};
        for (const auto& [a, b] : pairs) {
            out.push_back(spec);
            out.back().exponents = {a, b};
            out.push_back(spec);
            out.back().exponents = {b, a};
        }
        return out;
    }

    /// The least common denominator of q/a, q/b and q.
    static long lift_degree(const TransferSpec& spec) {
        const auto [a, b] = checked_exponents(spec);
        const Exponent q = Exponent(2) / spec.depth;
        return std::lcm(std::lcm((q / a).den(), (q / b).den()), q.den());
    }

    Index base_size() const { return d_; }
    Index surrogate_size() const { return 2 * d_; }
    Exponent depth() const { return k_; }
    /// (a, b).
    std::pair<Exponent, Exponent> exponents() const { return {a_, b_}; }

    Vector<T> apply(const Vector<T>& xi) const {
        require_xi(xi, "YoungProduct::apply(xi)");
        return xi.head(d_).cwiseProduct(xi.tail(d_));
    }

    /// DK(ξ)[(x; y)] = v ⊙ x + u ⊙ y.
    Vector<T> pushforward(const Vector<T>& xi, const Vector<T>& v) const {
        require_xi(xi, "YoungProduct::pushforward(xi)");
        require_xi(v, "YoungProduct::pushforward(v)");
        return xi.tail(d_).cwiseProduct(v.head(d_)) + xi.head(d_).cwiseProduct(v.tail(d_));
    }

    /// DK(ξ)ᵀg = (v ⊙ g; u ⊙ g).
    Vector<T> pullback(const Vector<T>& xi, const Vector<T>& g) const {
        require_xi(xi, "YoungProduct::pullback(xi)");
        require_size(g.size(), d_, "YoungProduct::pullback(g)");
        Vector<T> out(surrogate_size());
        out << xi.tail(d_).cwiseProduct(g), xi.head(d_).cwiseProduct(g);
        return out;
    }

    /// ∇²⟨K, g⟩(ξ)[(x; y)] = (g ⊙ y; g ⊙ x), for every ξ.
    Vector<T> curvature(const Vector<T>& xi, const Vector<T>& v, const Vector<T>& g) const {
        require_xi(xi, "YoungProduct::curvature(xi)");
        return pullback(v, g);
    }

    T penalty(const Vector<T>& xi) const {
        require_xi(xi, "YoungProduct::penalty(xi)");
        T sum(0);
        for (Index i = 0; i < xi.size(); ++i)
            sum += weight(i) / exponent(i).template as<T>() * abs_power(xi[i], exponent(i));
        return sum;
    }

    /// (w ⊙ sign(u) abs(u)^{a−1}; w ⊙ sign(v) abs(v)^{b−1}).
    Vector<T> penalty_gradient(const Vector<T>& xi) const {
        require_xi(xi, "YoungProduct::penalty_gradient(xi)");
        Vector<T> out(surrogate_size());
        for (Index i = 0; i < xi.size(); ++i)
            out[i] = weight(i) * detail::odd_power(xi[i], exponent(i) - 1);
        return out;
    }

    /// The diagonal w (a−1) abs(u)^{a−2}, w (b−1) abs(v)^{b−2}, times v; 0 where v is, be the
    /// diagonal infinite there.
    Vector<T> penalty_hessian_times(const Vector<T>& xi, const Vector<T>& v) const {
        require_xi(xi, "YoungProduct::penalty_hessian_times(xi)");
        require_xi(v, "YoungProduct::penalty_hessian_times(v)");
        Vector<T> out = Vector<T>::Constant(surrogate_size(), T(0));
        for (Index i = 0; i < xi.size(); ++i) {
            if (is_zero(v[i])) continue;
            const Exponent e = exponent(i);
            out[i] = weight(i) * (e - 1).template as<T>() * detail::even_power(xi[i], e - 2) * v[i];
        }
        return out;
    }

    /// Σ_i (w_i/q) abs(β_i)^q.
    penalty::Lq<T> induced() const {
        std::vector<T> shares;
        for (const T& w : weights_) shares.push_back(w * (k_ / 2).template as<T>());
        return penalty::Lq<T>(d_, Exponent(2) / k_, std::move(shares));
    }

    /// u = sign(β) abs(β)^{q/a}, v = abs(β)^{q/b}.
    Vector<T> lift(const Vector<T>& beta) const {
        require_size(beta.size(), d_, "YoungProduct::lift(beta)");
        const Exponent q = Exponent(2) / k_;
        Vector<T> out(surrogate_size());
        for (Index i = 0; i < d_; ++i) {
            out[i] = signed_power(beta[i], q / a_);
            out[d_ + i] = abs_power(beta[i], q / b_);
        }
        return out;
    }

    /// abs(u)^m − abs(v)^n with m/n = a/b in lowest terms: 0 iff abs(u)^a = abs(v)^b, and rational
    /// wherever ξ is.
    Vector<T> imbalance(const Vector<T>& xi) const {
        require_xi(xi, "YoungProduct::imbalance(xi)");
        const Exponent ratio = a_ / b_;
        Vector<T> out(d_);
        for (Index i = 0; i < d_; ++i)
            out[i] = abs_power(xi[i], ratio.num()) - abs_power(xi[d_ + i], ratio.den());
        return out;
    }

    /// Sign flips of u_i and v_i together; for a = b the exchange of u and v.
    std::vector<SignedPermutation> symmetries() const {
        std::vector<SignedPermutation> out;
        for (Index i = 0; i < d_; ++i) out.push_back(detail::flip(2 * d_, {i, d_ + i}));
        if (a_ == b_) out.push_back(detail::exchange(2 * d_, 0, d_, d_));
        return out;
    }

    std::vector<TransferBlock> blocks() const {
        std::vector<TransferBlock> out;
        for (Index i = 0; i < d_; ++i) out.push_back({{i}, {i, d_ + i}});
        return out;
    }

    int smoothness() const { return std::min(class_of(a_), class_of(b_)); }
    int smoothness_at(const Vector<T>& xi) const {
        require_xi(xi, "YoungProduct::smoothness_at(xi)");
        int out = analytic;
        for (Index i = 0; i < xi.size(); ++i)
            if (!detail::certainly_nonzero(xi[i])) out = std::min(out, class_of(exponent(i)));
        return out;
    }

private:
    explicit YoungProduct(const TransferSpec& spec)
        : d_(detail::checked_base_size(spec)),
          k_(checked_depth(spec)),
          a_(checked_exponents(spec).first),
          b_(checked_exponents(spec).second),
          weights_(detail::checked_weights<T>(spec, d_)) {
        detail::require_no_groups(spec);
    }

    static Exponent checked_depth(const TransferSpec& spec) {
        const Exponent k = detail::checked_real_depth(spec);
        if (k >= Exponent(4))
            throw InputError("depth: " + k.text() +
                             ", must be less than 4: k = 2/a + 2/b, a, b > 1");
        return k;
    }

    /// @throws InputError unless there are none or two, > 1, with 2/a + 2/b = k.
    static std::pair<Exponent, Exponent> checked_exponents(const TransferSpec& spec) {
        const Exponent k = checked_depth(spec);
        if (spec.exponents.empty()) return {Exponent(4) / k, Exponent(4) / k};
        if (spec.exponents.size() != 2)
            throw InputError("exponents: " + std::to_string(spec.exponents.size()) +
                             ", must be 2: a and b");
        for (std::size_t i = 0; i < 2; ++i) {
            const Exponent e = spec.exponents[i];
            const std::string who = "exponents: exponent " + std::to_string(i) + " is " + e.text();
            // First, so that the arithmetic after it cannot overflow.
            if (std::max(e.num(), e.den()) > 4 * detail::largest_denominator)
                throw InputError(who + ", its numerator and denominator must be at most " +
                                 std::to_string(4 * detail::largest_denominator));
            if (e <= Exponent(1)) throw InputError(who + ", must be more than 1");
        }
        const Exponent a = spec.exponents[0], b = spec.exponents[1];
        const Exponent sum = Exponent(2) / a + Exponent(2) / b;
        if (!(sum == k))
            throw InputError("exponents: 2/a + 2/b is " + sum.text() + ", must be the depth " +
                             k.text());
        return {a, b};
    }

    /// r of the class C^r of abs(t)^e.
    static int class_of(Exponent e) {
        return e.is_even_integer() ? analytic : detail::smoothness_of_power(e);
    }

    Exponent exponent(Index i) const { return i < d_ ? a_ : b_; }
    const T& weight(Index i) const { return weights_[static_cast<std::size_t>(i % d_)]; }

    void require_xi(const Vector<T>& xi, const char* who) const {
        require_size(xi.size(), surrogate_size(), who);
    }

    Index d_;
    Exponent k_;
    Exponent a_, b_;
    std::vector<T> weights_;
};

static_assert(CataloguedTransfer<YoungProduct<double>>);

}  // namespace hadamard::transfer
