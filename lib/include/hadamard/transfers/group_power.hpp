#pragma once

#include "hadamard/core/concepts.hpp"
#include "hadamard/penalties/group_lq.hpp"
#include "hadamard/transfers/detail/examples.hpp"
#include "hadamard/transfers/detail/group_partition.hpp"
#include "hadamard/transfers/detail/powers.hpp"
#include "hadamard/transfers/detail/quadratic_penalty.hpp"
#include "hadamard/transfers/detail/spec_checks.hpp"

#include <algorithm>

namespace hadamard::transfer {

/// Group power of depth k:  K(u)_j = u_j ‖u_j‖^{k−1},  S(u) = Σ_j w_j ‖u_j‖²,
/// which induces R(β) = Σ_j w_j ‖β_j‖₂^{2/k}.
///
/// Shapes   ξ = u: (d), in the order of β; β: (d); w: (m).
/// Domain   real (rational) 2 ≤ k ≤ 64; the m groups are a partition of β's indices; K is a
///          homeomorphism.
/// Exact    over `Rational` at odd k, and at even k where every ‖u_j‖ is rational (norms enter as
///          (‖u_j‖²)^{e/2}); otherwise NotRepresentable.
/// Smooth   polynomial at odd k, else C^r with the largest r < k, and analytic where no u_j is 0.
///          At k = 2 the curvature at u_j = 0 does not exist: ordered scalars return 0 there.
///          `Interval` puts the unknown direction u_j/‖u_j‖ into [−1, 1]^n as soon as u_j may be
///          0, which is finite for every k ≥ 2 and encloses every generalised derivative.
/// Source   arXiv 2307.03571; claim svf.penalty-equality.
template <Field T>
class GroupPower {
public:
    using Scalar = T;
    static constexpr std::string_view name = "group_power";
    static constexpr bool grouped = true;
    static constexpr bool injective = true;
    static constexpr bool finite_fibres = true;
    static bool takes_depth(Exponent k) { return detail::takes_real_depth(k); }

    /// @throws InputError naming the field at fault.
    static GroupPower from(const TransferSpec& spec) { return GroupPower(spec); }

    /// One and several groups, singletons, interleaved indices; even, odd, fractional depths.
    static std::vector<TransferSpec> example_specs() {
        return detail::group_examples(name, {2, 2, 3, 4, 5, {5, 2}, {7, 2}});
    }

    Index base_size() const { return groups_.base_size(); }
    Index surrogate_size() const { return base_size(); }
    Exponent depth() const { return k_; }

    Vector<T> apply(const Vector<T>& u) const {
        require_size(u.size(), base_size(), "GroupPower::apply(u)");
        Vector<T> scale = groups_.squared_norms(u);
        for (Index j = 0; j < scale.size(); ++j) scale[j] = abs_power(scale[j], (k_ - 1) / 2);
        return u.cwiseProduct(groups_.spread(scale));
    }

    /// DK(u)[v]_j = ‖u_j‖^{k−1} v_j + (k−1) ‖u_j‖^{k−3} (u_j·v_j) u_j.
    Vector<T> pushforward(const Vector<T>& u, const Vector<T>& v) const {
        require_size(u.size(), base_size(), "GroupPower(u)");
        require_size(v.size(), base_size(), "GroupPower(v)");
        Vector<T> out(base_size());
        for (Index j = 0; j < groups_.count(); ++j)
            scatter(out, groups_[j], pushed(gather(u, groups_[j]), gather(v, groups_[j])));
        return out;
    }

    /// DK(u) is symmetric: K is the gradient of Σ_j ‖u_j‖^{k+1}/(k+1).
    Vector<T> pullback(const Vector<T>& u, const Vector<T>& g) const { return pushforward(u, g); }

    /// ∇²⟨K, g⟩(u)[v]_j = (k−1) ‖u‖^{k−3} ((u·v) g + (v·g) u + (u·g) v)
    ///                   + (k−1)(k−3) ‖u‖^{k−5} (u·v)(u·g) u, all of group j:
    /// the derivative along v of ∇⟨K, g⟩ = ‖u‖^{k−1} g + (k−1) ‖u‖^{k−3} (u·g) u.
    Vector<T> curvature(const Vector<T>& u, const Vector<T>& v, const Vector<T>& g) const {
        require_size(u.size(), base_size(), "GroupPower::curvature(u)");
        require_size(v.size(), base_size(), "GroupPower::curvature(v)");
        require_size(g.size(), base_size(), "GroupPower::curvature(g)");
        Vector<T> out(base_size());
        for (Index j = 0; j < groups_.count(); ++j) {
            const IndexList& group = groups_[j];
            scatter(out, group, bent(gather(u, group), gather(v, group), gather(g, group)));
        }
        return out;
    }

    T penalty(const Vector<T>& u) const { return penalty_.value(u); }
    Vector<T> penalty_gradient(const Vector<T>& u) const { return penalty_.gradient(u); }
    Vector<T> penalty_hessian_times(const Vector<T>& u, const Vector<T>& v) const {
        return penalty_.hessian_times(u, v);
    }

    penalty::GroupLq<T> induced() const {
        return penalty::GroupLq<T>(base_size(), Exponent(2) / k_, groups_.all(), weights_);
    }

    /// β_j ‖β_j‖^{1/k − 1}, 0 at 0: the one point with this image.
    Vector<T> lift(const Vector<T>& beta) const {
        require_size(beta.size(), base_size(), "GroupPower::lift(beta)");
        return detail::root_directions(groups_, beta, k_);
    }

    /// Empty: every fibre is one point.
    Vector<T> imbalance(const Vector<T>& u) const {
        require_size(u.size(), base_size(), "GroupPower::imbalance(u)");
        return Vector<T>(0);
    }

    /// None: K is injective.
    std::vector<SignedPermutation> symmetries() const { return {}; }

    std::vector<TransferBlock> blocks() const {
        std::vector<TransferBlock> out;
        for (const IndexList& group : groups_.all()) out.push_back({group, group});
        return out;
    }

    int smoothness() const {
        return k_.is_odd_integer() ? analytic : detail::smoothness_of_power(k_);
    }
    int smoothness_at(const Vector<T>& u) const {
        require_size(u.size(), base_size(), "GroupPower::smoothness_at(u)");
        const auto away_from_zero = [&u](const IndexList& group) {
            return std::any_of(group.begin(), group.end(),
                               [&u](Index i) { return detail::certainly_nonzero(u[i]); });
        };
        return std::all_of(groups_.all().begin(), groups_.all().end(), away_from_zero)
                   ? analytic
                   : smoothness();
    }

private:
    explicit GroupPower(const TransferSpec& spec)
        : groups_(detail::checked_base_size(spec), detail::checked_groups(spec)),
          k_(detail::checked_real_depth(spec)),
          weights_(detail::checked_weights<T>(spec, groups_.count())),
          penalty_(detail::spread_weights(groups_, weights_, T(1))) {}

    /// One group's u as ‖u‖ and an arrow along it, so that no term divides by a norm that may be 0.
    /// Where ‖u‖ > 0 for certain the arrow is u itself; elsewhere it is the direction u/‖u‖, and
    /// the length of every u it replaces moves into the power of ‖u‖.
    struct Radial {
        T squared_norm;
        bool regular;     ///< ‖u‖ > 0 for certain.
        Vector<T> arrow;  ///< u, or every value u/‖u‖ may take (ordered scalars: 0).

        explicit Radial(const Vector<T>& u) : squared_norm(0), regular(false), arrow(u) {
            for (Index i = 0; i < u.size(); ++i) squared_norm += square(u[i]);
            regular = sign_of(squared_norm) == Sign::positive;
            if (!regular) arrow.setConstant(any_direction_entry());
        }

        static T any_direction_entry() {
            if constexpr (OrderedField<T>)
                return T(0);
            else
                return T::ball(0, 1);
        }

        /// c ‖u‖^e, to be multiplied by `arrows` copies of the arrow.
        T scale(Exponent c, Exponent e, long arrows) const {
            if (c == Exponent(0)) return T(0);
            const Exponent power = regular ? e - Exponent(arrows) : e;
            return c.as<T>() * abs_power(squared_norm, power / 2);
        }
    };

    static T dot(const Vector<T>& a, const Vector<T>& b) {
        T sum(0);
        for (Index i = 0; i < a.size(); ++i) sum += a[i] * b[i];
        return sum;
    }

    Vector<T> pushed(const Vector<T>& u, const Vector<T>& v) const {
        const Radial radial(u);
        const T along = radial.scale(k_ - 1, k_ - 1, 2) * dot(radial.arrow, v);
        return radial.scale(1, k_ - 1, 0) * v + along * radial.arrow;
    }

    Vector<T> bent(const Vector<T>& u, const Vector<T>& v, const Vector<T>& g) const {
        const Radial radial(u);
        const Vector<T>& a = radial.arrow;
        const T av = dot(a, v), ag = dot(a, g);
        const T mixed = radial.scale(k_ - 1, k_ - 2, 1);
        const T along = radial.scale((k_ - 1) * (k_ - 3), k_ - 2, 3) * av * ag;
        return mixed * (av * g + dot(v, g) * a + ag * v) + along * a;
    }

    detail::GroupPartition groups_;
    Exponent k_;
    std::vector<T> weights_;
    detail::QuadraticPenalty<T> penalty_;
};

static_assert(CataloguedTransfer<GroupPower<double>>);

}  // namespace hadamard::transfer
