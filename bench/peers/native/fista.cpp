/// FISTA (Beck & Teboulle 2009) with the gradient scheme of adaptive restart (O'Donoghue & Candès
/// 2015): the momentum starts anew whenever it points uphill, (y − x⁺)·(x⁺ − x) > 0.

#include "peers.hpp"

#include <random>

namespace peers {
namespace {

/// ‖X‖₂² by power iteration: 20 steps from a random vector, and 5 % on top, because it converges
/// from below; `Fista` doubles what is still too small.
template <class X>
double squared_spectral_norm(const X& x) {
    std::mt19937_64 random(1);
    std::normal_distribution<double> normal;
    Vec u = Vec::NullaryExpr(x.rows(), [&] { return normal(random); });
    Vec q(x.columns());
    double norm = 1;
    for (int step = 0; step < 20; ++step) {
        x.correlate(u / u.norm(), q);
        u = product(x, q);
        norm = u.norm();
    }
    return 1.05 * norm;
}

/// argmin ½‖b − a‖² + t Σ_g ‖b_g‖, in place.
void soften(Vec& a, double t, Index group) {
    if (group == 1) {
        a = a.array().sign() * (a.array().abs() - t).max(0.0);
        return;
    }
    for (Index g = 0; g < a.size(); g += group) {
        const double norm = a.segment(g, group).norm();
        a.segment(g, group) *= norm > t ? 1 - t / norm : 0.0;
    }
}

template <class X>
class Fista {
public:
    Fista(const X& x, const Problem& problem)
        : x_(x),
          problem_(problem),
          n_(static_cast<double>(x.rows())),
          lipschitz_(problem.largest_curvature() * squared_spectral_norm(x) / n_),
          beta_(Vec::Zero(x.columns())),
          z_(Vec::Zero(x.rows())),
          q_(x.columns()) {}

    std::int64_t solve(double lambda, const Effort& effort, Deadline& deadline) {
        Vec at = beta_, z_at = z_, step;
        double momentum = 1;
        for (std::int64_t iteration = 1;; ++iteration) {
            x_.correlate(problem_.residual(z_at), q_);
            Vec next, z_next;
            for (;; lipschitz_ *= 2) {
                next = at + q_ / (n_ * lipschitz_);
                soften(next, lambda / lipschitz_, problem_.group);
                step = next - at;
                z_next = product(x_, next);
                const double curvature = problem_.largest_curvature();
                const double bend = curvature * (z_next - z_at).squaredNorm() / n_;
                if (bend <= lipschitz_ * step.squaredNorm() * (1 + 1e-9) + 1e-300) break;
            }
            const bool uphill = step.dot(next - beta_) < 0;
            const double after = uphill ? 1 : (1 + std::sqrt(1 + 4 * momentum * momentum)) / 2;
            const double push = uphill ? 0 : (momentum - 1) / after;
            at = next + push * (next - beta_);
            z_at = z_next + push * (z_next - z_);
            momentum = after;
            beta_.swap(next);
            z_.swap(z_next);
            const double map = lipschitz_ * step.cwiseAbs().maxCoeff();
            if (map <= effort.tolerance * lambda || deadline.has_passed()) return iteration;
        }
    }

    const Vec& coefficients() const { return beta_; }

private:
    const X& x_;
    const Problem& problem_;
    double n_, lipschitz_;
    Vec beta_, z_, q_;
};

}  // namespace

Answer fista(const Design& x, const Problem& problem, const std::vector<double>& lambdas,
             const Effort& effort) {
    return answers_along(x, lambdas, effort,
                         [&](const auto& design) { return Fista(design, problem); });
}

}  // namespace peers
