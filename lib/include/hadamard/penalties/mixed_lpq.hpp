#pragma once

#include "hadamard/core/concepts.hpp"
#include "hadamard/penalties/detail/block.hpp"
#include "hadamard/penalties/detail/block_prox.hpp"
#include "hadamard/penalties/detail/p_norm.hpp"
#include "hadamard/penalties/lq.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hadamard::penalty {

/// Weighted mixed penalty  R(β) = Σ_j w_j ‖β_{G_j}‖_p^q,  ‖b‖_p^p = Σ_i abs(b_i)^p, disjoint groups,
/// 0 < q < p, q < 1 and p ≤ 1 or p = 2. It is concave in (abs(β_i)^p) and, for p ≤ 1, has kinks
/// inside nonzero groups.
///
/// Shapes     β: (d); one weight a group, which multiplies the whole term. Indices in no group are
///            not penalised.
/// Kinks      a zero group: no bound (q < 1). A zero entry of a nonzero group: the slope w_j q
///            ‖β_j‖_1^{q−1} for p = 1, infinite for p < 1, none for p = 2 (R is smooth there).
/// Exact      over `Rational` where the ratios abs(β_i)/‖β_j‖_p and the power of ‖β_j‖_p that is
///            asked for are rational: β_i = ±s^k c_i^{2/p}, Σ c_i² = 1, q = 2/k. Else
///            NotRepresentable; `kinks` needs ‖β_j‖_1^{q−1} at zero entries.
/// Prox       closed form up to a scalar root for p = 1 and p = 2, and for any p in groups of one; else
///            none: `has_prox()` says so.
/// Source     transfers/mixed_group.hpp, which induces it: p = 2/k_1, q = 2/k.
template <Field T>
class MixedLpq {
public:
    using Scalar = T;
    static constexpr std::string_view name = "mixed_lpq";

    /// All weights 1.
    MixedLpq(Index size, Exponent p, Exponent q, std::vector<IndexList> groups)
        : MixedLpq(size, p, q, groups, std::vector<T>(groups.size(), T(1))) {}

    /// @pre p, q as above; groups nonempty, disjoint, below `size`; as many finite weights > 0.
    MixedLpq(Index size, Exponent p, Exponent q, std::vector<IndexList> groups,
             std::vector<T> weights)
        : size_(size), p_(p), q_(q), groups_(std::move(groups)), weights_(std::move(weights)) {
        detail::require_exponent(q, "MixedLpq");
        require(q < Exponent(1) && q < p && (p <= Exponent(1) || p == Exponent(2)),
                "MixedLpq: exponents p " + p.text() + ", q " + q.text() +
                    " are not 0 < q < 1, q < p, p <= 1 or p = 2");
        require(size >= 0, "MixedLpq: negative size");
        require_size(static_cast<long>(weights_.size()), static_cast<long>(groups_.size()),
                     "MixedLpq: weights");
        IndexList covered;
        for (std::size_t j = 0; j < groups_.size(); ++j) {
            const std::string who = "MixedLpq: group " + std::to_string(j);
            require(is_finite(weights_[j]) && sign_of(weights_[j]) == Sign::positive,
                    who + ": its weight is not a number > 0");
            require(!groups_[j].empty(), who + " is empty");
            covered.insert(covered.end(), groups_[j].begin(), groups_[j].end());
        }
        detail::require_positions(covered, static_cast<Index>(covered.size()), size, "MixedLpq");
    }

    Index size() const { return size_; }
    /// q, that of the groups.
    Exponent exponent() const { return q_; }
    /// p, that of the entries in a group.
    Exponent inner_exponent() const { return p_; }
    const std::vector<IndexList>& groups() const { return groups_; }
    const std::vector<T>& weights() const { return weights_; }

    /// Whether `prox` knows the minimizer.
    bool has_prox() const {
        return p_ >= Exponent(1) || std::all_of(groups_.begin(), groups_.end(),
                                                [](const auto& g) { return g.size() == 1; });
    }

    std::vector<PenaltyBlock<T>> blocks() const {
        std::vector<PenaltyBlock<T>> out;
        for (std::size_t j = 0; j < groups_.size(); ++j) out.push_back({groups_[j], weights_[j]});
        return out;
    }

    std::vector<Kink<T>> kinks(const Vector<T>& x) const {
        require_size(x.size(), size_, "MixedLpq::kinks");
        std::vector<Kink<T>> out;
        for (std::size_t j = 0; j < groups_.size(); ++j) {
            const Vector<T> b = gather(x, groups_[j]);
            if (detail::is_zero_block(b)) {
                out.push_back({groups_[j], std::nullopt});
                continue;
            }
            if (p_ == Exponent(2)) continue;
            for (Index i = 0; i < b.size(); ++i) {
                if (!is_zero(b[i])) continue;
                Kink<T> kink{{groups_[j][static_cast<std::size_t>(i)]}, std::nullopt};
                if (p_ == Exponent(1)) kink.bound = group_slope(b, j);
                out.push_back(std::move(kink));
            }
        }
        return out;
    }

    T value(const Vector<T>& x) const {
        require_size(x.size(), size_, "MixedLpq::value");
        T sum(0);
        for (std::size_t j = 0; j < groups_.size(); ++j)
            sum += weights_[j] * abs_power(detail::p_norm(gather(x, groups_[j]), p_), q_);
        return sum;
    }

    /// w_j q ‖β_j‖^{q−1} n,  n_i = sign(β_i) (abs(β_i)/‖β_j‖)^{p−1}, at nonzero entries; 0 elsewhere.
    Vector<T> gradient(const Vector<T>& x) const {
        require_size(x.size(), size_, "MixedLpq::gradient");
        Vector<T> out = Vector<T>::Constant(size_, T(0));
        for (std::size_t j = 0; j < groups_.size(); ++j) {
            const Vector<T> b = gather(x, groups_[j]);
            if (detail::is_zero_block(b)) continue;
            const Vector<T> n = detail::p_norm_gradient(b, p_);
            scatter(out, groups_[j], Vector<T>(n * group_slope(b, j)));
        }
        return out;
    }

    /// w_j q ‖β_j‖^{q−2} [(p−1) diag (abs(β_i)/‖β_j‖)^{p−2} + (q−p) n nᵀ] on nonzero entries, 0
    /// elsewhere. Where an entry may be 0 the gradient may jump: the whole line over `Interval`.
    Matrix<T> hessian(const Vector<T>& x) const {
        require_size(x.size(), size_, "MixedLpq::hessian");
        Matrix<T> out = Matrix<T>::Constant(size_, size_, T(0));
        for (std::size_t j = 0; j < groups_.size(); ++j) {
            const Vector<T> b = gather(x, groups_[j]);
            if (detail::is_zero_block(b)) continue;
            const T length = detail::p_norm(b, p_);
            const Vector<T> n = detail::p_norm_gradient(b, p_);
            const T scale = weights_[j] * q_.as<T>() * abs_power(length, q_ - 2);
            for (Index r = 0; r < b.size(); ++r)
                for (Index c = 0; c < b.size(); ++c) {
                    T entry = (q_ - p_).template as<T>() * n[r] * n[c];
                    if (r == c) entry += detail::p_norm_bend(T(b[r]), length, p_);
                    out(groups_[j][static_cast<std::size_t>(r)],
                        groups_[j][static_cast<std::size_t>(c)]) = scale * entry;
                }
        }
        return out;
    }

    /// The same penalty of x[positions], x ∈ R^size.
    MixedLpq embed(Index size, const IndexList& positions) const {
        detail::require_positions(positions, size_, size, "MixedLpq::embed");
        std::vector<IndexList> moved = groups_;
        for (IndexList& group : moved)
            for (Index& i : group) i = positions[static_cast<std::size_t>(i)];
        return MixedLpq(size, p_, q_, std::move(moved), weights_);
    }

    /// The tangent of R in the concave variables ‖β_j‖_p^p, which they exceed by `smoothing`:
    ///     Σ_j v_j ‖z_j‖_p^p,  v_j = w_j (q/p) (‖x_j‖_p^p + smoothing)^{q/p − 1}.
    /// For smoothing = 0, plus a constant, it majorizes R and touches it at x. Nothing for p = 2.
    /// @pre smoothing ≥ 0, > 0 where a group of x is 0.
    std::optional<Lq<T>> majorizer(const Vector<T>& x,
                                   const T& smoothing) const requires OrderedField<T> {
        require_size(x.size(), size_, "MixedLpq::majorizer");
        if (p_ == Exponent(2)) return std::nullopt;
        std::vector<T> out(static_cast<std::size_t>(size_), T(0));
        const Exponent ratio = q_ / p_;
        for (std::size_t j = 0; j < groups_.size(); ++j) {
            T sum = smoothing;
            for (const Index i : groups_[j]) sum += abs_power(x[i], p_);
            const T weight = weights_[j] * ratio.as<T>() * abs_power(sum, ratio - 1);
            for (const Index i : groups_[j]) out[static_cast<std::size_t>(i)] = weight;
        }
        return Lq<T>(size_, p_, std::move(out));
    }

    /// argmin_z  step·R(z) + ½‖z − x‖²; at a tie the minimizer 0.   @pre step ≥ 0; has_prox().
    Vector<T> prox(const Vector<T>& x, const T& step) const requires OrderedField<T> {
        require_size(x.size(), size_, "MixedLpq::prox");
        require(T(0) <= step, "MixedLpq::prox: step must be >= 0");
        require(
            has_prox(),
            "MixedLpq::prox: known for p = 1, p = 2 and groups of one only, here p = " + p_.text());
        Vector<T> out = x;
        for (std::size_t j = 0; j < groups_.size(); ++j) {
            const Vector<T> b = gather(x, groups_[j]);
            const T a = step * weights_[j];
            scatter(
                out, groups_[j],
                p_ == Exponent(2) ? detail::block_prox(b, a, q_) : detail::one_norm_prox(b, a, q_));
        }
        return out;
    }

    /// dist(−g, a ∂R(x)), the maximum over groups (Euclidean in each), with the limiting
    /// subdifferential: everything at a zero group and, for p < 1, in a zero entry; for p = 1 the
    /// interval of the bound of `kinks` there.
    T stationarity(const Vector<T>& x, const Vector<T>& g,
                   const T& a) const requires OrderedField<T> {
        require_size(x.size(), size_, "MixedLpq::stationarity(x)");
        require_size(g.size(), size_, "MixedLpq::stationarity(g)");
        Vector<T> excess = g + a * gradient(x);
        for (const Kink<T>& kink : kinks(x))
            for (const Index i : kink.indices) {
                const T bound = kink.bound ? T(a * *kink.bound) : magnitude(T(g[i]));
                excess[i] = magnitude(T(g[i])) <= bound ? T(0) : T(magnitude(T(g[i])) - bound);
            }
        T worst(0);
        std::vector<bool> is_penalised(static_cast<std::size_t>(size_), false);
        for (const IndexList& group : groups_) {
            worst = detail::worse(worst, detail::norm(gather(excess, group)));
            for (const Index i : group) is_penalised[static_cast<std::size_t>(i)] = true;
        }
        for (Index i = 0; i < size_; ++i)
            if (!is_penalised[static_cast<std::size_t>(i)])
                worst = detail::worse(worst, magnitude(T(g[i])));
        return worst;
    }

    /// Small members that reach every branch: p = 1, p < 1, p = 2, groups of one, uncovered indices.
    static std::vector<MixedLpq> examples() {
        return {MixedLpq(3, 1, Exponent(2, 3), {{0, 2}, {1}}),
                MixedLpq(4, 1, Exponent(1, 2), {{3, 0, 2}}, {T(2)}),
                MixedLpq(2, Exponent(2, 3), Exponent(1, 2), {{0}, {1}}, {T(3), T(1) / T(4)}),
                MixedLpq(3, Exponent(2, 3), Exponent(2, 5), {{0, 1}, {2}}),
                MixedLpq(2, 2, Exponent(2, 3), {{1, 0}})};
    }

private:
    /// w_j q ‖b‖_p^{q−1}.
    T group_slope(const Vector<T>& b, std::size_t j) const {
        return weights_[j] * q_.as<T>() * abs_power(detail::p_norm(b, p_), q_ - 1);
    }

    Index size_;
    Exponent p_, q_;
    std::vector<IndexList> groups_;
    std::vector<T> weights_;
};

static_assert(ProximalPenalty<MixedLpq<double>>);
static_assert(ProximalPenalty<MixedLpq<Rational>>);
static_assert(Penalty<MixedLpq<Interval>>);

}  // namespace hadamard::penalty
