/// L-BFGS on the smooth surrogate itself, the method a user of Hadamard parametrisations would reach
/// for first:  Q(u, v) = L(u ∘ v) + (λ/2)(‖u‖² + ‖v‖²), or k factors and λ/k.

#include "hadamard/optimizers/lbfgs.hpp"
#include "peers.hpp"

#include <random>

namespace peers {
namespace {

/// Depth 2: (u, v), u of p entries and v one a group. Depth k: k vectors of p entries.
template <class X>
class Surrogate {
public:
    using Scalar = double;

    Surrogate(const X& x, const Problem& problem, double lambda)
        : x_(x), problem_(problem), lambda_(lambda), q_(x.columns()) {}

    Index size() const {
        return problem_.depth == 2 ? p() + p() / problem_.group : problem_.depth * p();
    }

    Vec coefficients(const Vec& factors) const {
        Vec beta = factors.head(p());
        if (problem_.depth == 2) {
            for (Index j = 0; j < p(); ++j) beta[j] *= factors[p() + j / problem_.group];
        } else {
            for (int k = 1; k < problem_.depth; ++k)
                beta.array() *= factors.segment(k * p(), p()).array();
        }
        return beta;
    }

    double value(const Vec& factors) const {
        predict(factors);
        return problem_.loss(z_) + lambda_ / problem_.depth * factors.squaredNorm();
    }

    Vec gradient(const Vec& factors) const {
        if (factors != at_) predict(factors);
        x_.correlate(problem_.residual(z_), q_);
        q_ /= -static_cast<double>(x_.rows());
        Vec out = (2 * lambda_ / problem_.depth) * factors;
        if (problem_.depth == 2) {
            for (Index j = 0; j < p(); ++j) {
                const Index g = p() + j / problem_.group;
                out[j] += q_[j] * factors[g];
                out[g] += q_[j] * factors[j];
            }
            return out;
        }
        for (int k = 0; k < problem_.depth; ++k) {
            Vec others = q_;
            for (int l = 0; l < problem_.depth; ++l)
                if (l != k) others.array() *= factors.segment(l * p(), p()).array();
            out.segment(k * p(), p()) += others;
        }
        return out;
    }

    /// Never asked for by L-BFGS.
    Vec hessian_times(const Vec&, const Vec& direction) const { return direction; }

private:
    Index p() const { return x_.columns(); }

    /// z = Xβ, which value and gradient at one point share.
    void predict(const Vec& factors) const {
        at_ = factors;
        z_ = product(x_, coefficients(factors));
    }

    const X& x_;
    const Problem& problem_;
    double lambda_;
    mutable Vec at_, z_, q_;
};

}  // namespace

Answer lbfgs_on_q(const Design& x, const Problem& problem, double lambda, const Effort& effort,
                  double start, std::uint64_t seed) {
    return std::visit(
        [&](const auto& design) {
            const double began = cpu_seconds();
            Deadline deadline(effort.max_seconds);
            const Surrogate f(design, problem, lambda);
            Vec factors = Vec::Zero(f.size());
            if (problem.depth == 2) {
                factors.tail(f.size() - design.columns()).setConstant(start);
            } else {
                std::mt19937_64 random(seed);
                std::bernoulli_distribution sign;
                for (double& t : factors) t = sign(random) ? start : -start;
            }
            hadamard::optim::Lbfgs<double>::Settings settings;
            settings.tolerance = effort.tolerance * lambda;
            settings.max_iterations = 1'000'000;
            const auto report = hadamard::optim::Lbfgs<double>(settings).minimize(
                f, factors, [&](const auto&) { return !deadline.has_passed(); });
            return Answer{f.coefficients(report.x), cpu_seconds() - began, report.iterations};
        },
        x);
}

}  // namespace peers
