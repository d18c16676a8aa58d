#include "linear.hpp"

namespace check {

using std::size_t;

LinearSystems::LinearSystems(const Problem& problem) : problem_(&problem) {
    const auto integer = [&](const mpq_class& x) -> mpz_class {
        return x.get_num() * (problem.scale / x.get_den());
    };
    for (const mpq_class& b : problem.b) b_.push_back(integer(b));
    for (const Fractions& row : problem.A) {
        A_.emplace_back();
        for (const mpq_class& x : row) A_.back().push_back(integer(x));
    }
}

const LinearSystems::Support& LinearSystems::support(const Pattern& pattern) {
    const auto [found, is_new] = supports_.try_emplace(pattern.on_support);
    if (is_new) {
        found->second.A = principal(A_, pattern.support);
        found->second.inverted = inverse(found->second.A);
    }
    return found->second;
}

LinearSystems::Solution LinearSystems::solve(const Pattern& pattern) {
    const Support& system = support(pattern);
    Integers right;
    for (const int i : pattern.support) {
        const auto at_i = static_cast<size_t>(i);
        right.push_back(b_[at_i] - pattern.sign(i) * problem_->scaled_mu[at_i]);
    }
    if (!system.inverted)
        return {is_solvable(system.A, right) ? Outcome::many : Outcome::none, {}, 0};
    Solution out{Outcome::stationary, {}, 0};
    Integers numerators;
    for (size_t i = 0; i < right.size(); ++i) {
        mpz_class sum;
        for (size_t j = 0; j < right.size(); ++j) sum += system.inverted->numerator[i][j] * right[j];
        if (sgn(sum) != pattern.sign(pattern.support[i])) return {Outcome::none, {}, 0};
        numerators.push_back(std::move(sum));
    }
    for (const mpz_class& numerator : numerators) {
        out.beta.emplace_back(numerator, system.inverted->denominator);
        out.beta.back().canonicalize();
    }
    out.negative = inertia(system.A).negative;
    return out;
}

}  // namespace check
