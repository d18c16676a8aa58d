#include "search/ascent.hpp"

#include "hadamard/core/error.hpp"

#include <nlopt.h>

#include <cmath>
#include <memory>
#include <vector>

namespace hadamard::search {
namespace {

/// NLopt owns the iterates; the best is kept here, whatever it makes of a failure.
struct Objective {
    const verify::Margin& margin;
    Scored best;

    static double value(unsigned n, const double* x, double*, void* self) {
        auto& objective = *static_cast<Objective*>(self);
        const Vector<double> point = Eigen::Map<const Vector<double>>(x, static_cast<Index>(n));
        const double margin = scored(objective.margin, point);
        ++objective.best.evaluations;
        if (margin > objective.best.margin) {
            objective.best.margin = margin;
            objective.best.x = point;
        }
        return margin;
    }
};

struct Destroy {
    void operator()(nlopt_opt optimizer) const { nlopt_destroy(optimizer); }
};
using Optimizer = std::unique_ptr<nlopt_opt_s, Destroy>;

Optimizer subspace_simplex(Objective& objective, double size, int most) {
    const auto n = static_cast<unsigned>(objective.best.x.size());
    Optimizer out(nlopt_create(NLOPT_LN_SBPLX, n));
    require(out != nullptr, "ascended: NLopt has no LN_SBPLX, or no memory");
    nlopt_set_max_objective(out.get(), Objective::value, &objective);
    nlopt_set_lower_bounds1(out.get(), -size);
    nlopt_set_upper_bounds1(out.get(), size);
    nlopt_set_initial_step1(out.get(), 0.25);
    nlopt_set_xtol_rel(out.get(), 1e-12);
    nlopt_set_maxeval(out.get(), most);
    return out;
}

}  // namespace

double scored(const verify::Margin& margin, const Vector<double>& x) {
    const double value = margin.value(x);
    return std::isfinite(value) ? value : -1;
}

Scored ascended(const verify::Margin& margin, const Vector<double>& start, double size, int most) {
    Objective objective{margin, {start, -2, 0}};
    const Optimizer optimizer = subspace_simplex(objective, size, most);
    std::vector<double> x(start.data(), start.data() + start.size());
    double value = 0;
    // Whatever stops it, rounding included: the best point seen counts.
    nlopt_optimize(optimizer.get(), x.data(), &value);
    return objective.best;
}

}  // namespace hadamard::search
