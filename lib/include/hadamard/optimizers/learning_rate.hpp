#pragma once

#include "hadamard/core/scalar.hpp"
#include "hadamard/core/types.hpp"

#include <cmath>
#include <string>

namespace hadamard::optim {

enum class Decay { constant, cosine };

/// The step size η_t of step t = 0 … N − 1.
///
///     warm-up    η_t = η (t + 1)/W                                  for t < W
///     constant   η_t = η                                            from W on
///     cosine     η_t = η_end + ½(η − η_end)(1 + cos(π s)),  s = (t − W)/(N − W), from W on
///
/// Units      x² / f: the reciprocal of a curvature; for Adam those of x.
/// Guarantee  η_W = η exactly, and the formula gives η_N = η_end exactly: one step beyond the last,
///            as PyTorch's CosineAnnealingLR(T_max = N − W, eta_min = η_end).
/// Source     Loshchilov and Hutter 2017, arXiv 1608.03983, without restarts.
template <RoundedField T>
struct LearningRate {
    T rate = T(1) / T(100);  ///< η > 0.
    Decay decay = Decay::constant;
    T end = T(0);       ///< η_end of the cosine, 0 ≤ η_end ≤ η.
    Index warm_up = 0;  ///< W, steps, ≥ 0.

    /// @throws PreconditionError naming the field at fault.
    void check(const std::string& who) const {
        require(T(0) < rate && is_finite(rate), who + ": the learning rate must be positive");
        require(T(0) <= end && end <= rate, who + ": the last learning rate not in [0, rate]");
        require(warm_up >= 0, who + ": warm_up must be >= 0");
    }

    /// η_step of `total` = N steps.
    T at(Index step, Index total) const {
        using std::acos;
        using std::cos;
        if (step < warm_up)
            return rate * T(static_cast<long>(step + 1)) / T(static_cast<long>(warm_up));
        if (decay == Decay::constant || step == warm_up) return rate;
        const T done = T(static_cast<long>(step - warm_up)) / T(static_cast<long>(total - warm_up));
        const T share = (T(1) + T(cos(T(acos(T(-1)) * done)))) / T(2);
        return share * rate + (T(1) - share) * end;
    }
};

}  // namespace hadamard::optim
