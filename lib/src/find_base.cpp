#include "hadamard/optimizers/find.hpp"

#include "hadamard/catalogue/problem.hpp"
#include "hadamard/objectives/active_coordinates.hpp"
#include "hadamard/optimizers/coordinate_descent.hpp"
#include "hadamard/optimizers/polish.hpp"
#include "hadamard/optimizers/proximal_gradient.hpp"
#include "hadamard/optimizers/support_newton.hpp"
#include "hadamard/penalties/nuclear.hpp"
#include "refine.hpp"

namespace hadamard::optim {
namespace {

/// Majorize–minimize where R is concave in the terms of a simpler penalty: P falls at every step but
/// for the smoothing, without which a zero group could never leave 0. Coordinate descent begins with
/// much of it, which looks beyond the nearest minimizer; the other method with next to none.
Report<double> reweighted_minimizer(const AnyBase<double>& P, const Vector<double>& start,
                                    BaseMethod method) {
    constexpr double least = 1e-12, settled = 1e-10;
    constexpr int most_steps = 10;
    // The models change anyway: no need to solve one to the end where that takes long.
    CoordinateDescent<double>::Settings settings;
    settings.max_iterations = 10;
    settings.max_sweeps = 100;
    const CoordinateDescent<double> solver(settings);
    Report<double> out;
    out.x = start;
    const double most = method == BaseMethod::coordinate_descent ? 1.0 : least;
    for (double smoothing = most; smoothing > least / 2; smoothing /= 100)
        for (int step = 0; step < most_steps; ++step) {
            const AnyBase<double> model(P.loss(), *P.penalty().majorizer(out.x, smoothing),
                                        P.lambda());
            const Report<double> next = solver.minimize(model, out.x);
            out.iterations += next.iterations;
            if (!next.x.allFinite()) return out;
            const double move = (next.x - out.x).norm();
            out.x = next.x;
            if (move <= settled * (1 + out.x.norm())) break;
        }
    return out;
}

bool is_reweighted(const AnyBase<double>& P, const Vector<double>& x) {
    return P.penalty().majorizer(x, 1.0).has_value();
}

Report<double> rough_minimizer(const AnyBase<double>& P, const Vector<double>& start,
                               BaseMethod method) {
    if (is_reweighted(P, start)) return reweighted_minimizer(P, start, method);
    if (method == BaseMethod::coordinate_descent) {
        CoordinateDescent<double>::Settings settings;
        settings.max_iterations = 100;
        settings.max_sweeps = 2'000;
        return CoordinateDescent<double>(settings).minimize(P, start);
    }
    ProximalGradient<double>::Settings settings;
    settings.max_iterations = 20'000;
    return ProximalGradient<double>(settings).minimize(P, start);
}

/// P where it is smooth.
template <class T>
struct SmoothPart {
    AnyBase<T> P;

    Vector<T> gradient(const Vector<T>& x) const {
        return P.loss().gradient(x) + P.lambda() * P.penalty().gradient(x);
    }
};

/// By one Hessian in double, or, where that is not good enough, by Newton's method in D digits.
template <unsigned D>
Report<Real<D>> polished(const ProblemFamily& family, const Vector<Rational>& point) {
    using T = Real<D>;
    const AnyBase<T> P = family.over<T>().base;
    const AnyBase<double> rough = family.over<double>().base;
    const Vector<T> x = from_rational<T>(point);
    const Vector<double> x_rough = from_rational<double>(point);
    const Matrix<double> hessian =
        dense_hessian(rough.loss(), x_rough) + rough.lambda() * rough.penalty().hessian(x_rough);
    const std::optional<Vector<T>> quick =
        refined<T>(SmoothPart<T>{P}, hessian, active_coordinates(P.penalty(), x), x);
    if (!quick) return SupportNewton<T>().minimize(P, x);
    Report<T> out;
    out.x = *quick;
    out.stop = Stop::converged;
    return out;
}

/// Where the Hessian on the support is singular Newton's method is lost; coordinate descent is not,
/// if it converges linearly: each outer step then gains many digits, and twenty are plenty.
Report<Real<50>> crawled(const ProblemFamily& family, const Vector<Rational>& point) {
    CoordinateDescent<Real<50>>::Settings settings;
    settings.tolerance = Real<50>("1e-45");
    settings.max_iterations = 20;
    settings.max_sweeps = 1'000;
    return CoordinateDescent<Real<50>>(settings).minimize(family.over<Real<50>>().base,
                                                          from_rational<Real<50>>(point));
}

template <unsigned D>
void take(Found& found, const Report<Real<D>>& report) {
    found.iterations += report.iterations;
    found.converged = report.stop == Stop::converged;
    if (found.converged) found.point = to_rational<Real<D>>(report.x);
}

/// From 50 digits to more.
void raise(Found& found, const ProblemFamily& family, int digits) {
    if (found.converged && digits >= 100) take(found, polished<100>(family, found.point));
    if (found.converged && digits >= 200) take(found, polished<200>(family, found.point));
}

/// A nuclear norm is smooth along matrices of one rank only, on which its factors are coordinates:
/// Newton's method on Q from the lift polishes what proximal gradient found.
Found polished_by_factors(const ProblemFamily& family, const Vector<double>& rough, int digits) {
    Instance onto = family.instance();
    onto.transfer.width = 0;  // the least that reaches every rank
    const ProblemFamily factors(onto);
    const AnyTransfer<Real<200>> transfer = factors.over<Real<200>>().surrogate.transfer();
    const Vector<double> lift = from_rational<double>(
        to_rational(transfer.lift(from_rational<Real<200>>(to_rational(rough)))));
    Found out = find_surrogate_minimizer(factors, lift, digits);
    out.point = to_rational(transfer.apply(from_rational<Real<200>>(out.point)));
    out.method = "proximal_gradient+newton";
    return out;
}

}  // namespace

Found find_base_minimizer(const ProblemFamily& family, const Vector<double>& start,
                          BaseMethod method, int digits) {
    require(digits == 50 || digits == 100 || digits == 200, "find: digits must be 50, 100 or 200");
    constexpr Index small = 16;  // coordinates for which coordinate descent in 50 digits is cheap
    const AnyBase<double> P = family.over<double>().base;
    const bool is_nuclear = nuclear_of(P.penalty()) != nullptr;
    if (is_nuclear) method = BaseMethod::proximal_gradient;  // it is no sum over coordinates
    const bool reweighted = is_reweighted(P, start);
    const Report<double> rough = rough_minimizer(P, start, method);
    if (is_nuclear && rough.x.allFinite()) {
        Found found = polished_by_factors(family, rough.x, digits);
        found.iterations += rough.iterations;
        return found;
    }
    Found out;
    out.method = reweighted ? "reweighted_coordinate_descent+support_newton"
                 : method == BaseMethod::coordinate_descent ? "coordinate_descent+support_newton"
                                                            : "proximal_gradient+support_newton";
    out.iterations = rough.iterations;
    out.point = to_rational<double>(rough.x.allFinite() ? rough.x : start);
    take(out, polished<50>(family, out.point));
    if (!out.converged && !reweighted && rough.x.size() <= small)
        take(out, crawled(family, out.point));
    raise(out, family, digits);
    return out;
}

Found polish_base_minimizer(const ProblemFamily& family, const Vector<double>& start, int digits) {
    require(digits == 50 || digits == 100 || digits == 200, "find: digits must be 50, 100 or 200");
    require(start.allFinite(), "find: start is not finite");
    Found out;
    out.method = "support_newton";
    out.point = to_rational<double>(start);
    take(out, polished<50>(family, out.point));
    raise(out, family, digits);
    return out;
}

}  // namespace hadamard::optim
