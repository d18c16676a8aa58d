#include "landscape/system.hpp"

#include <cmath>

namespace hadamard::landscape {
namespace {

double power(double a, int n) {
    double out = 1;
    for (int l = 0; l < n; ++l) out *= a;
    return out;
}

Range power_of(const Range& a, int n) { return landscape::power(a, n); }
double power_of(double a, int n) { return power(a, n); }

}  // namespace

std::vector<System::Signed> System::derived(const std::vector<Signed>& terms, std::size_t i) {
    std::vector<Signed> out;
    for (const Signed& term : terms) {
        if (term.exponents[i] == 0) continue;
        out.push_back(term);
        out.back().coefficient *= term.exponents[i];
        --out.back().exponents[i];
    }
    return out;
}

System::Sum System::sum_of(const std::vector<Signed>& terms) {
    Sum out;
    for (const Signed& term : terms) {
        Product product;
        product.coefficient = enclosure(term.coefficient);
        product.middle = product.coefficient.middle();
        for (std::size_t j = 0; j < term.exponents.size(); ++j)
            if (term.exponents[j] > 0)
                product.powers.emplace_back(static_cast<int>(j), term.exponents[j]);
        out.push_back(std::move(product));
    }
    return out;
}

System::System(const Problem& problem, const std::string& signs)
    : signs_(signs),
      S_(landscape::support(signs)),
      k_(problem.depth),
      e_(problem.exponent()),
      constant_hessian_(problem.degree <= 2) {
    const std::size_t m = S_.size();
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
    // A monomial with exactly one factor off the support adds to that slope only.
    std::vector<Signed> inside;
    std::vector<std::vector<Signed>> leaving(static_cast<std::size_t>(problem.size));
    for (const Monomial& term : problem.terms) {
        Signed s{term.coefficient, std::vector<int>(m)};
        for (std::size_t j = 0; j < m; ++j) {
            const std::size_t at = static_cast<std::size_t>(S_[j]);
            s.exponents[j] = term.exponents[at];
            if (sign_of_state(signs[at]) < 0 && s.exponents[j] % 2 != 0)
                s.coefficient = -s.coefficient;
        }
        int outside = 0, last = 0;
        for (int i = 0; i < problem.size; ++i)
            if (signs[static_cast<std::size_t>(i)] == '0' &&
                term.exponents[static_cast<std::size_t>(i)] > 0) {
                outside += term.exponents[static_cast<std::size_t>(i)];
                last = i;
            }
        if (outside == 0) inside.push_back(s);
        if (outside == 1) leaving[static_cast<std::size_t>(last)].push_back(s);
    }
    for (const std::vector<Signed>& terms : leaving) off_support_.push_back(sum_of(terms));
    for (std::size_t i = 0; i < m; ++i) {
        const std::vector<Signed> first = derived(inside, i);
        gradient_.push_back(sum_of(first));
        for (std::size_t j = 0; j < m; ++j) {
            const std::vector<Signed> second = derived(first, j);
            hessian_.push_back(sum_of(second));
            for (std::size_t l = 0; !constant_hessian_ && l < m; ++l)
                third_derivatives_.push_back(sum_of(derived(second, l)));
        }
    }
    if (!constant_hessian_) return;
    for (const Sum& sum : hessian_) {
        hessian_constants_.push_back(sum.empty() ? Range(0.0) : sum[0].coefficient);
        hessian_middles_.push_back(hessian_constants_.back().middle());
    }
    for (const Sum& sum : gradient_) {
        linear_.emplace_back(0.0);
        for (const Product& product : sum)
            if (product.powers.empty()) linear_.back() = product.coefficient;
    }
}

double System::base(std::size_t i, double x) const { return c_[i] * power(x, e_); }

double System::root(std::size_t i, double a) const {
    const double b = a / c_[i];
    return e_ == 1 ? b : e_ == 3 ? std::cbrt(b) : e_ == 4 ? std::sqrt(std::sqrt(b))
                                                          : std::pow(b, 1.0 / e_);
}

template <class Number>
Number System::evaluate(const Sum& sum, const std::vector<Number>& a) const {
    Number out(0.0);
    for (const Product& product : sum) {
        Number value;
        if constexpr (std::is_same_v<Number, double>)
            value = product.middle;
        else
            value = product.coefficient;
        for (const auto& [variable, exponent] : product.powers)
            value = value * power_of(a[static_cast<std::size_t>(variable)], exponent);
        out = out + value;
    }
    return out;
}

void System::derivative(const Ranges& a, const std::vector<Sum>& sums, Ranges& out) const {
    out.resize(sums.size());
    for (std::size_t i = 0; i < sums.size(); ++i) out[i] = evaluate(sums[i], a);
}

Range System::slope_at(int i, const Ranges& a) const {
    const std::string::size_type at = static_cast<std::size_t>(i);
    if (signs_[at] == '0') return evaluate(off_support_[at], a);
    std::size_t within = 0;
    while (S_[within] != i) ++within;
    const Range slope = evaluate(gradient_[within], a);
    return sign_of_state(signs_[at]) > 0 ? slope : -slope;
}

void System::curvature(const Ranges& a, Ranges& out) const {
    if (constant_hessian_)
        out = hessian_constants_;
    else
        derivative(a, hessian_, out);
}

void System::value(const Ranges& x, const Ranges& a, Ranges& out) const {
    derivative(a, gradient_, out);
    for (std::size_t i = 0; i < size(); ++i) out[i] += mu_[i] * negative_power(x[i], k_ - 2);
}

void System::jacobian(const Ranges& x, const Ranges& a, Ranges& out) const {
    curvature(a, out);
    if (k_ == 2) return;
    for (std::size_t i = 0; i < size(); ++i)
        out[i * size() + i] -= bend_[i] * negative_power(x[i], 2 * k_ - 2);
}

void System::combination(const double* c, const Ranges& x, const Ranges& a, Ranges& terms) const {
    const std::size_t m = size();
    terms.assign(m + 1, Range(0.0));
    for (std::size_t j = 0; j < m; ++j) {
        Range alpha(0.0);
        for (std::size_t i = 0; i < m; ++i) alpha += scaled(c[i], hessian_constants_[i * m + j]);
        terms[j] = alpha * a[j];
        if (c[j] != 0) {
            // [hi^{2−k}, ∞) from zero on
            Range pull = negative_power(x[j], k_ - 2);
            if (!x[j].is_positive() && k_ > 2)
                pull = Range(negative_power(Range(x[j].hi()), k_ - 2).lo(),
                             std::numeric_limits<double>::infinity());
            terms[j] += scaled(c[j], mu_[j] * pull);
        }
        terms[m] += scaled(c[j], linear_[j]);
    }
}

Range System::third_derivative(const Ranges& x, const Ranges& a, const Ranges& tau) const {
    const std::size_t m = size();
    Range out(0.0);
    for (std::size_t i = 0; !constant_hessian_ && i < m; ++i)
        for (std::size_t j = 0; j < m; ++j)
            for (std::size_t l = 0; l < m; ++l) {
                const Sum& sum = third_derivatives_[(i * m + j) * m + l];
                if (!sum.empty()) out += evaluate(sum, a) * tau[i] * tau[j] * tau[l];
            }
    if (k_ == 2) return out;
    for (std::size_t i = 0; i < m; ++i)
        out += third_[i] * negative_power(x[i], 3 * k_ - 2) * power_of(tau[i], 3);
    return out;
}

void System::value(const Doubles& x, const Doubles& a, Doubles& out) const {
    out.resize(size());
    for (std::size_t i = 0; i < size(); ++i)
        out[i] = evaluate(gradient_[i], a) + mu_middle_[i] / power(x[i], k_ - 2);
}

void System::jacobian(const Doubles& x, const Doubles& a, Doubles& out) const {
    if (constant_hessian_) {
        out = hessian_middles_;
    } else {
        out.resize(size() * size());
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = evaluate(hessian_[i], a);
    }
    if (k_ == 2) return;
    for (std::size_t i = 0; i < size(); ++i)
        out[i * size() + i] -= bend_middle_[i] / power(x[i], 2 * k_ - 2);
}

}  // namespace hadamard::landscape
