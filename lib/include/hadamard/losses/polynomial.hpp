#pragma once

#include "hadamard/core/concepts.hpp"
#include "hadamard/core/elementary.hpp"
#include "hadamard/losses/detail/semidefinite.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace hadamard::loss {

/// Polynomial  L(β) = Σ_m c_m Π_i β_i^{e_{m,i}}.
///
/// Shapes   e: (monomials × d), β: (d).
/// Exact    over `Rational`; derivatives by repeated products, never by division.
/// Convex   claimed only on a certificate: after collecting terms, the quadratic part is positive
///          semidefinite and every term of degree ≥ 3 is a positive multiple of an even power of
///          one variable. A convex polynomial without that form is reported as not certain.
/// @pre every monomial has d ≥ 1 exponents, all ≥ 0; at least one monomial.
template <Field T>
class Polynomial {
public:
    using Scalar = T;
    static constexpr std::string_view name = "polynomial";
    static constexpr bool over_rational = true;

    /// @throws InputError naming the monomial that does not fit.
    static Polynomial from(const LossSpec& spec) {
        if (spec.monomials.empty())
            throw InputError("polynomial: monomials is empty; at least one is needed");
        const std::size_t d = spec.monomials.front().exponents.size();
        if (d < 1) throw InputError("polynomial: monomials[0] has no exponents");
        Polynomial out;
        out.size_ = static_cast<Index>(d);
        for (std::size_t m = 0; m < spec.monomials.size(); ++m) {
            const Monomial& monomial = spec.monomials[m];
            const std::string who = "polynomial: monomials[" + std::to_string(m) + "]";
            if (monomial.exponents.size() != d)
                throw InputError(who + " has " + std::to_string(monomial.exponents.size()) +
                                 " exponents, monomials[0] has " + std::to_string(d) +
                                 "; they must agree");
            Term term{from_rational<T>(monomial.coefficient), {}, {}};
            for (std::size_t i = 0; i < d; ++i) {
                const int e = monomial.exponents[i];
                if (e < 0 || e > largest_exponent)
                    throw InputError(who + " has exponent " + std::to_string(e) +
                                     "; it must lie between 0 and " +
                                     std::to_string(largest_exponent));
                if (e == 0) continue;
                term.variables.push_back(static_cast<Index>(i));
                term.exponents.push_back(static_cast<unsigned long>(e));
            }
            out.terms_.push_back(std::move(term));
        }
        out.convex_ = certainly_convex(spec.monomials);
        return out;
    }

    /// A double well with a product term, a convex even quartic, a saddle of third order, an affine
    /// function.
    static std::vector<LossSpec> example_specs() {
        const auto spec = [](std::vector<Monomial> monomials) {
            LossSpec out;
            out.kind = name;
            out.monomials = std::move(monomials);
            return out;
        };
        return {spec({{1, {4, 0}}, {1, {0, 4}}, {-3, {1, 1}}, {Rational(-1, 2), {2, 0}}}),
                spec({{Rational(1, 4), {4, 0}}, {1, {2, 0}}, {-2, {1, 1}}, {1, {0, 2}}}),
                spec({{1, {3, 0, 1}}, {-3, {1, 2, 0}}, {2, {1, 1, 1}}}),
                spec({{Rational(5, 2), {1}}, {1, {0}}})};
    }

    Index size() const { return size_; }
    bool is_convex() const { return convex_; }
    int smoothness() const { return analytic; }

    T value(const Vector<T>& x) const {
        require_size(x.size(), size(), "polynomial");
        T sum(0);
        for (const Term& term : terms_) {
            T product = term.coefficient;
            for (std::size_t l = 0; l < term.variables.size(); ++l)
                product *= natural_power(T(x[term.variables[l]]), term.exponents[l]);
            sum += product;
        }
        return sum;
    }

    Vector<T> gradient(const Vector<T>& x) const {
        return derivatives(x, Vector<T>::Zero(x.size())).first;
    }

    Vector<T> hessian_times(const Vector<T>& x, const Vector<T>& v) const {
        return derivatives(x, v).second;
    }

private:
    static constexpr int largest_exponent = 10'000;

    struct Term {
        T coefficient;
        IndexList variables;                   // those with a positive exponent
        std::vector<unsigned long> exponents;  // of `variables`
    };

    /// A number and its derivative along v.
    struct Dual {
        T value, slope;

        Dual operator*(const Dual& o) const {
            return {T(value * o.value), T(value * o.slope + slope * o.value)};
        }
    };

    /// a^(exponent − lowered); where that is negative, the factor before it is 0, and so is this.
    static T power(const T& a, unsigned long exponent, unsigned long lowered) {
        return exponent < lowered ? T(0) : natural_power(a, exponent - lowered);
    }

    /// ∇L(x) and ∇²L(x) v. A factor's derivative multiplies the product of those before it and of
    /// those after it, so that a zero factor needs no division.
    std::pair<Vector<T>, Vector<T>> derivatives(const Vector<T>& x, const Vector<T>& v) const {
        require_size(x.size(), size(), "polynomial");
        require_size(v.size(), size(), "polynomial");
        Vector<T> first = Vector<T>::Zero(size()), second = Vector<T>::Zero(size());
        for (const Term& term : terms_) {
            const std::size_t count = term.variables.size();
            std::vector<Dual> factor(count), lowered(count), after(count + 1);
            after[count] = {T(1), T(0)};
            for (std::size_t l = count; l-- > 0;) {
                const T a = x[term.variables[l]], direction = v[term.variables[l]];
                const unsigned long e = term.exponents[l];
                const T e0 = T(static_cast<int>(e)), e1 = T(static_cast<int>(e) - 1);
                lowered[l].value = e0 * power(a, e, 1);
                lowered[l].slope = e0 * e1 * power(a, e, 2) * direction;
                factor[l] = {power(a, e, 0), T(lowered[l].value * direction)};
                after[l] = factor[l] * after[l + 1];
            }
            Dual before{term.coefficient, T(0)};
            for (std::size_t l = 0; l < count; ++l) {
                const Dual partial = before * lowered[l] * after[l + 1];
                first[term.variables[l]] += partial.value;
                second[term.variables[l]] += partial.slope;
                before = before * factor[l];
            }
        }
        return {std::move(first), std::move(second)};
    }

    static bool certainly_convex(const std::vector<Monomial>& monomials) {
        std::map<std::vector<int>, Rational> collected;
        for (const Monomial& m : monomials) collected[m.exponents] += m.coefficient;
        const Index d = static_cast<Index>(monomials.front().exponents.size());
        Matrix<Rational> quadratic = Matrix<Rational>::Zero(d, d);
        for (const auto& [exponents, coefficient] : collected) {
            if (coefficient == 0) continue;
            long degree = 0;
            IndexList variables;
            for (std::size_t i = 0; i < exponents.size(); ++i) {
                degree += exponents[i];
                if (exponents[i] > 0) variables.push_back(static_cast<Index>(i));
            }
            if (degree <= 1) continue;
            if (degree == 2) {
                quadratic(variables.front(), variables.back()) += coefficient;
                quadratic(variables.back(), variables.front()) += coefficient;
            } else if (variables.size() != 1 || degree % 2 != 0 || coefficient < 0) {
                return false;
            }
        }
        return detail::is_positive_semidefinite(std::move(quadratic));
    }

    Index size_ = 0;
    std::vector<Term> terms_;
    bool convex_ = false;
};

}  // namespace hadamard::loss
