#include "landscape/system.hpp"

#include <cmath>

namespace hadamard::landscape {
namespace {

std::vector<int> signs_of(const std::string& states) {
    std::vector<int> out;
    for (const char state : states) out.push_back(sign_of_state(state));
    return out;
}

}  // namespace

System::System(const Problem& problem, const std::string& signs)
    : signs_(signs),
      S_(landscape::support(signs)),
      loss_(problem, signs_of(signs)),
      k_(problem.depth),
      e_(problem.exponent()) {
    for (const int i : S_) {
        const std::size_t at = static_cast<std::size_t>(i);
        const int c = multiplicity(signs[at]);
        const Rational& mu = problem.mu[at];
        c_.push_back(c);
        mu_.push_back(enclosure(mu));
        bend_.push_back(enclosure(mu * (k_ - 2) / (c * k_)));
        third_.push_back(enclosure(mu * (k_ - 2) * (2 * k_ - 2) / (c * c * k_ * k_)));
        mu_middle_.push_back(mu_.back().middle());
        bend_middle_.push_back(bend_.back().middle());
    }
}

double System::root(std::size_t i, double a) const {
    const double b = a / c_[i];
    return e_ == 1 ? b : e_ == 3 ? std::cbrt(b) : e_ == 4 ? std::sqrt(std::sqrt(b))
                                                          : std::pow(b, 1.0 / e_);
}

Doubles System::scales(const Doubles& z) const {
    if (singular_at_zero()) return z;
    double largest = 0;
    for (const double x : z) largest = std::max(largest, std::fabs(x));
    Doubles out;
    for (const double x : z) out.push_back(std::max(std::fabs(x), 1e-3 * (1 + largest)));
    return out;
}

Range System::slope_at(int i, const Ranges& a) const {
    const std::size_t at = static_cast<std::size_t>(i);
    if (signs_[at] == '0') return loss_.gradient_off_support(i, a);
    std::size_t within = 0;
    while (S_[within] != i) ++within;
    const Range slope = loss_.gradient_at(within, a);
    return sign_of_state(signs_[at]) > 0 ? slope : -slope;
}

void System::value(const Ranges& x, const Ranges& a, Ranges& out) const {
    loss_.gradient(a, out);
    for (std::size_t i = 0; i < size(); ++i) out[i] += mu_[i] * negative_power(x[i], k_ - 2);
}

void System::jacobian(const Ranges& x, const Ranges& a, Ranges& out) const {
    loss_.hessian(a, out);
    if (k_ == 2) return;
    for (std::size_t i = 0; i < size(); ++i)
        out[i * size() + i] -= bend_[i] * negative_power(x[i], 2 * k_ - 2);
}

void System::combination(const double* c, const Ranges& x, const Ranges& a, Ranges& terms) const {
    const std::size_t m = size();
    const Ranges& H = loss_.constant_hessian();
    terms.assign(m + 1, Range(0.0));
    for (std::size_t j = 0; j < m; ++j) {
        Range alpha(0.0);
        for (std::size_t i = 0; i < m; ++i) alpha += scaled(c[i], H[i * m + j]);
        terms[j] = alpha * a[j];
        if (c[j] != 0) {
            // [hi^{2−k}, ∞) from zero on
            Range pull = negative_power(x[j], k_ - 2);
            if (!x[j].is_positive() && k_ > 2)
                pull = Range(negative_power(Range(x[j].hi()), k_ - 2).lo(),
                             std::numeric_limits<double>::infinity());
            terms[j] += scaled(c[j], mu_[j] * pull);
        }
        terms[m] += scaled(c[j], loss_.linear()[j]);
    }
}

Range System::third_derivative(const Ranges& x, const Ranges& a, const Ranges& tau) const {
    Range out = loss_.third_derivative(a, tau);
    if (k_ == 2) return out;
    for (std::size_t i = 0; i < size(); ++i)
        out += third_[i] * negative_power(x[i], 3 * k_ - 2) * power(tau[i], 3);
    return out;
}

void System::value(const Doubles& x, const Doubles& a, Doubles& out) const {
    loss_.gradient(a, out);
    for (std::size_t i = 0; i < size(); ++i) out[i] += mu_middle_[i] / power(x[i], k_ - 2);
}

void System::jacobian(const Doubles& x, const Doubles& a, Doubles& out) const {
    loss_.hessian(a, out);
    if (k_ == 2) return;
    for (std::size_t i = 0; i < size(); ++i)
        out[i * size() + i] -= bend_middle_[i] / power(x[i], 2 * k_ - 2);
}

}  // namespace hadamard::landscape
