#pragma once

#include "hadamard/losses/huber.hpp"
#include "hadamard/losses/least_squares.hpp"
#include "hadamard/losses/logistic.hpp"
#include "hadamard/losses/poisson.hpp"
#include "hadamard/optimizers/sparse_problem.hpp"

#include <utility>
#include <variant>

namespace hadamard::optim::detail {

/// ℓ(z; y) of a loss that is chosen at run time, so that each method is compiled once for all of them.
class AnyPointwise {
public:
    using Scalar = double;
    static constexpr std::string_view name = "any of losses/";
    static constexpr bool over_rational = false;
    static constexpr int smoothness = 1;  // Huber's, the least

    explicit AnyPointwise(const SparseProblem& problem) : held_(held(problem)) {}

    double value(double z, double y) const {
        return std::visit([&](const auto& l) { return l.value(z, y); }, held_);
    }
    double derivative(double z, double y) const {
        return std::visit([&](const auto& l) { return l.derivative(z, y); }, held_);
    }
    double curvature(double z, double y) const {
        return std::visit([&](const auto& l) { return l.curvature(z, y); }, held_);
    }
    double fenchel_young(double z, double y, double nu) const {
        return std::visit([&](const auto& l) { return l.fenchel_young(z, y, nu); }, held_);
    }
    double dual_scale(double nu, double y) const {
        return std::visit([&](const auto& l) { return l.dual_scale(nu, y); }, held_);
    }

    // The rest of the concept is for catalogues, in which this is not.
    static AnyPointwise from(const LossSpec&) { throw PreconditionError("AnyPointwise: no spec"); }
    static std::vector<LossSpec> example_specs() { return {}; }
    static const char* wanted_response(const Rational&) { return nullptr; }

private:
    using Held = std::variant<loss::detail::SquaredError<double>, loss::detail::LogisticError<double>,
                              loss::detail::PoissonError<double>, loss::detail::HuberError<double>>;

    static Held held(const SparseProblem& problem) {
        switch (problem.loss) {
            case LossKind::logistic: return loss::detail::LogisticError<double>();
            case LossKind::poisson: return loss::detail::PoissonError<double>();
            case LossKind::huber: return loss::detail::HuberError<double>(problem.huber_delta);
            case LossKind::least_squares: break;
        }
        return loss::detail::SquaredError<double>();
    }

    Held held_;
};

}  // namespace hadamard::optim::detail
