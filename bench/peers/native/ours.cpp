/// The library's own solver, timed like the others: from the arrays to the answer.

#include "hadamard/optimizers/local_search.hpp"
#include "hadamard/optimizers/path.hpp"
#include "hadamard/optimizers/working_set.hpp"
#include "peers.hpp"

#include <algorithm>

namespace peers {
namespace {

hadamard::optim::Design viewed(const DenseDesign& x) {
    hadamard::optim::Design out;
    out.rows = x.rows();
    out.columns = x.columns();
    out.values = x.matrix().data();
    out.stride = x.rows();
    return out;
}

hadamard::optim::Design viewed(const SparseDesign& x) {
    hadamard::optim::Design out;
    out.layout = hadamard::optim::Design::Layout::sparse_columns;
    out.rows = x.rows();
    out.columns = x.columns();
    out.values = x.values();
    out.starts = x.starts();
    out.indices = x.indices();
    return out;
}

hadamard::optim::SparseProblem viewed(const Design& x, const Problem& problem) {
    hadamard::optim::SparseProblem task;
    task.X = std::visit([](const auto& design) { return viewed(design); }, x);
    task.y = {problem.y.data(), static_cast<std::size_t>(problem.y.size())};
    if (problem.logistic) task.loss = hadamard::optim::LossKind::logistic;
    task.depth = problem.depth;
    if (problem.group > 1)
        for (Index g = 0; g < task.X.columns; g += problem.group) {
            task.groups.emplace_back();
            for (Index i = 0; i < problem.group; ++i) task.groups.back().push_back(g + i);
        }
    return task;
}

hadamard::optim::SparseSettings settings_of(const Effort& effort) {
    hadamard::optim::SparseSettings settings;
    settings.tolerance = effort.tolerance;
    settings.is_interrupted = [deadline = Deadline(effort.max_seconds)]() mutable {
        return deadline.has_passed();
    };
    return settings;
}

void keep(const hadamard::optim::SparseSolution& found, Index at, OurAnswer& out) {
    std::copy(found.coefficients.begin(), found.coefficients.end(),
              out.coefficients.col(at).begin());
    out.iterations += found.iterations;
    out.newton_steps += found.newton_steps;
    out.sweeps += found.sweeps;
    out.passes += found.passes;
    out.relative_gap = std::max(out.relative_gap, found.relative_gap);
    out.residual = std::max(out.residual, found.residual);
}

}  // namespace

OurAnswer ours(const Design& x, const Problem& problem, const std::vector<double>& lambdas,
               const Effort& effort) {
    const double began = cpu_seconds();
    const hadamard::optim::SparseProblem task = viewed(x, problem);
    const hadamard::optim::SparseSettings settings = settings_of(effort);
    OurAnswer out;
    out.coefficients.resize(task.X.columns, static_cast<Index>(lambdas.size()));
    if (lambdas.size() == 1) {
        keep(hadamard::optim::WorkingSet(task, settings).solve(lambdas[0]), 0, out);
    } else {
        const auto path = hadamard::optim::solve_path(task, lambdas, settings);
        for (std::size_t k = 0; k < path.size(); ++k) keep(path[k], static_cast<Index>(k), out);
    }
    out.cpu_seconds = cpu_seconds() - began;
    return out;
}

OurAnswer our_search(const Design& x, const Problem& problem, double lambda, const Effort& effort) {
    const double began = cpu_seconds();
    const hadamard::optim::SparseProblem task = viewed(x, problem);
    hadamard::optim::LocalSearchSettings settings;
    settings.solver = settings_of(effort);
    OurAnswer out;
    out.coefficients.resize(task.X.columns, 1);
    keep(hadamard::optim::local_search(task, lambda, settings), 0, out);
    out.cpu_seconds = cpu_seconds() - began;
    return out;
}

}  // namespace peers
