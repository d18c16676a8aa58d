#pragma once

#include "hadamard/core/scalar.hpp"
#include "hadamard/core/types.hpp"

#include <concepts>
#include <string_view>
#include <type_traits>

namespace hadamard::optim {

/// Why a run ended. Only `converged` says that the method's own criterion was met; whether the
/// point is a minimizer is for `minima/` to say.
enum class Stop { converged, iteration_limit, line_search_failed, non_finite, interrupted };

constexpr std::string_view to_string(Stop stop) {
    switch (stop) {
        case Stop::converged: return "converged";
        case Stop::iteration_limit: return "iteration_limit";
        case Stop::line_search_failed: return "line_search_failed";
        case Stop::non_finite: return "non_finite";
        case Stop::interrupted: return "interrupted";
    }
    return "unreachable";
}

/// What a caller may want to know during and after a run; nothing is printed.
///
/// Guarantee  with `Stop::non_finite` it holds the last iterate at which everything was finite;
///            only a start that is not finite itself is returned as it is.
template <class T>
struct [[nodiscard]] Report {
    Vector<T> x;            ///< Last accepted iterate.
    T value = T(0);         ///< Objective at x.
    T certificate = T(0);   ///< Each method says what: ‖∇f(x)‖₂, or the prox residual at x.
    Index iterations = 0;   ///< Accepted steps; of stochastic methods epochs, of cyclic ones cycles.
    Index evaluations = 0;  ///< Values, gradients and Hessians taken, each counted as one.
    double seconds = 0;     ///< Wall time since the call.
    Stop stop = Stop::iteration_limit;
};

/// Sees the start and every accepted step; returns nothing, or false to stop the run.
template <class W, class T>
concept Watcher = std::invocable < W&,
        const Report<T>
& > &&(std::is_void_v<std::invoke_result_t<W&, const Report<T>&>> ||
       std::convertible_to<std::invoke_result_t<W&, const Report<T>&>, bool>);

/// The watcher that only looks on.
struct Unwatched {
    template <class T>
    void operator()(const Report<T>&) const {}
};

}  // namespace hadamard::optim
