#include "hadamard/optimizers/find.hpp"

#include "hadamard/optimizers/newton.hpp"
#include "hadamard/optimizers/stationary_newton.hpp"
#include "refine.hpp"

namespace hadamard::optim {
namespace {

/// On from Real<50> to `digits`, if that is more.
Found at_digits(const ProblemFamily& family, const Matrix<double>& hessian, Found found,
                int digits) {
    const auto climb = [&]<unsigned D>() {
        const std::optional<Vector<Real<D>>> x = refined<Real<D>>(
            family.over<Real<D>>().surrogate, hessian, from_rational<Real<D>>(found.point));
        found.converged = x.has_value();
        if (x) found.point = to_rational<Real<D>>(*x);
    };
    if (found.converged && digits >= 100) climb.template operator()<100>();
    if (found.converged && digits >= 200) climb.template operator()<200>();
    return found;
}

/// Double until it stalls, then 50 digits: by cheap refinement of the double point, or, where its
/// Hessian is not good enough for that, by the method itself.
template <template <class> class Method>
Found find_with(const ProblemFamily& family, const Vector<double>& start, int digits) {
    require(digits == 50 || digits == 100 || digits == 200, "find: digits must be 50, 100 or 200");
    typename Method<double>::Settings coarse;
    coarse.max_iterations = 400;
    const AnySurrogate<double> Q = family.over<double>().surrogate;
    const Report<double> rough = Method<double>(coarse).minimize(Q, start);
    const bool usable = rough.stop != Stop::non_finite && rough.x.allFinite();
    const Vector<double>& from = usable ? rough.x : start;
    const Matrix<double> hessian = Q.hessian(from);

    const AnySurrogate<Real<50>> Q50 = family.over<Real<50>>().surrogate;
    Found out;
    out.method = Method<double>::name;
    out.iterations = rough.iterations;
    const std::optional<Vector<Real<50>>> quick =
        usable && rough.stop == Stop::converged && hessian.allFinite()
            ? refined<Real<50>>(Q50, hessian, from.template cast<Real<50>>())
            : std::nullopt;
    if (quick) {
        out.point = to_rational<Real<50>>(*quick);
        out.converged = true;
    } else {
        typename Method<Real<50>>::Settings fine;
        fine.max_iterations = 150;
        const Report<Real<50>> report =
            Method<Real<50>>(fine).minimize(Q50, Vector<Real<50>>(from.template cast<Real<50>>()));
        out.iterations += report.iterations;
        out.converged = report.stop == Stop::converged;
        out.point = out.converged ? to_rational<Real<50>>(report.x) : to_rational<double>(from);
    }
    return at_digits(family, hessian, std::move(out), digits);
}

}  // namespace

Found find_surrogate_minimizer(const ProblemFamily& family, const Vector<double>& start,
                               int digits) {
    return find_with<Newton>(family, start, digits);
}

Found find_surrogate_stationary(const ProblemFamily& family, const Vector<double>& start,
                                int digits) {
    return find_with<StationaryNewton>(family, start, digits);
}

}  // namespace hadamard::optim
