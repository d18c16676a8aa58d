#pragma once

#include "hadamard/core/elementary.hpp"
#include "hadamard/core/types.hpp"

#include <utility>
#include <vector>

namespace hadamard::transfer::detail {

/// The groups G_1 … G_m, a partition of 0 … d−1, and the sums over them.
class GroupPartition {
public:
    /// @pre the groups are a partition of 0 … base_size−1 (`checked_groups`).
    GroupPartition(Index base_size, std::vector<IndexList> groups)
        : groups_(std::move(groups)), group_of_(static_cast<std::size_t>(base_size)) {
        for (std::size_t j = 0; j < groups_.size(); ++j)
            for (const Index i : groups_[j])
                group_of_[static_cast<std::size_t>(i)] = static_cast<Index>(j);
    }

    Index base_size() const { return static_cast<Index>(group_of_.size()); }
    Index count() const { return static_cast<Index>(groups_.size()); }
    const std::vector<IndexList>& all() const { return groups_; }
    const IndexList& operator[](Index j) const { return groups_[static_cast<std::size_t>(j)]; }

    /// x_{j(i)} for every coordinate i, where i ∈ G_{j(i)}.
    template <class T>
    Vector<T> spread(const Vector<T>& x) const {
        Vector<T> out(base_size());
        for (Index i = 0; i < base_size(); ++i) out[i] = x[group_of_[static_cast<std::size_t>(i)]];
        return out;
    }

    /// a_j · b_j for every group.
    template <class T>
    Vector<T> inner_products(const Vector<T>& a, const Vector<T>& b) const {
        Vector<T> out = Vector<T>::Constant(count(), T(0));
        for (Index i = 0; i < base_size(); ++i)
            out[group_of_[static_cast<std::size_t>(i)]] += a[i] * b[i];
        return out;
    }

    /// ‖a_j‖² for every group; over `Interval` never negative but by rounding.
    template <class T>
    Vector<T> squared_norms(const Vector<T>& a) const {
        Vector<T> out = Vector<T>::Constant(count(), T(0));
        for (Index i = 0; i < base_size(); ++i)
            out[group_of_[static_cast<std::size_t>(i)]] += square(a[i]);
        return out;
    }

private:
    std::vector<IndexList> groups_;
    IndexList group_of_;
};

/// w_j c for every coordinate of every group j.
template <Field T>
Vector<T> spread_weights(const GroupPartition& groups, const std::vector<T>& weights, const T& c) {
    Vector<T> out(groups.base_size());
    for (Index j = 0; j < groups.count(); ++j)
        for (const Index i : groups[j]) out[i] = weights[static_cast<std::size_t>(j)] * c;
    return out;
}

/// ‖β_j‖^{1/k} for every group, from squares: rational if ‖β_j‖² is the 2k-th power of a rational.
template <Field T>
Vector<T> root_norms(const GroupPartition& groups, const Vector<T>& beta, Exponent k) {
    Vector<T> out = groups.squared_norms(beta);
    for (Index j = 0; j < out.size(); ++j) out[j] = abs_power(out[j], Exponent(1) / (k * 2));
    return out;
}

/// 0 where the norm is 0. Over `Interval` the norm may only *perhaps* be 0; then
/// β_i‖β‖^{1/k − 1} has the sign of β_i and, as abs(β_i) ≤ ‖β‖, at most the modulus abs(β_i)^{1/k}.
template <OrderedField T>
T shrunk_to_zero(const T& entry, Exponent) {
    return T(0) * entry;  // NaN stays NaN
}
inline Interval shrunk_to_zero(const Interval& entry, Exponent root) {
    return hull(Interval(0), signed_power(entry, root));
}

/// β_j ‖β_j‖^{1/k − 1} for every group, 0 at 0.
template <Field T>
Vector<T> root_directions(const GroupPartition& groups, const Vector<T>& beta, Exponent k) {
    const Vector<T> squares = groups.squared_norms(beta);
    Vector<T> out(beta.size());
    for (Index j = 0; j < groups.count(); ++j) {
        const bool regular = sign_of(squares[j]) == Sign::positive;
        const T scale = regular ? abs_power(squares[j], (Exponent(1) / k - 1) / 2) : T(0);
        for (const Index i : groups[j])
            out[i] = regular ? T(scale * beta[i]) : shrunk_to_zero(beta[i], Exponent(1) / k);
    }
    return out;
}

}  // namespace hadamard::transfer::detail
