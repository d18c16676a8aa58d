#include "hadamard/optimizers/find.hpp"

#include "hadamard/catalogue/problem.hpp"
#include "hadamard/objectives/active_coordinates.hpp"
#include "hadamard/optimizers/lbfgs.hpp"
#include "hadamard/optimizers/newton.hpp"
#include "hadamard/optimizers/stationary_newton.hpp"
#include "refine.hpp"

namespace hadamard::optim {
namespace {

/// Beyond it an eigendecomposition in 50 digits costs seconds.
constexpr Index small = 16;
constexpr Index most_double_steps = 400;
constexpr Index most_50_digit_steps = 150;
constexpr Index most_lbfgs_steps = 1'000;

/// A point in 50 digits, and what leads on from it to more.
struct Refined {
    Vector<Real<50>> x;
    Matrix<double> hessian;
    IndexList active;
};

double sup_norm_of(const Vector<double>& x, const IndexList& block) {
    double out = 0;
    for (const Index i : block) out = std::max(out, std::abs(x[i]));
    return out;
}

Vector<double> without(Vector<double> x, const IndexList& block) {
    for (const Index i : block) x[i] = 0;
    return x;
}

/// The blocks of x beside which the others are large are set to 0: minimizers are sparse, and where
/// K is rough at a zero block no Newton step arrives there by itself.
Vector<double> with_zero_blocks(const AnySurrogate<double>& Q, Vector<double> x) {
    constexpr double negligible = 1e-4;
    const double size = std::max(1.0, x.cwiseAbs().maxCoeff());
    for (const TransferBlock& block : Q.transfer().blocks())
        if (sup_norm_of(x, block.surrogate) <= negligible * size) x = without(x, block.surrogate);
    return x;
}

/// Likewise the blocks whose image is nothing beside that of the others: factors of a zero block may
/// have a long way to go, v^b being flat at 0.
Vector<double> with_zero_images(const AnySurrogate<double>& Q, Vector<double> x) {
    constexpr double negligible = 1e-6;
    const Vector<double> image = Q.transfer().apply(x);
    const double size = std::max(1.0, image.cwiseAbs().maxCoeff());
    for (const TransferBlock& block : Q.transfer().blocks())
        if (sup_norm_of(image, block.base) <= negligible * size) x = without(x, block.surrogate);
    return x;
}

/// ∇²Q, and ZZᵀ along the orbit of continuous symmetries, where it is singular and ∇Q has no part: a
/// Newton step with it is one across the orbit.
Matrix<double> hessian_across_orbit(const AnySurrogate<double>& Q, const Vector<double>& x) {
    const Matrix<double> tangents = gauge_of(Q.transfer(), x);
    return Q.hessian(x) + tangents * tangents.transpose();
}

/// Q on its active coordinates, the others kept.
struct OnActive {
    using Scalar = double;
    const AnySurrogate<double>& Q;
    Vector<double> rest;
    IndexList active;

    Vector<double> whole(const Vector<double>& y) const {
        Vector<double> x = rest;
        scatter(x, active, y);
        return x;
    }
    Index size() const { return static_cast<Index>(active.size()); }
    double value(const Vector<double>& y) const { return Q.value(whole(y)); }
    Vector<double> gradient(const Vector<double>& y) const {
        return gather(Vector<double>(Q.gradient(whole(y))), active);
    }
    Vector<double> hessian_times(const Vector<double>& y, const Vector<double>& v) const {
        Vector<double> direction = Vector<double>::Zero(rest.size());
        scatter(direction, active, v);
        return gather(Vector<double>(Q.hessian_times(whole(y), direction)), active);
    }
    Matrix<double> hessian(const Vector<double>& y) const {
        return Q.hessian(whole(y))(active, active);
    }
};

/// To 50 digits by cheap refinement: of the point, or of the point without its negligible blocks.
std::optional<Refined> refined_to_50(const ProblemFamily& family, const Vector<double>& x) {
    const AnySurrogate<double> Q = family.over<double>().surrogate;
    const AnySurrogate<Real<50>> Q50 = family.over<Real<50>>().surrogate;
    const auto attempt = [&](const Vector<double>& from,
                             const IndexList& active) -> std::optional<Refined> {
        const Matrix<double> hessian = hessian_across_orbit(Q, from);
        if (!hessian.allFinite()) return std::nullopt;
        std::optional<Vector<Real<50>>> better =
            refined<Real<50>>(Q50, hessian, active, Vector<Real<50>>(from.cast<Real<50>>()));
        if (!better) return std::nullopt;
        return Refined{std::move(*better), hessian, active};
    };
    if (std::optional<Refined> out = attempt(x, hadamard::detail::complement(x.size(), {})))
        return out;
    const Vector<double> sparse = with_zero_blocks(Q, x);
    return attempt(sparse, active_coordinates(Q.transfer(), sparse));
}

/// On from 50 digits to `digits`, if that is more.
Found at_digits(const ProblemFamily& family, const Refined& refined_50, Found found, int digits) {
    found.point = to_rational<Real<50>>(refined_50.x);
    found.converged = true;
    const auto climb = [&]<unsigned D>() {
        const std::optional<Vector<Real<D>>> x =
            refined<Real<D>>(family.over<Real<D>>().surrogate, refined_50.hessian,
                             refined_50.active, from_rational<Real<D>>(found.point));
        found.converged = x.has_value();
        if (x) found.point = to_rational<Real<D>>(*x);
    };
    if (found.converged && digits >= 100) climb.template operator()<100>();
    if (found.converged && digits >= 200) climb.template operator()<200>();
    return found;
}

/// Where one run in double ended, and that point in 50 digits if it could be refined.
struct Run {
    Vector<double> end;
    std::optional<Refined> refined_50;
};

template <template <class> class Method>
Run run_in_double(const ProblemFamily& family, const Vector<double>& start, Found& found) {
    typename Method<double>::Settings settings;
    settings.max_iterations = most_double_steps;
    const Report<double> rough =
        Method<double>(settings).minimize(family.over<double>().surrogate, start);
    found.iterations += rough.iterations;
    if (rough.stop == Stop::non_finite || !rough.x.allFinite()) return {start, std::nullopt};
    return {rough.x, refined_to_50(family, rough.x)};
}

/// A method in double on the blocks that are not 0 at x, where Q is smooth.
template <template <class> class Method>
Run run_on_nonzero_blocks(const ProblemFamily& family, Vector<double> x, Found& found) {
    const AnySurrogate<double> Q = family.over<double>().surrogate;
    const OnActive smooth{Q, x, active_coordinates(Q.transfer(), x)};
    if (smooth.size() > 0) {
        typename Method<double>::Settings settings;
        settings.max_iterations = most_double_steps;
        const Report<double> end =
            Method<double>(settings).minimize(smooth, gather(x, smooth.active));
        found.iterations += end.iterations;
        if (end.x.allFinite()) x = smooth.whole(end.x);
    }
    return {x, refined_to_50(family, x)};
}

/// Where (K, S) is not C² Hessians mislead: at abs(u)^a with a < 3/2 Newton's method runs away from
/// u = 0. Descent by slopes alone does not, and finds which blocks are 0; on the others Q is smooth.
Run run_where_rough(const ProblemFamily& family, const Vector<double>& start, Found& found) {
    const AnySurrogate<double> Q = family.over<double>().surrogate;
    Lbfgs<double>::Settings settings;
    settings.max_iterations = most_lbfgs_steps;
    const Report<double> rough = Lbfgs<double>(settings).minimize(Q, start);
    found.iterations += rough.iterations;
    if (!rough.x.allFinite()) return {start, std::nullopt};
    return run_on_nonzero_blocks<Newton>(family, with_zero_images(Q, rough.x), found);
}

bool is_rough(const AnySurrogate<double>& Q) { return Q.transfer().smoothness() < 2; }

/// Newton's method in 50 digits, from where it stalled in double.
std::optional<Refined> newton_in_50_digits(const ProblemFamily& family, const Vector<double>& from,
                                           Found& found) {
    if (from.size() > small) return std::nullopt;
    Newton<Real<50>>::Settings settings;
    settings.max_iterations = most_50_digit_steps;
    const Report<Real<50>> report = Newton<Real<50>>(settings).minimize(
        family.over<Real<50>>().surrogate, Vector<Real<50>>(from.cast<Real<50>>()));
    found.iterations += report.iterations;
    if (report.stop != Stop::converged) return std::nullopt;
    return Refined{report.x, hessian_across_orbit(family.over<double>().surrogate, from),
                   hadamard::detail::complement(from.size(), {})};
}

Found finished(const ProblemFamily& family, const Run& run, Found found, int digits) {
    if (run.refined_50) return at_digits(family, *run.refined_50, std::move(found), digits);
    found.point = to_rational<double>(run.end);
    return found;
}

/// No block had to be set to 0 to refine the end of the run, so that Newton's method arrived there.
bool is_smooth_descent(const Run& run) {
    return run.refined_50 && static_cast<Index>(run.refined_50->active.size()) == run.end.size();
}

/// Where K is rough, a descent can die on a kink, one factor 0 and another not, or next to a zero
/// block that is no minimizer. With every small coordinate moved to +kick it goes on.
Vector<double> off_the_kinks(Vector<double> x, double kick) {
    const double moved = kick * std::max(1.0, x.cwiseAbs().maxCoeff());
    for (Index i = 0; i < x.size(); ++i)
        if (std::abs(x[i]) < moved) x[i] = moved;
    return x;
}

void require_digits(int digits) {
    require(digits == 50 || digits == 100 || digits == 200, "find: digits must be 50, 100 or 200");
}

}  // namespace

Found find_surrogate_minimizer(const ProblemFamily& family, const Vector<double>& start,
                               int digits) {
    require_digits(digits);
    const AnySurrogate<double> Q = family.over<double>().surrogate;
    Found found;
    found.method = Newton<double>::name;
    if (is_rough(Q)) {
        found.method = "lbfgs+newton";
        const Run run = run_where_rough(family, start, found);
        return finished(family, run, std::move(found), digits);
    }
    Run run = run_in_double<Newton>(family, start, found);
    for (const double kick : {1e-2, 1e-1, 1.0}) {
        if (is_smooth_descent(run)) break;
        Run next = run_in_double<Newton>(family, off_the_kinks(run.end, kick), found);
        if (!run.refined_50 || (next.refined_50 && Q.value(next.end) < Q.value(run.end)))
            run = std::move(next);
    }
    if (!run.refined_50) run.refined_50 = newton_in_50_digits(family, run.end, found);
    return finished(family, run, std::move(found), digits);
}

Found find_surrogate_stationary(const ProblemFamily& family, const Vector<double>& start,
                                int digits) {
    require_digits(digits);
    const AnySurrogate<double> Q = family.over<double>().surrogate;
    Found found;
    found.method = StationaryNewton<double>::name;
    Run run = run_in_double<StationaryNewton>(family, start, found);
    if (!run.refined_50) {
        // ‖∇Q‖ has minima that are no zeros. Every second block of a minimizer set to 0 is near a
        // saddle: a zero block is stationary whatever the others are.
        Vector<double> near_saddle = is_rough(Q) ? run_where_rough(family, start, found).end
                                                 : run_in_double<Newton>(family, start, found).end;
        const std::vector<TransferBlock> blocks = Q.transfer().blocks();
        for (std::size_t j = 0; j < blocks.size(); j += 2)
            near_saddle = without(near_saddle, blocks[j].surrogate);
        run = run_on_nonzero_blocks<StationaryNewton>(family, near_saddle, found);
    }
    return finished(family, run, std::move(found), digits);
}

}  // namespace hadamard::optim
