#pragma once

#include "problem.hpp"

namespace peers {

/// FISTA with adaptive restart.
/// tolerance: on the largest entry of the prox-gradient map over λ.
Answer fista(const Design& x, const Problem& problem, const std::vector<double>& lambdas,
             const Effort& effort);

/// Proximal coordinate descent with working sets and Anderson extrapolation.
/// tolerance: on the largest violation of stationarity over λ.
/// @param first_size  Least size of a working set.
Answer prox_cd(const Design& x, const Problem& problem, const std::vector<double>& lambdas,
               const Effort& effort, Index first_size);

/// L-BFGS on the surrogate Q of `depth` factors; one λ.
/// tolerance: on ‖∇Q‖₂ over λ. @param start  Every entry of the first factor, the others are 0
/// (depth 2), or of all factors, with signs by `seed` (depth > 2).
Answer lbfgs_on_q(const Design& x, const Problem& problem, double lambda, const Effort& effort,
                  double start, std::uint64_t seed);

/// Variable projection as published: L-BFGS on v alone; least squares, dense, no groups, one λ.
/// tolerance: on ‖∇f(v)‖₂ over λ.
Answer varpro(const DenseDesign& x, const Problem& problem, double lambda, const Effort& effort);

/// The library's own solver. tolerance: on the relative gap (depth 2) or the residual.
struct OurAnswer : Answer {
    double passes = 0, relative_gap = 0, residual = 0;
    std::int64_t newton_steps = 0, sweeps = 0;
};
OurAnswer ours(const Design& x, const Problem& problem, const std::vector<double>& lambdas,
               const Effort& effort);

/// The library's best of several runs for depth > 2; one λ.
OurAnswer our_search(const Design& x, const Problem& problem, double lambda, const Effort& effort);

/// CPU seconds of one Xᵀr and of one Gram matrix of the first 100 columns (dense; else 0).
struct Kernels {
    double pass = 0, gram = 0;
};
Kernels kernels(const Design& x, const Vec& r);

/// A solver's answers along λ, timed with what make(design) sets up.
template <class Make>
Answer answers_along(const Design& x, const std::vector<double>& lambdas, const Effort& effort,
                     Make make) {
    return std::visit(
        [&](const auto& design) {
            const double start = cpu_seconds();
            Deadline deadline(effort.max_seconds);
            Answer out{Mat(design.columns(), static_cast<Index>(lambdas.size())), 0, 0};
            auto solver = make(design);
            for (std::size_t k = 0; k < lambdas.size(); ++k) {
                out.iterations += solver.solve(lambdas[k], effort, deadline);
                out.coefficients.col(static_cast<Index>(k)) = solver.coefficients();
            }
            out.cpu_seconds = cpu_seconds() - start;
            return out;
        },
        x);
}

}  // namespace peers
