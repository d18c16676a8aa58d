#include "landscape/group_system.hpp"

#include <cmath>

namespace hadamard::landscape {
namespace {

/// 1 for the coordinates of the groups `*`, else 0.
std::vector<int> indicator(const Problem& problem, const std::string& signs) {
    std::vector<int> out(static_cast<std::size_t>(problem.size), 0);
    for (const int i : support(problem, signs)) out[static_cast<std::size_t>(i)] = 1;
    return out;
}

/// s^{−(k−1)/k}, to a few units in the last place in every rounding mode.
double rounded_phi(double s, int k) {
    switch (k) {
        case 2: return 1 / std::sqrt(s);
        case 3: {
            const double root = std::cbrt(s);
            return 1 / (root * root);
        }
        case 4: {
            const double root = std::sqrt(s);
            return 1 / (root * std::sqrt(root));
        }
        default: return std::pow(s, -0.8);
    }
}

/// own/(own + rest), own, rest ≥ 0 and not both 0: increasing in own, decreasing in rest.
Range share(const Range& own, const Range& rest) {
    const double least = -own.lo() / (own.lo() + rest.hi());  // negated
    const double most = own.hi() / -(-own.hi() - rest.lo());
    return {-least, most};
}

double square(const GroupSystem::Group& group, const Doubles& x) {
    double out = 0;
    for (const std::size_t i : group.members) out += x[i] * x[i];
    return out;
}

}  // namespace

Range phi_of(const Range& square, int k) {
    // The functions and the roundings of the quotients err by a few 2^{−53}; the double next to −4/5
    // moves the power by 1 ± 2^{−54}·abs(log s): 2^{−44} covers all of it for abs(log s) < 400.
    constexpr double slack = 1.0 / (1UL << 44), least = 1e-170, most = 1e170;
    if (!(square.lo() > least && square.hi() < most)) return Range::whole();
    return {rounded_phi(square.hi(), k) * (1 - slack), rounded_phi(square.lo(), k) * (1 + slack)};
}

GroupSystem::GroupSystem(const Problem& problem, const std::string& signs)
    : signs_(signs),
      S_(landscape::support(problem, signs)),
      loss_(problem, indicator(problem, signs)),
      k_(problem.depth),
      bend_(enclosure(Rational(2 * (problem.depth - 1), problem.depth))),
      group_of_(S_.size()) {
    for (std::size_t j = 0; j < signs.size(); ++j) {
        if (signs[j] == '0') continue;
        Group group;
        group.number = static_cast<int>(j);
        for (std::size_t i = 0; i < S_.size(); ++i)
            if (problem.group_of[static_cast<std::size_t>(S_[i])] == group.number) {
                group.members.push_back(i);
                group_of_[i] = groups_.size();
            }
        const Rational& mu = problem.mu[static_cast<std::size_t>(S_[group.members.front()])];
        group.mu = enclosure(mu);
        group.mu_power = power(group.mu, 2 * k_);
        group.mu_middle = group.mu.middle();
        groups_.push_back(std::move(group));
    }
}

Range GroupSystem::square(const Group& group, const Ranges& x) {
    Range out(0.0);
    for (const std::size_t i : group.members) out += power(x[i], 2);
    return out;
}

bool GroupSystem::is_regular(const Box& box) const {
    for (const Group& group : groups_) {
        bool avoids = false;
        for (const std::size_t i : group.members) avoids = avoids || box.lo[i] > 0 || box.hi[i] < 0;
        if (!avoids) return false;
    }
    return true;
}

Doubles GroupSystem::scales(const Doubles& z) const {
    Doubles out(z.size());
    for (const Group& group : groups_) {
        const double norm = std::sqrt(landscape::square(group, z));
        for (const std::size_t i : group.members) out[i] = norm;
    }
    return out;
}

void GroupSystem::keep_regular(const Doubles& a, Doubles& next) const {
    for (const Group& group : groups_)
        if (!(landscape::square(group, next) > 4e-4 * landscape::square(group, a)))
            for (const std::size_t i : group.members) next[i] = 0.02 * a[i];
}

void GroupSystem::value(const Ranges& x, const Ranges& a, Ranges& out) const {
    loss_.gradient(a, out);
    for (const Group& group : groups_) {
        const Range pull = group.mu * phi_of(square(group, x), k_);
        for (const std::size_t i : group.members) out[i] += pull * x[i];
    }
}

void GroupSystem::jacobian(const Ranges& x, const Ranges& a, Ranges& out) const {
    loss_.hessian(a, out);
    for (const Group& group : groups_) {
        const Range s = square(group, x);
        const Range pull = group.mu * phi_of(s, k_), bend = bend_ * reciprocal(s);
        for (const std::size_t i : group.members) {
            Range rest(0.0);
            for (const std::size_t l : group.members) {
                if (l == i) continue;
                rest += power(x[l], 2);
                out[i * size() + l] -= pull * (bend * (x[i] * x[l]));
            }
            out[i * size() + i] += pull * (Range(1.0) - bend_ * share(power(x[i], 2), rest));
        }
    }
}

void GroupSystem::value(const Doubles& x, const Doubles& a, Doubles& out) const {
    loss_.gradient(a, out);
    for (const Group& group : groups_) {
        const double pull = group.mu_middle * rounded_phi(landscape::square(group, x), k_);
        for (const std::size_t i : group.members) out[i] += pull * x[i];
    }
}

void GroupSystem::jacobian(const Doubles& x, const Doubles& a, Doubles& out) const {
    loss_.hessian(a, out);
    const double bend = bend_.middle();
    for (const Group& group : groups_) {
        const double s = landscape::square(group, x);
        const double pull = group.mu_middle * rounded_phi(s, k_);
        for (const std::size_t i : group.members)
            for (const std::size_t l : group.members)
                out[i * size() + l] += pull * ((i == l ? 1.0 : 0.0) - bend * x[i] * x[l] / s);
    }
}

}  // namespace hadamard::landscape
