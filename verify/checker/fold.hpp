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
        const auto matrix = [&](const char* name, size_t rows) {
            return in(json, name, [&](const Json& W) {
                return list(W, rows, [&](const Json& row) { return dyadics(row, m_ - 1); });
            });
        };
        v_ = in(json, "v", [&](const Json& v) { return dyadics(v, m_); });
        W_ = matrix("W", m_);
        B_ = matrix("B", m_ - 1);
        Y_ = in(json, "spread", [](const Json& Y) { return dyadic(Y); });
        if (sign(Y_) <= 0) reject("the spread is not positive");
        const auto wide = in(json, "wide", [&](const Json& box) { return intervals(box, m_); });
        wide_ = Box(problem, pattern, wide);
        wide_.set_bits(wide_.bits());
        if (!wide_.avoids_zero()) reject("`wide` touches zero");
        check_room();
        check_curve();
        check_third_derivative();
    }

private:
    /// Condition 0: the curve between two zeros in `outer` stays in `wide`.
    void check_room() const {
        long e = 0;  // least exponent
        for (size_t i = 0; i < m_; ++i) {
            e = std::min(e, v_[i].e);
            for (const Dyadic& w : W_[i]) e = std::min(e, w.e);
        }
        Matrix<mpz_class> M;  // [v W]·2^−e
        for (size_t i = 0; i < m_; ++i) {
            M.push_back({v_[i].mantissa_at(e)});
            for (const Dyadic& w : W_[i]) M[i].push_back(w.mantissa_at(e));
        }
        const std::optional<Inverse> inverted = inverse(M);
        if (!inverted) reject("[v W] is singular");
        mpq_class range;
        for (size_t j = 0; j < m_; ++j) {
            const Interval& a = outer_.a(S_[j]);
            range += ::abs(inverted->numerator[0][j]) * (a.hi - a.lo).rational();
        }
        range *= Dyadic(1, -e).rational() / inverted->denominator;
        for (size_t j = 0; j < m_; ++j) {
            const mpq_class room = spread(j).rational() * range;
            const Interval &a = outer_.a(S_[j]), &wide = wide_.a(S_[j]);
            if (a.lo.rational() - room < wide.lo.rational() ||
                a.hi.rational() + room > wide.hi.rational())
                reject("`wide` is too narrow for `outer` and the spread");
        }
    }

    /// Σ_l |W_jl|·Y.
    Dyadic spread(size_t j) const {
        Dyadic sum;
        for (const Dyadic& w : W_[j]) sum += abs(w);
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
        Dyadic epsilon;
        std::vector<Dyadic> slopes;
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
            slopes.push_back(largest(form(row, v_)));
        }
        if (epsilon >= scale_) reject("F1: WᵀJW is not shown to be regular");
        for (const Dyadic& slope : slopes)
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
                    const Interval product = i == l   ? power(tau[i], 3)
                                             : i == j ? power(tau[i], 2) * tau[l]
                                             : j == l ? tau[i] * power(tau[j], 2)
                                                      : tau[i] * tau[j] * tau[l];
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
