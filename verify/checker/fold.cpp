#include "read.hpp"
#include "region.hpp"

#include <algorithm>

namespace check {
namespace {

using std::size_t;

Dyadic abs(const Dyadic& x) { return x.sign() < 0 ? -x : x; }

/// At most two zeros of G in `outer`, on one curve: FORMAT.md section 9.
class Fold {
public:
    Fold(const Value& region, const Problem& problem, const Pattern& pattern,
         const std::vector<Interval>& outer)
        : support_(&pattern.support),
          m_(outer.size()),
          scale_(problem.scale),
          outer_(box_over(problem, pattern, outer)),
          wide_(problem, pattern) {
        if (m_ == 0) reject("the pattern of zeros has no fold");
        const auto dyadics = [](size_t n) {
            return [n](const Value& v) {
                return list(v, n, [](const Value& x) { return dyadic(x); });
            };
        };
        const auto matrix = [&](size_t rows) {
            return [&dyadics, rows, this](const Value& v) { return list(v, rows, dyadics(m_ - 1)); };
        };
        v_ = in(region, "v", dyadics(m_));
        W_ = in(region, "W", matrix(m_));
        B_ = in(region, "B", matrix(m_ - 1));
        Y_ = in(region, "spread", [](const Value& v) { return dyadic(v); });
        if (Y_.sign() <= 0) reject("the spread is not positive");
        const std::vector<Interval> wide = in(region, "wide", [&](const Value& v) {
            return list(v, m_, [](const Value& x) { return interval(x); });
        });
        wide_ = box_over(problem, pattern, wide);
        wide_.set_bits(bits_for(wide_));
        for (const Interval& x : wide)
            if (problem.depth > 2 && x.lo.sign() <= 0) reject("`wide` touches zero");
    }

    void check() {
        check_room();
        evaluate_jacobian();
        check_curve();
        check_third_derivative();
    }

private:
    int at(size_t i) const { return (*support_)[i]; }

    /// Condition 0: the curve between two zeros in `outer` stays in `wide`.
    void check_room() const {
        Matrix<mpq_class> M;
        for (size_t i = 0; i < m_; ++i) {
            M.push_back({v_[i].rational()});
            for (const Dyadic& w : W_[i]) M[i].push_back(w.rational());
        }
        const Scaled integers = scaled(M);
        const std::optional<Inverse> inverted = inverse(integers.rows);
        if (!inverted) reject("[v W] is singular");
        mpq_class range;
        for (size_t j = 0; j < m_; ++j)
            range += ::abs(inverted->numerator[0][j]) * outer_.a(at(j)).width().rational();
        range *= mpq_class(integers.scale) / inverted->denominator;
        for (size_t j = 0; j < m_; ++j) {
            const mpq_class room = sum_of_row(j).rational() * Y_.rational() * range;
            const Interval &narrow = outer_.a(at(j)), &wide = wide_.a(at(j));
            if (narrow.lo.rational() - room < wide.lo.rational() ||
                narrow.hi.rational() + room > wide.hi.rational())
                reject("`wide` is too narrow for `outer` and the spread");
        }
    }

    /// Σ_l |W_jl|.
    Dyadic sum_of_row(size_t j) const {
        Dyadic out;
        for (const Dyadic& w : W_[j]) out += abs(w);
        return out;
    }

    void evaluate_jacobian() {
        J_.assign(m_, std::vector<Interval>(m_));
        for (size_t i = 0; i < m_; ++i)
            for (size_t j = 0; j <= i; ++j) J_[i][j] = wide_.jacobian(at(i), at(j));
    }

    /// leftᵀ·J·right, each entry of the symmetric J once.
    Interval form(const std::vector<Dyadic>& left, const std::vector<Dyadic>& right) const {
        Interval out;
        for (size_t i = 0; i < m_; ++i) {
            out += left[i] * right[i] * J_[i][i];
            for (size_t j = 0; j < i; ++j)
                out += (left[i] * right[j] + left[j] * right[i]) * J_[i][j];
        }
        return out;
    }

    std::vector<Dyadic> column_of_W(size_t l) const {
        std::vector<Dyadic> out;
        for (const std::vector<Dyadic>& row : W_) out.push_back(row[l]);
        return out;
    }

    /// Row l of B·Wᵀ.
    std::vector<Dyadic> row_of_BW(size_t l) const {
        std::vector<Dyadic> out(m_);
        for (size_t i = 0; i < m_; ++i)
            for (size_t q = 0; q + 1 < m_; ++q) out[i] += B_[l][q] * W_[i][q];
        return out;
    }

    /// F1 and F2: WᵀG = 0 is a curve, of slope at most Y.
    void check_curve() const {
        Dyadic epsilon;
        for (size_t l = 0; l + 1 < m_; ++l) {
            Dyadic sum;
            for (size_t q = 0; q + 1 < m_; ++q)
                sum += largest(Interval(l == q ? scale_ : Dyadic()) -
                               form(row_of_BW(l), column_of_W(q)));
            epsilon = std::max(epsilon, sum);
        }
        if (epsilon >= scale_) reject("F1: WᵀJW is not shown to be regular");
        for (size_t l = 0; l + 1 < m_; ++l)
            if (largest(form(row_of_BW(l), v_)) > Y_ * (scale_ - epsilon))
                reject("F2: the slope may exceed the spread");
    }

    /// F3: the third derivative along the curve does not vanish.
    void check_third_derivative() const {
        std::vector<Interval> tau;
        for (size_t j = 0; j < m_; ++j) {
            const Dyadic spread = sum_of_row(j) * Y_;
            tau.emplace_back(v_[j] - spread, v_[j] + spread);
        }
        Interval sum;
        for (size_t i = 0; i < m_; ++i)
            for (size_t j = 0; j <= i; ++j)
                for (size_t l = 0; l <= j; ++l)
                    sum += Dyadic(orders(i, j, l)) * wide_.third(at(i), at(j), at(l)) *
                           product(tau, i, j, l);
        if (!sum.excludes_zero()) reject("F3: the third derivative may vanish");
    }

    /// In how many orders three indices can be written.
    static int orders(size_t i, size_t j, size_t l) {
        if (i == l) return 1;
        return i == j || j == l ? 3 : 6;
    }

    static Interval product(const std::vector<Interval>& tau, size_t i, size_t j, size_t l) {
        if (i == l) return power(tau[i], 3);
        if (i == j) return power(tau[i], 2) * tau[l];
        if (j == l) return tau[i] * power(tau[j], 2);
        return tau[i] * tau[j] * tau[l];
    }

    const std::vector<int>* support_;
    size_t m_;
    Dyadic scale_;
    Box outer_, wide_;
    std::vector<Dyadic> v_;
    Matrix<Dyadic> W_, B_;
    Dyadic Y_;
    Matrix<Interval> J_;  ///< Lower triangle of J(wide).
};

}  // namespace

void check_fold(const Value& region, const Problem& problem, const Pattern& pattern,
                const std::vector<Interval>& outer) {
    Fold(region, problem, pattern, outer).check();
}

}  // namespace check
