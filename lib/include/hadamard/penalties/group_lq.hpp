#pragma once

#include "hadamard/core/concepts.hpp"
#include "hadamard/penalties/detail/block.hpp"
#include "hadamard/penalties/detail/block_prox.hpp"
#include "hadamard/penalties/detail/power_prox.hpp"

#include <string>
#include <utility>
#include <vector>

namespace hadamard::penalty {

/// Weighted group penalty  R(β) = Σ_j w_j ‖β_{G_j}‖₂^q,  0 < q ≤ 1, disjoint groups G_j.
///
/// Shapes     β: (d); one weight a group. Indices in no group are not penalised.
/// Exact      over `Rational` where ‖β_j‖^q, ‖β_j‖^{q−2} are rational, else NotRepresentable. Only
///            even powers of norms are rooted, and none where ‖.‖² decides (prox to 0, q = 1).
/// Error      `prox` solves its optimality condition to a few rounding units of ‖x_j‖, any scale.
/// Source     penalties/lq.hpp; ‖.‖ is radial, so prox is the scalar one along x_j.
template <Field T>
class GroupLq {
public:
    using Scalar = T;
    static constexpr std::string_view name = "group_lq";

    /// All weights 1.
    GroupLq(Index size, Exponent q, std::vector<IndexList> groups)
        : GroupLq(size, q, groups, std::vector<T>(groups.size(), T(1))) {}

    /// @pre q in (0, 1]; groups nonempty, disjoint, below `size`; as many finite weights > 0.
    GroupLq(Index size, Exponent q, std::vector<IndexList> groups, std::vector<T> weights)
        : size_(size), q_(q), groups_(std::move(groups)), weights_(std::move(weights)) {
        detail::require_exponent(q, "GroupLq");
        require(size >= 0, "GroupLq: negative size");
        require_size(static_cast<long>(weights_.size()), static_cast<long>(groups_.size()),
                     "GroupLq: weights");
        for (std::size_t j = 0; j < weights_.size(); ++j)
            require(is_finite(weights_[j]) && sign_of(weights_[j]) == Sign::positive,
                    "GroupLq: weight of group " + std::to_string(j) + " is not a number > 0");
        find_unpenalised();
    }

    Index size() const { return size_; }
    Exponent exponent() const { return q_; }
    const std::vector<IndexList>& groups() const { return groups_; }
    const std::vector<T>& weights() const { return weights_; }

    std::vector<PenaltyBlock<T>> blocks() const {
        std::vector<PenaltyBlock<T>> out;
        for (std::size_t j = 0; j < groups_.size(); ++j) out.push_back({groups_[j], weights_[j]});
        return out;
    }

    /// The zero groups, of slope w_j if q = 1.
    std::vector<Kink<T>> kinks(const Vector<T>& x) const {
        require_size(x.size(), size_, "GroupLq::kinks");
        return detail::kinks_at_zero_blocks(blocks(), q_, x);
    }

    T value(const Vector<T>& x) const {
        require_size(x.size(), size_, "GroupLq::value");
        T sum(0);
        for (std::size_t j = 0; j < groups_.size(); ++j)
            sum += weights_[j] * detail::norm_power(gather(x, groups_[j]), q_);
        return sum;
    }

    /// w_j q ‖β_j‖^{q−2} β_j on nonzero groups, 0 elsewhere.
    Vector<T> gradient(const Vector<T>& x) const {
        require_size(x.size(), size_, "GroupLq::gradient");
        Vector<T> out = Vector<T>::Constant(size_, T(0));
        for (std::size_t j = 0; j < groups_.size(); ++j) {
            const Vector<T> b = gather(x, groups_[j]);
            if (!detail::is_zero_block(b))
                scatter(out, groups_[j], detail::block_gradient(b, weights_[j], q_));
        }
        return out;
    }

    /// w_j q ‖β_j‖^{q−2} (I + (q−2) β_jβ_jᵀ/‖β_j‖²) on nonzero groups, 0 elsewhere.
    Matrix<T> hessian(const Vector<T>& x) const {
        require_size(x.size(), size_, "GroupLq::hessian");
        Matrix<T> out = Matrix<T>::Constant(size_, size_, T(0));
        for (std::size_t j = 0; j < groups_.size(); ++j) {
            const Vector<T> b = gather(x, groups_[j]);
            if (!detail::is_zero_block(b))
                add(out, groups_[j], detail::block_hessian(b, weights_[j], q_));
        }
        return out;
    }

    /// The same penalty of x[positions], x ∈ R^size.
    GroupLq embed(Index size, const IndexList& positions) const {
        detail::require_positions(positions, size_, size, "GroupLq::embed");
        std::vector<IndexList> moved = groups_;
        for (IndexList& group : moved)
            for (Index& i : group) i = positions[static_cast<std::size_t>(i)];
        return GroupLq(size, q_, std::move(moved), weights_);
    }

    /// argmin_z  step·R(z) + ½‖z − x‖²; at a tie the minimizer 0.   @pre step ≥ 0.
    Vector<T> prox(const Vector<T>& x, const T& step) const requires OrderedField<T> {
        require_size(x.size(), size_, "GroupLq::prox");
        require(T(0) <= step, "GroupLq::prox: step must be >= 0");
        Vector<T> out = x;
        for (std::size_t j = 0; j < groups_.size(); ++j)
            scatter(out, groups_[j],
                    detail::block_prox(gather(x, groups_[j]), T(step * weights_[j]), q_));
        return out;
    }

    /// dist(−g, a ∂R(x)), the maximum over groups (Euclidean in each), with the limiting
    /// subdifferential: at β_j = 0 the ball of radius w_j for q = 1, everything for q < 1.
    T stationarity(const Vector<T>& x, const Vector<T>& g,
                   const T& a) const requires OrderedField<T> {
        require_size(x.size(), size_, "GroupLq::stationarity(x)");
        require_size(g.size(), size_, "GroupLq::stationarity(g)");
        T worst(0);
        for (std::size_t j = 0; j < groups_.size(); ++j)
            worst = detail::worse(
                worst, distance(gather(x, groups_[j]), gather(g, groups_[j]), a, weights_[j]));
        for (const Index i : unpenalised_) worst = detail::worse(worst, magnitude(g[i]));
        return worst;
    }

    /// Small members that reach every branch: closed forms, Newton, singletons, uncovered indices.
    static std::vector<GroupLq> examples() {
        return {GroupLq(3, 1, {{0, 2}, {1}}),
                GroupLq(4, Exponent(2, 3), {{3, 0}, {1}}, {T(2), T(1) / T(4)}),
                GroupLq(2, Exponent(1, 2), {{0, 1}}), GroupLq(3, Exponent(2, 5), {{0, 1, 2}})};
    }

private:
    void find_unpenalised() {
        std::vector<std::size_t> owner(static_cast<std::size_t>(size_), groups_.size());
        for (std::size_t j = 0; j < groups_.size(); ++j) {
            require(!groups_[j].empty(), "GroupLq: group " + std::to_string(j) + " is empty");
            for (const Index i : groups_[j]) claim(owner, i, j);
        }
        for (Index i = 0; i < size_; ++i)
            if (owner[static_cast<std::size_t>(i)] == groups_.size()) unpenalised_.push_back(i);
    }

    void claim(std::vector<std::size_t>& owner, Index i, std::size_t j) const {
        const std::string where =
            "GroupLq: index " + std::to_string(i) + " of group " + std::to_string(j);
        require(0 <= i && i < size_, where + " is out of range");
        std::size_t& current = owner[static_cast<std::size_t>(i)];
        require(current == groups_.size(),
                where + " is already in group " + std::to_string(current));
        current = j;
    }

    static void add(Matrix<T>& out, const IndexList& group, const Matrix<T>& block) {
        for (Index c = 0; c < block.cols(); ++c)
            for (Index r = 0; r < block.rows(); ++r)
                out(group[static_cast<std::size_t>(r)], group[static_cast<std::size_t>(c)]) =
                    block(r, c);
    }

    T distance(const Vector<T>& b, const Vector<T>& g, const T& a, const T& weight) const {
        if (!detail::is_zero_block(b))
            return detail::norm(Vector<T>(g + detail::block_gradient(b, weight, q_) * a));
        if (q_ < Exponent(1) || detail::is_within(g, T(a * weight))) return T(0);
        return detail::norm(g) - a * weight;
    }

    Index size_;
    Exponent q_;
    std::vector<IndexList> groups_;
    std::vector<T> weights_;
    IndexList unpenalised_;
};

static_assert(ProximalPenalty<GroupLq<double>>);
static_assert(ProximalPenalty<GroupLq<Rational>>);
static_assert(Penalty<GroupLq<Interval>>);

}  // namespace hadamard::penalty
