#pragma once

#include "box.hpp"

namespace check {

/// FORMAT.md section 9: at most two zeros of G lie in `outer`, both on one curve.
class Fold {
public:
    Fold(const Json& json, const Problem& problem, const Pattern& pattern,
         const std::vector<Interval>& outer)
        : S_(pattern.support),
          m_(outer.size()),
          scale_(problem.scale),
          outer_(problem, pattern, outer),
          wide_(problem, pattern) {
        if (m_ == 0) reject("the pattern of zeros has no fold");
        wide_ = Box(problem, pattern, in(json, "wide", list, m_, interval));
        v_ = in(json, "v", list, m_, dyadic);
        W_ = in(json, "W", list, m_, list, m_ - 1, dyadic);
        B_ = in(json, "B", list, m_ - 1, list, m_ - 1, dyadic);
        Y_ = in(json, "spread", dyadic);
        if (sign(Y_) <= 0) reject("the spread is not positive");
        if (!wide_.avoids_zero()) reject("`wide` touches zero");
        check_room();
        check_curve();
        check_third_derivative();
    }

private:
    /// Condition 0: the curve between two zeros in `outer` stays in `wide`.
    void check_room() const {
        Matrix<Dyadic> M = W_;  // [W v]
        long e = 0;             // least exponent
        for (size_t i = 0; i < m_; ++i) {
            M[i].push_back(v_[i]);
            for (const Dyadic& x : M[i]) e = std::min(e, x.e);
        }
        Matrix<mpz_class> integers(m_);  // M·2^−e
        for (size_t i = 0; i < m_; ++i)
            for (const Dyadic& x : M[i]) integers[i].push_back(x.mantissa_at(e));
        const Spectrum of_M(integers);
        if (of_M.divisor == 0) reject("[v W] is singular");
        mpq_class range;
        for (size_t j = 0; j < m_; ++j) {
            const Range<mpq_class> a = rational(outer_.a(S_[j]));
            range += ::abs(of_M.adjugate.back()[j]) * (a.hi - a.lo);
        }
        range *= Dyadic(1, -e).rational() / ::abs(of_M.divisor);
        for (size_t j = 0; j < m_; ++j) {
            const mpq_class room = spread(j).rational() * range;
            if (!is_inside(rational(outer_.a(S_[j])) + Range<mpq_class>(-room, room),
                           rational(wide_.a(S_[j]))))
                reject("`wide` is too narrow for `outer` and the spread");
        }
    }

    /// Σ_l |W_jl|·Y.
    Dyadic spread(size_t j) const {
        Dyadic sum;
        for (const Dyadic& w : W_[j]) sum += largest(Interval(w));
        return sum * Y_;
    }

    /// leftᵀ·J(wide)·right, each entry of the symmetric J once.
    Interval form(const std::vector<Dyadic>& left, const std::vector<Dyadic>& right) const {
        Interval out;
        for (size_t i = 0; i < m_; ++i)
            for (size_t j = 0; j <= i; ++j) {
                const Dyadic other = i == j ? Dyadic() : left[j] * right[i];
                out += (left[i] * right[j] + other) * wide_.jacobian(S_[i], S_[j]);
            }
        return out;
    }

    /// F1 and F2: WᵀG = 0 is a curve, of slope at most Y.
    void check_curve() const {
        Dyadic epsilon, slope;
        for (size_t l = 0; l + 1 < m_; ++l) {
            std::vector<Dyadic> row(m_), column(m_);  // row l of BWᵀ, columns of W
            for (size_t i = 0; i < m_; ++i)
                for (size_t q = 0; q + 1 < m_; ++q) row[i] += B_[l][q] * W_[i][q];
            Dyadic sum;
            for (size_t q = 0; q + 1 < m_; ++q) {
                for (size_t i = 0; i < m_; ++i) column[i] = W_[i][q];
                sum += largest(Interval(l == q ? scale_ : Dyadic()) - form(row, column));
            }
            epsilon = std::max(epsilon, sum);
            slope = std::max(slope, largest(form(row, v_)));
        }
        if (epsilon >= scale_) reject("F1: WᵀJW is not shown to be regular");
        if (slope > Y_ * (scale_ - epsilon)) reject("F2: the slope may exceed the spread");
    }

    /// F3: the third derivative along the curve does not vanish.
    void check_third_derivative() const {
        std::vector<Interval> tau;
        for (size_t j = 0; j < m_; ++j) tau.emplace_back(v_[j] - spread(j), v_[j] + spread(j));
        Interval sum;
        for (size_t i = 0; i < m_; ++i)
            for (size_t j = 0; j <= i; ++j)
                for (size_t l = 0; l <= j; ++l) {
                    const int orders = i == l ? 1 : i == j || j == l ? 3 : 6;
                    const Interval &a = tau[i], &b = tau[j], &c = tau[l];
                    const Interval product = i == l   ? power(a, 3)
                                             : j == l ? a * power(b, 2)
                                             : i == j ? power(a, 2) * c
                                                      : a * b * c;
                    sum += Dyadic(orders) * wide_.third(S_[i], S_[j], S_[l]) * product;
                }
        if (!excludes_zero(sum)) reject("F3: the third derivative may vanish");
    }

    const std::vector<size_t>& S_;
    size_t m_;
    Dyadic scale_, Y_;
    Box outer_, wide_;
    std::vector<Dyadic> v_;
    Matrix<Dyadic> W_, B_;
};

}  // namespace check
