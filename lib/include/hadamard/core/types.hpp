#pragma once

#include <Eigen/Core>

#include <vector>

namespace hadamard {

using Index = Eigen::Index;

template <class T>
using Vector = Eigen::Matrix<T, Eigen::Dynamic, 1>;

template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;

using IndexList = std::vector<Index>;

/// The entries x[i], i in `indices`, in that order.
template <class T>
Vector<T> gather(const Vector<T>& x, const IndexList& indices) {
    Vector<T> out(static_cast<Index>(indices.size()));
    for (Index i = 0; i < out.size(); ++i) out[i] = x[indices[static_cast<std::size_t>(i)]];
    return out;
}

/// x[indices[i]] = values[i].
template <class T>
void scatter(Vector<T>& x, const IndexList& indices, const Vector<T>& values) {
    for (Index i = 0; i < values.size(); ++i) x[indices[static_cast<std::size_t>(i)]] = values[i];
}

}  // namespace hadamard
