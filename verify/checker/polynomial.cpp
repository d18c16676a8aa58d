#include "polynomial.hpp"

#include <algorithm>
#include <numeric>

namespace check {

int degree(const Polynomial::Exponents& exponents) {
    return std::accumulate(exponents.begin(), exponents.end(), 0);
}

void Polynomial::add(const Exponents& exponents, const mpq_class& coefficient) {
    mpq_class& sum = terms_[exponents];
    sum += coefficient;
    if (sum == 0) terms_.erase(exponents);
}

mpq_class Polynomial::coefficient(const Exponents& exponents) const {
    const auto found = terms_.find(exponents);
    return found == terms_.end() ? mpq_class() : found->second;
}

int Polynomial::degree() const {
    int out = 0;
    for (const auto& [exponents, coefficient] : terms_)
        out = std::max(out, check::degree(exponents));
    return out;
}

Polynomial Polynomial::derivative(int i) const {
    Polynomial out;
    for (const auto& [exponents, coefficient] : terms_) {
        const int e = exponents[static_cast<std::size_t>(i)];
        if (e == 0) continue;
        Exponents lowered = exponents;
        --lowered[static_cast<std::size_t>(i)];
        out.add(lowered, coefficient * e);
    }
    return out;
}

IntegerPolynomial times(const mpz_class& scale, const Polynomial& polynomial) {
    IntegerPolynomial out;
    for (const auto& [exponents, coefficient] : polynomial.terms()) {
        IntegerTerm term;
        term.coefficient = coefficient.get_num() * (scale / coefficient.get_den());
        for (int i = 0; i < static_cast<int>(exponents.size()); ++i) {
            const int e = exponents[static_cast<std::size_t>(i)];
            if (e == 0) continue;
            term.factors.emplace_back(i, e);
            term.occurring |= coordinate(i);
            if (e % 2 == 1) term.odd |= coordinate(i);
        }
        out.push_back(std::move(term));
    }
    return out;
}

}  // namespace check
