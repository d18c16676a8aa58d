#include "box.hpp"

#include <algorithm>

namespace check {

Box::Box(const Problem& problem, const Pattern& pattern)
    : problem_(&problem),
      pattern_(&pattern),
      coordinates_(static_cast<std::size_t>(problem.size)) {}

void Box::set(int i, Interval x) {
    Coordinate& c = coordinates_[static_cast<std::size_t>(i)];
    c.x = std::move(x);
    c.powers.clear();
}

const Interval& Box::a(int i, int n) const {
    const Coordinate& c = at(i);
    if (c.powers.empty()) {
        const Interval to_the_e = problem_->depth == 2 ? c.x : power(c.x, problem_->depth);
        const Dyadic multiplicity(pattern_->multiplicity[static_cast<std::size_t>(i)]);
        c.powers.push_back(multiplicity * to_the_e);
    }
    while (static_cast<int>(c.powers.size()) < n)
        c.powers.push_back(power(c.powers.front(), static_cast<int>(c.powers.size()) + 1));
    return c.powers[static_cast<std::size_t>(n - 1)];
}

Interval Box::negative_power(int i, int n) const {
    if (n == 0) return Interval(Dyadic(1));
    const Interval positive = power(x(i), n);
    return {positive.hi.inverse_below(bits_), positive.lo.inverse_above(bits_)};
}

Interval Box::value(const IntegerPolynomial& p) const {
    Interval sum;
    for (const IntegerTerm& term : p) {
        if ((term.occurring & ~pattern_->on_support) != 0) continue;
        Interval product(Dyadic(1));
        bool first = true;
        for (const auto& [i, e] : term.factors) {
            product = first ? a(i, e) : product * a(i, e);
            first = false;
        }
        const bool negative = __builtin_parity(term.odd & pattern_->negative) != 0;
        sum += Dyadic(negative ? mpz_class(-term.coefficient) : term.coefficient) * product;
    }
    return sum;
}

Dyadic Box::penalty(int i, int numerator, int n) const {
    const auto at_i = static_cast<std::size_t>(i);
    mpz_class out = problem_->scaled_mu[at_i] * numerator;
    for (int l = 0; l < n; ++l) {
        mpz_divexact_ui(out.get_mpz_t(), out.get_mpz_t(),
                        static_cast<unsigned long>(problem_->depth * pattern_->multiplicity[at_i]));
    }
    return {std::move(out)};
}

Interval Box::slope(int i) const {
    const Interval out = value(problem_->gradient[static_cast<std::size_t>(i)]);
    return pattern_->sign(i) < 0 ? -out : out;
}

Interval Box::residual(int i) const {
    return slope(i) + penalty(i, 1, 0) * negative_power(i, problem_->depth - 2);
}

Interval Box::jacobian(int i, int j) const {
    const int k = problem_->depth;
    Interval out = value(problem_->hessian[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)]);
    if (pattern_->sign(i) != pattern_->sign(j)) out = -out;
    if (i == j && k > 2) out -= penalty(i, k - 2, 1) * negative_power(i, 2 * k - 2);
    return out;
}

Interval Box::third(int i, int j, int l) const {
    const int k = problem_->depth;
    Interval out = value(problem_->third(i, j, l));
    if (pattern_->sign(i) * pattern_->sign(j) * pattern_->sign(l) < 0) out = -out;
    if (i == j && j == l && k > 2)
        out += penalty(i, (k - 2) * (2 * k - 2), 2) * negative_power(i, 3 * k - 2);
    return out;
}

long bits_for(const Box& box) {
    long ratio = 0;
    for (const int i : box.pattern().support) {
        const Dyadic width = box.x(i).width();
        if (width.sign() > 0)
            ratio = std::max(ratio, largest(box.x(i)).magnitude() - width.magnitude());
    }
    return 192 + 2 * ratio;
}

Box midpoint(const Problem& problem, const Box& box) {
    Box out(problem, box.pattern());
    for (const int i : box.pattern().support)
        out.set(i, Interval((box.x(i).lo + box.x(i).hi).shift(-1)));
    return out;
}

}  // namespace check
