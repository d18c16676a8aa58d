#pragma once

/// @file
/// The loss over `Range` for the search on P's side; nothing of Q's side is in it.

#include "landscape/directed.hpp"
#include "landscape/problem.hpp"

#include <initializer_list>
#include <vector>

namespace hadamard::landscape {

/// L on the coordinates S in the variables b_i = s_iβ_i. Quadratic: H b + g0; else monomial by
/// monomial.   @pre the thread rounds upwards.
class BaseLoss {
public:
    using Entries = std::vector<Range>;

    /// @param s  a sign for each coordinate of S
    BaseLoss(const Problem& problem, const std::vector<int>& S, const std::vector<int>& s)
        : size_(S.size()), quadratic_(problem.is_quadratic()) {
        for (const Monomial& term : problem.terms) {
            Rational coefficient = term.coefficient;
            std::vector<int> e;
            long kept = 0, all = 0;
            for (const int exponent : term.exponents) all += exponent;
            for (std::size_t i = 0; i < size_; ++i) {
                e.push_back(term.exponents[static_cast<std::size_t>(S[i])]);
                kept += e.back();
                if (e.back() % 2 != 0) coefficient *= s[i];
            }
            if (kept == all) terms_.push_back({enclosure(coefficient), std::move(e)});
        }
        if (!quadratic_) return;
        for (std::size_t i = 0; i < size_; ++i) {
            const std::size_t at = static_cast<std::size_t>(S[i]);
            g0_.push_back(enclosure(-problem.b[at] * s[i]));
            for (std::size_t j = 0; j < size_; ++j)
                H_.push_back(
                    enclosure(problem.A[at][static_cast<std::size_t>(S[j])] * s[i] * s[j]));
        }
    }

    std::size_t size() const { return size_; }
    bool is_quadratic() const { return quadratic_; }
    const Entries& H() const { return H_; }
    const Entries& g0() const { return g0_; }

    void slopes(const Entries& b, Entries& out) const {
        out.assign(size_, Range(0.0));
        for (std::size_t i = 0; i < size_; ++i) {
            if (quadratic_) {
                out[i] = g0_[i];
                for (std::size_t j = 0; j < size_; ++j) out[i] += H_[i * size_ + j] * b[j];
            } else {
                for (const Term& term : terms_) out[i] += derivative(term, b, {i});
            }
        }
    }

    void curvature(const Entries& b, Entries& out) const {
        if (quadratic_) {
            out = H_;
            return;
        }
        out.assign(size_ * size_, Range(0.0));
        for (std::size_t i = 0; i < size_; ++i)
            for (std::size_t j = 0; j < size_; ++j)
                for (const Term& term : terms_) out[i * size_ + j] += derivative(term, b, {i, j});
    }

private:
    struct Term {
        Range coefficient;
        std::vector<int> exponents;
    };

    static Range derivative(const Term& term, const Entries& b,
                            std::initializer_list<std::size_t> by) {
        std::vector<int> e = term.exponents;
        Range out = term.coefficient;
        for (const std::size_t i : by) {
            if (e[i] == 0) return Range(0.0);
            out = scaled(e[i]--, out);
        }
        for (std::size_t j = 0; j < e.size(); ++j)
            if (e[j] > 0) out *= power(b[j], e[j]);
        return out;
    }

    std::size_t size_;
    bool quadratic_;
    Entries H_, g0_;
    std::vector<Term> terms_;
};

/// b^p, b ≥ 0, p < 0, decreasing. std::pow is right to a few units in the last place in every
/// rounding mode, and p, a double next to a fraction of denominator k ≤ 5, moves b^p by a factor
/// 1 ± 2^{−53}·abs(log b): 2^{−42} covers both for abs(log b) < 1000.
inline Range widened_power(const Range& b, double p) {
    constexpr double slack = 1.0 / (1UL << 42);
    const double low = std::pow(b.hi(), p) * (1 - slack);
    const double high =
        b.lo() > 0 ? std::pow(b.lo(), p) * (1 + slack) : std::numeric_limits<double>::infinity();
    return {low, high};
}

}  // namespace hadamard::landscape
