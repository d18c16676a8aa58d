#pragma once

#include "hadamard/core/concepts.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>
#include <vector>

namespace hadamard {

namespace detail {

inline bool is_same_number(const Interval& a, const Interval& b) {
    return arb_equal(a.data(), b.data()) != 0;  // the same ball, which `==` could not mean
}
template <OrderedField T>
bool is_same_number(const T& a, const T& b) {
    return a == b;
}

/// A point up to equality of entries: 0 for zero, ±c for ± the c-th value that occurs in it. Signed
/// permutations act on labels as on points, and labels compare without arithmetic in T.
template <Field T>
class PointLabels {
public:
    explicit PointLabels(const Vector<T>& x) : labels_(x.size()) {
        for (Index i = 0; i < x.size(); ++i) labels_[i] = label(x[i]);
    }

    const Vector<int>& labels() const { return labels_; }

    Vector<T> point(const Vector<int>& labels) const {
        Vector<T> out(labels.size());
        for (Index i = 0; i < labels.size(); ++i) out[i] = value(labels[i]);
        return out;
    }

private:
    int label(const T& a) {
        if (is_zero(a)) return 0;
        for (std::size_t c = 0; c < values_.size(); ++c) {
            if (is_same_number(values_[c], a)) return static_cast<int>(c) + 1;
            if (is_same_number(values_[c], T(-a))) return -static_cast<int>(c) - 1;
        }
        values_.push_back(a);
        return static_cast<int>(values_.size());
    }

    T value(int label) const {
        if (label == 0) return T(0);
        const T& entry = values_[static_cast<std::size_t>(std::abs(label) - 1)];
        return label < 0 ? T(-entry) : entry;
    }

    std::vector<T> values_;
    Vector<int> labels_;
};

struct LabelOrder {
    bool operator()(const Vector<int>& a, const Vector<int>& b) const {
        return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
    }
};

}  // namespace detail

/// The orbit of lift(β) under the group that symmetries() generates, which is all of M(β): a zero
/// block has one minimal point, 0, and the symmetries act transitively on those of the others.
///
/// Order    breadth first from lift(β), generators in their order: deterministic.
/// Exact    points are told apart exactly; over `Interval` by the identity of balls.
/// @pre limit ≥ 1; at most `limit` points are returned (an orbit may hold 2^{d(k−1)}).
template <Transfer P>
std::vector<Vector<typename P::Scalar>> minimal_fibre(const P& transfer,
                                                      const Vector<typename P::Scalar>& beta,
                                                      Index limit) {
    require(limit >= 1, "minimal_fibre: limit must be at least 1");
    const detail::PointLabels<typename P::Scalar> start(transfer.lift(beta));
    const std::vector<SignedPermutation> generators = transfer.symmetries();
    std::vector<Vector<int>> orbit = {start.labels()};
    std::set<Vector<int>, detail::LabelOrder> seen(orbit.begin(), orbit.end());
    const std::size_t most = static_cast<std::size_t>(limit);
    for (std::size_t next = 0; next < orbit.size(); ++next)
        for (const SignedPermutation& generator : generators) {
            if (orbit.size() >= most) break;
            const Vector<int> image = generator(orbit[next]);
            if (seen.insert(image).second) orbit.push_back(image);
        }
    std::vector<Vector<typename P::Scalar>> out;
    out.reserve(orbit.size());
    for (const Vector<int>& labels : orbit) out.push_back(start.point(labels));
    return out;
}

}  // namespace hadamard
