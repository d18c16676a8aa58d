#include "hadamard/optimizers/method.hpp"

#include "hadamard/core/suggest.hpp"
#include "solvers/method_problem.hpp"

#include <algorithm>
#include <cmath>

namespace hadamard::optim {

using detail::Method;
using detail::MethodProblem;
using Point = Vector<double>;

namespace {

const std::vector<Method>& methods() {
    static const std::vector<Method> all = [] {
        std::vector<Method> out;
        for (auto* family : {detail::smooth_methods, detail::epoch_methods, detail::factor_methods,
                             detail::base_methods})
            for (Method& method : family()) out.push_back(std::move(method));
        std::sort(out.begin(), out.end(), [](const Method& a, const Method& b) {
            return a.traits.name < b.traits.name;
        });
        return out;
    }();
    return all;
}

const Method& method_named(const std::string& name) {
    std::vector<std::string> names;
    for (const Method& method : methods()) {
        if (method.traits.name == name) return method;
        names.push_back(method.traits.name);
    }
    throw InputError(unknown_name("method", name, names));
}

Point point(std::span<const double> values, Index size, const char* name) {
    if (static_cast<Index>(values.size()) != size)
        throw InputError(std::string(name) + " has " + std::to_string(values.size()) +
                         " entries, expected " + std::to_string(size));
    for (std::size_t i = 0; i < values.size(); ++i)
        if (!std::isfinite(values[i]))
            throw InputError(std::string(name) + "[" + std::to_string(i) +
                             "] is not finite; it must be a number");
    return Eigen::Map<const Point>(values.data(), size);
}

std::vector<double> list(const Point& values) { return {values.begin(), values.end()}; }

void check(const MethodSettings& s) {
    const auto wants = [](bool holds, const char* what) {
        if (!holds) throw InputError(what);
    };
    wants(s.max_iterations >= 0, "max_iterations: expected a number >= 0");
    wants(s.max_seconds >= 0, "max_seconds: expected a number >= 0");
    wants(s.tolerance >= 0 && s.tolerance < 1, "tolerance: expected a number in [0, 1)");
    wants(s.learning_rate >= 0 && std::isfinite(s.learning_rate),
          "learning_rate: expected a positive number, or 0 for the method's own");
    wants(s.schedule == "constant" || s.schedule == "cosine",
          "schedule: expected constant or cosine");
    wants(s.momentum >= 0 && s.momentum < 1, "momentum: expected a number in [0, 1)");
    wants(s.batch >= 0, "batch: expected a number of rows, or 0 for all");
    const std::vector<std::string> starts = {"auto", "variance_matched", "normal", "balanced",
                                             "constant"};
    wants(std::find(starts.begin(), starts.end(), s.start) != starts.end(),
          "start: expected auto, variance_matched, normal, balanced or constant");
    wants(s.start_scale > 0 && std::isfinite(s.start_scale),
          "start_scale: expected a positive number");
    wants(s.sampling >= 1 && std::isfinite(s.sampling), "sampling: expected a number >= 1");
}

}  // namespace

class SurrogateProblem::Implementation : public MethodProblem {
public:
    using MethodProblem::MethodProblem;

    Point beta(std::span<const double> values) const {
        return point(values, transfer.base_size(), "beta");
    }
    Point xi(std::span<const double> values) const {
        return point(values, transfer.surrogate_size(), "factors");
    }

    /// ξ, or β for a method on β.
    Point start(const MethodSettings& settings, bool on_surrogate) const {
        if (!settings.initial.empty())
            return on_surrogate ? point(settings.initial, transfer.surrogate_size(), "initial")
                                : point(settings.initial, transfer.base_size(), "initial");
        const Point factors = detail::start_of(*this, settings);
        return on_surrogate ? factors : transfer.apply(factors);
    }
};

SurrogateProblem::SurrogateProblem(const SurrogateSpec& spec)
    : self_(std::make_unique<Implementation>(spec)) {}
SurrogateProblem::~SurrogateProblem() = default;
SurrogateProblem::SurrogateProblem(SurrogateProblem&&) noexcept = default;
SurrogateProblem& SurrogateProblem::operator=(SurrogateProblem&&) noexcept = default;

std::size_t SurrogateProblem::base_size() const {
    return static_cast<std::size_t>(self_->transfer.base_size());
}
std::size_t SurrogateProblem::surrogate_size() const {
    return static_cast<std::size_t>(self_->transfer.surrogate_size());
}
bool SurrogateProblem::is_convex() const { return self_->penalty.exponent() == Exponent(1); }

double SurrogateProblem::null_objective() const { return self_->null_value; }

double SurrogateProblem::objective(std::span<const double> beta) const {
    return self_->base.value(self_->beta(beta));
}
double SurrogateProblem::surrogate_objective(std::span<const double> factors) const {
    return self_->surrogate.value(self_->xi(factors));
}
std::vector<double> SurrogateProblem::surrogate_gradient(std::span<const double> factors) const {
    return list(self_->surrogate.gradient(self_->xi(factors)));
}
std::vector<double> SurrogateProblem::surrogate_hessian(std::span<const double> factors) const {
    const Matrix<double> out = self_->surrogate.hessian(self_->xi(factors));
    return {out.data(), out.data() + out.size()};
}
std::vector<double> SurrogateProblem::apply(std::span<const double> factors) const {
    return list(self_->transfer.apply(self_->xi(factors)));
}
std::vector<double> SurrogateProblem::lift(std::span<const double> beta) const {
    return list(self_->transfer.lift(self_->beta(beta)));
}
double SurrogateProblem::penalty(std::span<const double> factors) const {
    return self_->transfer.penalty(self_->xi(factors));
}
double SurrogateProblem::induced_penalty(std::span<const double> beta) const {
    return self_->penalty.value(self_->beta(beta));
}
std::vector<double> SurrogateProblem::imbalance(std::span<const double> factors) const {
    return list(self_->transfer.imbalance(self_->xi(factors)));
}
std::vector<double> SurrogateProblem::start(const MethodSettings& settings) const {
    check(settings);
    return list(self_->start(settings, true));
}

Sample SurrogateProblem::measure(std::span<const double> beta,
                                 std::span<const double> reference) const {
    if (!reference.empty()) self_->beta(reference);
    return detail::measured(*self_, self_->beta(beta), nullptr, reference);
}

std::vector<MethodTraits> method_catalogue() {
    std::vector<MethodTraits> out;
    for (const Method& method : methods()) out.push_back(method.traits);
    return out;
}

std::string SurrogateProblem::obstacle(const std::string& method) const {
    return method_named(method).obstacle(*self_);
}

MethodRun SurrogateProblem::run(const std::string& name, const MethodSettings& settings) const {
    const Method& method = method_named(name);
    check(settings);
    if (!settings.reference.empty())
        point(settings.reference, self_->transfer.base_size(), "reference");
    if (const std::string obstacle = method.obstacle(*self_); !obstacle.empty())
        throw InputError(obstacle);
    return method.run(*self_, settings, self_->start(settings, method.traits.on_surrogate));
}

}  // namespace hadamard::optim
