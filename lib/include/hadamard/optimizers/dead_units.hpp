#pragma once

/// @file
/// A *unit* is a block of the transfer: the factors of one coordinate or of one group. A unit all
/// of whose factors are 0 is dead: ∇Q is 0 in all of them (neither K nor S has a linear part there,
/// k ≥ 2), so that gradient methods that arrive without momentum leave it at 0 for ever (claim
/// discrete-balance: the all-zero group is absorbing). It need not be a mistake: units that P wants
/// at 0 end there, or near.

#include "hadamard/objectives/surrogate.hpp"

#include <vector>

namespace hadamard::optim {

/// The blocks of `transfer` all of whose surrogate coordinates are at most `threshold` in modulus,
/// as positions in transfer.blocks().
/// @pre threshold ≥ 0; 0: exactly dead.
template <Transfer P>
requires OrderedField<typename P::Scalar> IndexList
dead_units(const P& transfer, const Vector<typename P::Scalar>& xi,
           const typename P::Scalar& threshold = typename P::Scalar(0)) {
    using T = typename P::Scalar;
    require_size(xi.size(), transfer.surrogate_size(), "dead_units: xi");
    require(T(0) <= threshold, "dead_units: threshold must be >= 0");
    const std::vector<TransferBlock> blocks = transfer.blocks();
    IndexList out;
    for (std::size_t j = 0; j < blocks.size(); ++j) {
        bool is_dead = true;
        for (const Index a : blocks[j].surrogate)
            is_dead = is_dead && magnitude(T(xi[a])) <= threshold;
        if (is_dead) out.push_back(static_cast<Index>(j));
    }
    return out;
}

/// A point, and the units that were brought back to life there.
template <class T>
struct Revival {
    Vector<T> xi;
    IndexList units;  ///< Positions in transfer.blocks().
};

/// Takes one proximal gradient step of P in the dead units alone and lifts those that it moves off
/// 0:  β_j⁺ = prox_{tλR_j}(β_j − t g_j),  g = ∇L(K(ξ)),  t = step; where β_j⁺ ≠ 0 the unit becomes
/// the balanced point over β_j⁺, all else stays.
///
/// k = 2     an exactly dead unit comes back iff ‖g_j‖ > λ w_j, whatever t is: iff 0 is a strict
///           saddle of Q in this unit (claim strict-saddle), so that reviving is right for P too.
/// k ≥ 3     0 is always a local minimizer of Q in this unit, and of P: nothing is wrong with it.
///           Revival is a choice, to leave it for a lower one, and it depends on t: β_j⁺ ≠ 0 iff
///           the prox of size t jumps.
/// Guarantee Q does not rise beyond rounding if ‖∇²L‖ ≤ 1/t: the prox step minimizes a majorant of
///           P over these units, and their share of S, before at least that of R, equals it after.
/// @pre step > 0 (units of x² / L); threshold ≥ 0; the induced penalty has a prox.
template <Loss L, Transfer P>
requires RoundedField<typename L::Scalar> Revival<typename L::Scalar> revive_dead_units(
    const Surrogate<L, P>& f, const Vector<typename L::Scalar>& xi, const typename L::Scalar& step,
    const typename L::Scalar& threshold = typename L::Scalar(0)) {
    using T = typename L::Scalar;
    require(T(0) < step && is_finite(step), "revive_dead_units: step must be positive");
    const std::vector<TransferBlock> blocks = f.transfer().blocks();
    const Vector<T> beta = f.transfer().apply(xi);
    const Vector<T> moved = beta - step * f.loss().gradient(beta);
    const Vector<T> wanted = f.transfer().induced().prox(moved, T(step * f.lambda()));
    const Vector<T> lifted = f.transfer().lift(wanted);
    Revival<T> out{xi, {}};
    for (const Index j : dead_units(f.transfer(), xi, threshold)) {
        const TransferBlock& block = blocks[static_cast<std::size_t>(j)];
        bool is_wanted = false;
        for (const Index i : block.base) is_wanted = is_wanted || wanted[i] != T(0);
        if (!is_wanted) continue;
        for (const Index a : block.surrogate) out.xi[a] = lifted[a];
        out.units.push_back(j);
    }
    return out;
}

}  // namespace hadamard::optim
