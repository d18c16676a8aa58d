#pragma once

#include "hadamard/core/concepts.hpp"
#include "hadamard/custom/expression.hpp"
#include "hadamard/custom/radical.hpp"
#include "hadamard/penalties/lq.hpp"
#include "hadamard/transfers/detail/powers.hpp"
#include "hadamard/transfers/detail/spec_checks.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hadamard::custom {

/// What a user writes down: scalar expressions in the factors, applied coordinatewise.
struct CustomSpec {
    std::string name;
    std::vector<std::string> factors;
    Expression K, S;
    std::optional<Expression> R;  ///< In the symbol b.
};

/// ω |u|^p of one factor: equal for all factors exactly on the minimal fibre (weighted AM–GM).
struct BalanceTerm {
    Rational weight;
    Exponent power;
};

/// What makes the user's K and S a `Transfer` with R(b) = c |b|^q: found and checked by `characterise`.
struct CustomForm {
    std::string name;
    Expression K, S;
    Rational scale = 1;                 ///< The transfer's penalty is scale · S.
    Exponent q = 1;                     ///< In (0, 1].
    Radical coefficient = Rational(1);  ///< c, of scale · S.
    /// K(t^a ∘ ξ) = t K(ξ), S(t^a ∘ ξ) = t^q S(ξ) for t > 0.
    std::vector<Exponent> weights = {};
    std::vector<Radical> lift_of_plus = {};          ///< A point of M(1).
    std::vector<Radical> lift_of_minus = {};         ///< A point of M(−1).
    std::vector<BalanceTerm> balance = {};           ///< Empty: S − R∘K measures imbalance.
    std::vector<SignedPermutation> symmetries = {};  ///< Of the factors.
    int smoothness = 0;
    bool finite_fibres = true;
};

/// A user's transfer on d coordinates: ξ = (factor 1 (d); factor 2 (d); …).
///
/// Shapes   ξ: (m·d), m factors; β: (d); weights: (d).
/// Exact    over `Rational` where K, S and the constants of R and M are; else NotRepresentable.
/// Lift     lift(b) = |b|^a ∘ (a point of M(sign b)), by homogeneity.
template <Field T>
class CustomTransfer {
public:
    using Scalar = T;

    /// @throws InputError for a depth other than 2/q, groups, or weights that do not fit.
    CustomTransfer(std::shared_ptr<const CustomForm> form, const TransferSpec& spec)
        : form_(std::move(form)),
          d_(transfer::detail::checked_base_size(spec)),
          weights_(transfer::detail::checked_weights<T>(spec, d_)) {
        transfer::detail::require_no_groups(spec);
        if (!(spec.depth == depth()))
            throw InputError("depth: " + spec.depth.text() + ", " + form_->name + " has depth " +
                             depth().text());
    }

    Index base_size() const { return d_; }
    Index surrogate_size() const { return factors() * d_; }
    Exponent depth() const { return Exponent(2) / form_->q; }

    Vector<T> apply(const Vector<T>& xi) const {
        Vector<T> out(d_);
        for (Index i = 0; i < d_; ++i) out[i] = form_->K.value(coordinate(xi, i));
        return out;
    }

    Vector<T> pushforward(const Vector<T>& xi, const Vector<T>& v) const {
        Vector<T> out(d_);
        for (Index i = 0; i < d_; ++i)
            out[i] = form_->K.evaluate(coordinate(xi, i), 1).gradient.dot(coordinate(v, i));
        return out;
    }

    Vector<T> pullback(const Vector<T>& xi, const Vector<T>& g) const {
        require_size(g.size(), d_, "CustomTransfer::pullback(g)");
        return joined([&](Index i) -> Vector<T> {
            return form_->K.evaluate(coordinate(xi, i), 1).gradient * g[i];
        });
    }

    Vector<T> curvature(const Vector<T>& xi, const Vector<T>& v, const Vector<T>& g) const {
        require_size(g.size(), d_, "CustomTransfer::curvature(g)");
        return joined([&](Index i) -> Vector<T> {
            return times(form_->K.evaluate(coordinate(xi, i), 2).hessian, coordinate(v, i)) * g[i];
        });
    }

    T penalty(const Vector<T>& xi) const {
        T sum(0);
        for (Index i = 0; i < d_; ++i) sum += scale(i) * form_->S.value(coordinate(xi, i));
        return sum;
    }
    Vector<T> penalty_gradient(const Vector<T>& xi) const {
        return joined([&](Index i) -> Vector<T> {
            return form_->S.evaluate(coordinate(xi, i), 1).gradient * scale(i);
        });
    }
    Vector<T> penalty_hessian_times(const Vector<T>& xi, const Vector<T>& v) const {
        return joined([&](Index i) -> Vector<T> {
            return times(form_->S.evaluate(coordinate(xi, i), 2).hessian, coordinate(v, i)) *
                   scale(i);
        });
    }

    penalty::Lq<T> induced() const {
        const T c = form_->coefficient.template as<T>();
        std::vector<T> weights = weights_;
        for (T& w : weights) w *= c;
        return penalty::Lq<T>(d_, form_->q, std::move(weights));
    }

    Vector<T> lift(const Vector<T>& beta) const {
        require_size(beta.size(), d_, "CustomTransfer::lift(beta)");
        Vector<T> out(surrogate_size());
        for (Index i = 0; i < d_; ++i)
            for (Index l = 0; l < factors(); ++l) out[l * d_ + i] = lifted(beta[i], l);
        return out;
    }

    /// For K a monomial and S a sum of powers, of which each factor has one: the differences of what
    /// weighted AM–GM makes equal. Otherwise S − R∘K; over `Rational`, where R is irrational, the same
    /// with both sides raised to the power that makes them rational.
    Vector<T> imbalance(const Vector<T>& xi) const {
        if (!form_->balance.empty()) return balance_differences(xi);
        Vector<T> out(d_);
        for (Index i = 0; i < d_; ++i) out[i] = excess(coordinate(xi, i));
        return out;
    }

    std::vector<SignedPermutation> symmetries() const {
        std::vector<SignedPermutation> out;
        for (Index i = 0; i < d_; ++i)
            for (const SignedPermutation& symmetry : form_->symmetries) {
                SignedPermutation moved;
                for (Index a = 0; a < surrogate_size(); ++a) moved.from.push_back(a);
                moved.sign.assign(static_cast<std::size_t>(surrogate_size()), 1);
                for (Index l = 0; l < factors(); ++l) {
                    const std::size_t from = static_cast<std::size_t>(l);
                    const std::size_t to = static_cast<std::size_t>(l * d_ + i);
                    moved.from[to] = symmetry.from[from] * d_ + i;
                    moved.sign[to] = symmetry.sign[from];
                }
                out.push_back(std::move(moved));
            }
        return out;
    }

    std::vector<TransferBlock> blocks() const {
        std::vector<TransferBlock> out;
        for (Index i = 0; i < d_; ++i) {
            TransferBlock block{{i}, {}};
            for (Index l = 0; l < factors(); ++l) block.surrogate.push_back(l * d_ + i);
            out.push_back(std::move(block));
        }
        return out;
    }

    int smoothness() const { return form_->smoothness; }
    int smoothness_at(const Vector<T>& xi) const {
        if (form_->smoothness == analytic) return analytic;
        for (Index i = 0; i < d_; ++i) {
            const Vector<T> x = coordinate(xi, i);
            if (!form_->K.is_analytic_at(x) || !form_->S.is_analytic_at(x))
                return form_->smoothness;
        }
        return analytic;
    }

private:
    Index factors() const { return form_->K.arity(); }

    T scale(Index i) const {
        return weights_[static_cast<std::size_t>(i)] * from_rational<T>(form_->scale);
    }

    Vector<T> coordinate(const Vector<T>& xi, Index i) const {
        require_size(xi.size(), surrogate_size(), "CustomTransfer");
        Vector<T> out(factors());
        for (Index l = 0; l < factors(); ++l) out[l] = xi[l * d_ + i];
        return out;
    }

    template <class PerCoordinate>
    Vector<T> joined(PerCoordinate part) const {
        Vector<T> out(surrogate_size());
        for (Index i = 0; i < d_; ++i) {
            const Vector<T> values = part(i);
            for (Index l = 0; l < factors(); ++l) out[l * d_ + i] = values[l];
        }
        return out;
    }

    /// Hv without the terms where v is exactly 0: an entry of H may be unbounded there.
    static Vector<T> times(const Matrix<T>& H, const Vector<T>& v) {
        Vector<T> out = Vector<T>::Constant(v.size(), T(0));
        for (Index j = 0; j < v.size(); ++j) {
            if (is_zero(v[j])) continue;
            for (Index i = 0; i < v.size(); ++i) out[i] += H(i, j) * v[j];
        }
        return out;
    }

    T lifted(const T& b, Index l) const {
        const std::size_t at = static_cast<std::size_t>(l);
        const T size = abs_power(b, form_->weights[at]);
        const T plus = size * form_->lift_of_plus[at].template as<T>();
        const T minus = size * form_->lift_of_minus[at].template as<T>();
        const Sign sign = sign_of(b);
        if constexpr (!OrderedField<T>)
            if (sign == Sign::unknown) return hull(plus, minus);
        return sign == Sign::negative ? minus : plus;
    }

    Vector<T> balance_differences(const Vector<T>& xi) const {
        Vector<T> out((factors() - 1) * d_);
        for (Index i = 0; i < d_; ++i) {
            const Vector<T> x = coordinate(xi, i);
            const auto term = [&](Index l) -> T {
                const BalanceTerm& one = form_->balance[static_cast<std::size_t>(l)];
                return from_rational<T>(one.weight) * abs_power(x[l], one.power);
            };
            const T first = term(0);
            for (Index l = 1; l < factors(); ++l) out[(l - 1) * d_ + i] = term(l) - first;
        }
        return out;
    }

    T excess(const Vector<T>& x) const {
        const T S = from_rational<T>(form_->scale) * form_->S.value(x);
        const T K = form_->K.value(x);
        if constexpr (std::same_as<T, Rational>) {
            // S = c|K|^q iff S^n = c^n |K|^{qn}, since S ≥ 0; with this n both sides are rational.
            const unsigned long n =
                std::lcm(static_cast<unsigned long>(form_->q.den()), form_->coefficient.root());
            const Exponent e = form_->q * Exponent(static_cast<long>(n));
            return natural_power(S, n) - form_->coefficient.rational_power(n) * abs_power(K, e);
        } else {
            return S - form_->coefficient.template as<T>() * abs_power(K, form_->q);
        }
    }

    std::shared_ptr<const CustomForm> form_;
    Index d_;
    std::vector<T> weights_;
};

static_assert(Transfer<CustomTransfer<double>>);
static_assert(Transfer<CustomTransfer<Rational>>);
static_assert(Transfer<CustomTransfer<Interval>>);

}  // namespace hadamard::custom
