#include "engine/candidates.hpp"

#include "engine/instances.hpp"
#include "hadamard/objectives/minimal_fibre.hpp"
#include "hadamard/optimizers/find.hpp"

#include <algorithm>

namespace hadamard::verify {
namespace {

Rational power_of_ten(int exponent) {
    return Rational(1, Integer("1" + std::string(static_cast<std::size_t>(exponent), '0')));
}

/// A small start among the large ones: what the paper's users do.
Vector<double> nth_start(Trial& trial, Index size, int n) {
    const Vector<double> start = draw_start(trial.tape(), size);
    return n % 3 == 2 ? Vector<double>(start / 16) : start;
}

/// Solvers are good to 1e-40; what is below is a zero entry of the base point.
constexpr double smallest_entry = 1e-12;

PointSeen seen(const Vector<double>& theta, const minima::Decision& decision) {
    const double smallest = smallest_entry * std::max(1.0, theta.lpNorm<Eigen::Infinity>());
    // Convex losses make minimizers without a look at the Hessian.
    const bool flat = decision.outcome == minima::Outcome::minimizer && !decision.strict;
    return {(theta.array().abs() > smallest).count(), theta.size(),
            flat || decision.inertia.zero + decision.inertia.unknown > 0};
}

void note_surrogate_point(Trial& trial, const ProblemFamily& family, const Candidate& candidate) {
    trial.note_point([&] {
        const AnyTransfer<double> transfer = family.over<double>().surrogate.transfer();
        return seen(transfer.apply(from_rational<double>(candidate.point)),
                    candidate.decided.decision);
    });
}

bool is_new(const std::vector<Candidate>& known, const Vector<Rational>& point) {
    return std::none_of(known.begin(), known.end(),
                        [&](const Candidate& c) { return agree(c.point, point, 30); });
}

}  // namespace

minima::DecideSettings decide_settings(int digits) {
    minima::DecideSettings out;
    out.accuracy = power_of_ten(digits * 4 / 5);
    out.through_base = false;
    std::erase_if(out.rungs, [digits](int rung) { return rung < digits; });
    return out;
}

std::vector<Candidate> surrogate_candidates(Trial& trial, const ProblemFamily& family, int starts) {
    std::vector<Candidate> out;
    std::vector<Vector<Rational>> images;
    const AnyTransfer<double> transfer = family.over<double>().surrogate.transfer();
    for (int n = 0; n < starts; ++n) {
        const Vector<double> start = nth_start(trial, transfer.surrogate_size(), n);
        const optim::Found found = optim::find_surrogate_minimizer(family, start, trial.digits());
        if (!found.converged) continue;
        const Vector<Rational> image =
            to_rational(transfer.apply(from_rational<double>(found.point)));
        const bool repeated = std::any_of(images.begin(), images.end(), [&](const auto& known) {
            return agree(known, image, 10);
        });
        if (repeated) continue;
        images.push_back(image);
        out.push_back({found.point, minima::decide_surrogate(family, found.point,
                                                             decide_settings(trial.digits()))});
        note_surrogate_point(trial, family, out.back());
        if (trial.data() != nullptr && out.back().is_minimizer()) break;
    }
    return out;
}

std::vector<Candidate> stationary_candidates(Trial& trial, const ProblemFamily& family,
                                             int starts) {
    std::vector<Candidate> out;
    const Index size = family.over<double>().surrogate.size();
    for (int n = 0; n < starts; ++n) {
        const optim::Found found =
            optim::find_surrogate_stationary(family, nth_start(trial, size, n), trial.digits());
        if (!found.converged || !is_new(out, found.point)) continue;
        out.push_back({found.point, minima::decide_surrogate(family, found.point,
                                                             decide_settings(trial.digits()))});
        note_surrogate_point(trial, family, out.back());
    }
    return out;
}

std::vector<Candidate> base_candidates(Trial& trial, const ProblemFamily& family, int starts) {
    std::vector<Candidate> out;
    const Index size = family.over<double>().base.size();
    for (int n = 0; n < starts; ++n) {
        const Vector<double> start =
            n == 0 ? Vector<double>(Vector<double>::Zero(size)) : nth_start(trial, size, n);
        const optim::BaseMethod method = n % 2 == 0 ? optim::BaseMethod::coordinate_descent
                                                    : optim::BaseMethod::proximal_gradient;
        const optim::Found found =
            optim::find_base_minimizer(family, start, method, trial.digits());
        if (!found.converged || !is_new(out, found.point)) continue;
        out.push_back({found.point,
                       minima::decide_base(family, found.point, decide_settings(trial.digits()))});
        trial.note_point(
            [&] { return seen(from_rational<double>(found.point), out.back().decided.decision); });
    }
    return out;
}

Vector<Rational> midpoints(const Vector<Interval>& x) {
    Vector<Rational> out(x.size());
    for (Index i = 0; i < x.size(); ++i) out[i] = x[i].midpoint_as_rational();
    return out;
}

Vector<Rational> image_of(const ProblemFamily& family, const minima::DecidedPoint& point) {
    const PrecisionScope scope(PrecisionScope::bits_for(200));
    const AnyTransfer<Interval> transfer = family.over<Interval>().surrogate.transfer();
    const Vector<Interval>& xi = *point.enclosure;
    Vector<Interval> thin(xi.size());
    for (Index i = 0; i < xi.size(); ++i) thin[i] = xi[i].midpoint();
    Vector<Rational> out = midpoints(transfer.apply(thin));
    const Vector<Interval> box = transfer.apply(xi);
    for (Index i = 0; i < out.size(); ++i)
        if (box[i].contains_zero()) out[i] = 0;
    return out;
}

std::vector<Vector<Rational>> fibre_of(const ProblemFamily& family,
                                       const minima::DecidedPoint& point, Index limit) {
    const AnyTransfer<Real<100>> transfer = family.over<Real<100>>().surrogate.transfer();
    const Vector<Real<100>> theta = from_rational<Real<100>>(midpoints(*point.enclosure));
    std::vector<Vector<Rational>> out;
    for (const Vector<Real<100>>& xi : minimal_fibre(transfer, theta, limit))
        out.push_back(to_rational(xi));
    return out;
}

bool agree(const Vector<Rational>& a, const Vector<Rational>& b, int exponent) {
    Rational size(1), difference(0);
    for (Index i = 0; i < a.size(); ++i) {
        size = std::max(size, magnitude(a[i]));
        difference = std::max<Rational>(difference, magnitude(Rational(a[i] - b[i])));
    }
    return difference <= power_of_ten(exponent) * size;
}

}  // namespace hadamard::verify
