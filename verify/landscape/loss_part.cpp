#include "landscape/loss_part.hpp"

namespace hadamard::landscape {

std::vector<LossPart::Signed> LossPart::derived(const std::vector<Signed>& terms, std::size_t i) {
    std::vector<Signed> out;
    for (const Signed& term : terms) {
        if (term.exponents[i] == 0) continue;
        out.push_back(term);
        out.back().coefficient *= term.exponents[i];
        --out.back().exponents[i];
    }
    return out;
}

LossPart::Sum LossPart::sum_of(const std::vector<Signed>& terms) {
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

LossPart::LossPart(const Problem& problem, const std::vector<int>& s)
    : constant_hessian_(problem.is_quadratic()) {
    std::vector<std::size_t> S;
    for (std::size_t i = 0; i < s.size(); ++i)
        if (s[i] != 0) S.push_back(i);
    const std::size_t m = S.size();
    // A monomial with exactly one factor off the support adds to that slope only.
    std::vector<Signed> inside;
    std::vector<std::vector<Signed>> leaving(s.size());
    for (const Monomial& term : problem.terms) {
        Signed part{term.coefficient, std::vector<int>(m)};
        for (std::size_t j = 0; j < m; ++j) {
            part.exponents[j] = term.exponents[S[j]];
            if (s[S[j]] < 0 && part.exponents[j] % 2 != 0) part.coefficient = -part.coefficient;
        }
        int outside = 0;
        std::size_t last = 0;
        for (std::size_t i = 0; i < s.size(); ++i)
            if (s[i] == 0 && term.exponents[i] > 0) outside += term.exponents[i], last = i;
        if (outside == 0) inside.push_back(part);
        if (outside == 1) leaving[last].push_back(part);
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
    if (constant_hessian_) keep_constants();
}

void LossPart::keep_constants() {
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

void LossPart::hessian(const Ranges& a, Ranges& out) const {
    if (constant_hessian_) {
        out = hessian_constants_;
        return;
    }
    out.resize(hessian_.size());
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = evaluate(hessian_[i], a);
}

void LossPart::hessian(const Doubles& a, Doubles& out) const {
    if (constant_hessian_) {
        out = hessian_middles_;
        return;
    }
    out.resize(hessian_.size());
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = evaluate(hessian_[i], a);
}

Range LossPart::third_derivative(const Ranges& a, const Ranges& tau) const {
    const std::size_t m = size();
    Range out(0.0);
    for (std::size_t i = 0; !constant_hessian_ && i < m; ++i)
        for (std::size_t j = 0; j < m; ++j)
            for (std::size_t l = 0; l < m; ++l) {
                const Sum& sum = third_derivatives_[(i * m + j) * m + l];
                if (!sum.empty()) out += evaluate(sum, a) * tau[i] * tau[j] * tau[l];
            }
    return out;
}

}  // namespace hadamard::landscape
