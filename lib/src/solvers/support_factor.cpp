#include "solvers/support_factor.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Jacobi>

#include <algorithm>
#include <iterator>

namespace hadamard::optim::detail {

bool SupportFactor::update(const Gram::View& G, const std::vector<Index>& support) {
    const auto is_in = [](const std::vector<Index>& set, Index slot) {
        return std::binary_search(set.begin(), set.end(), slot);
    };
    std::vector<Index> known = slots_;
    std::sort(known.begin(), known.end());
    std::vector<Index> added;
    for (const Index slot : support)
        if (!is_in(known, slot)) added.push_back(slot);
    const auto kept = static_cast<Index>(support.size() - added.size());
    if (size() - kept > size() / 4)  // rotations cost more than a new factor
        slots_.clear(), added = support;
    else
        for (Index at = size() - 1; at >= 0; --at)
            if (!is_in(support, slots_[static_cast<std::size_t>(at)])) remove(at);
    if (!append(G, added)) {
        slots_.clear();
        return false;
    }
    order_.clear();
    for (const Index slot : slots_)
        order_.push_back(std::lower_bound(support.begin(), support.end(), slot) - support.begin());
    return true;
}

void SupportFactor::remove(Index at) {
    const Index last = size() - 1;
    // Without its row L is lower Hessenberg from column `at` on: rotations of column pairs mend that.
    for (Index i = at; i < last; ++i) L_.row(i).head(last + 1) = L_.row(i + 1).head(last + 1);
    for (Index j = at; j < last; ++j) {
        Eigen::JacobiRotation<double> rotation;
        rotation.makeGivens(L_(j, j), L_(j, j + 1));
        L_.block(j, 0, last - j, last + 1).applyOnTheRight(j, j + 1, rotation);
        if (L_(j, j) < 0) L_.col(j).segment(j, last - j) *= -1;
    }
    slots_.erase(slots_.begin() + at);
}

bool SupportFactor::append(const Gram::View& G, const std::vector<Index>& added) {
    const Index k = size(), m = static_cast<Index>(added.size());
    if (m == 0) return true;
    if (L_.rows() < k + m) L_.conservativeResize(2 * (k + m), 2 * (k + m));
    for (Index j = 0; j < m; ++j) {
        const double* column = G.data() + added[static_cast<std::size_t>(j)] * G.outerStride();
        for (Index i = 0; i < k; ++i) L_(k + j, i) = column[slots_[static_cast<std::size_t>(i)]];
        for (Index i = j; i < m; ++i) L_(k + i, k + j) = column[added[static_cast<std::size_t>(i)]];
        L_(k + j, k + j) *= 1 + ridge;
    }
    auto across = L_.block(k, 0, m, k);
    if (k > 0)  // Eigen divides by the size
        L_.topLeftCorner(k, k)
            .triangularView<Eigen::Lower>()
            .transpose()
            .solveInPlace<Eigen::OnTheRight>(across);
    auto corner = L_.block(k, k, m, m);
    const Vector before = corner.diagonal();
    if (k > 0) corner.selfadjointView<Eigen::Lower>().rankUpdate(across, -1.0);
    Eigen::LLT<Eigen::Ref<Matrix>> factors(corner);
    if (factors.info() != Eigen::Success) return false;
    // Below that a pivot is rounding: a column that depends on the others.
    if ((corner.diagonal().array().square() <= 1e-10 * before.array()).any()) return false;
    slots_.insert(slots_.end(), added.begin(), added.end());
    return true;
}

Vector SupportFactor::solve(const Vector& rhs) const {
    const Index k = size();
    Vector x(k), out(k);
    for (Index i = 0; i < k; ++i) x[i] = rhs[order_[static_cast<std::size_t>(i)]];
    const auto L = L_.topLeftCorner(k, k).triangularView<Eigen::Lower>();
    L.solveInPlace(x);
    L.transpose().solveInPlace(x);
    for (Index i = 0; i < k; ++i) out[order_[static_cast<std::size_t>(i)]] = x[i];
    return out;
}

}  // namespace hadamard::optim::detail
