#pragma once

#include "hadamard/core/concepts.hpp"
#include "hadamard/core/product.hpp"
#include "hadamard/losses/detail/semidefinite.hpp"

#include <string>
#include <utility>
#include <vector>

namespace hadamard::loss {

/// Quadratic  L(β) = ½ βᵀAβ − bᵀβ,  A symmetric of any inertia.
///
/// Shapes   A: (d × d), b: (d), β: (d).
/// Exact    over `Rational`; `is_convex` of an object made by `from` is decided exactly, as A is
///          given there, for every scalar.
/// @pre A is symmetric.
template <Field T>
class Quadratic {
public:
    using Scalar = T;
    static constexpr std::string_view name = "quadratic";
    static constexpr bool over_rational = true;

    /// `convex` is the caller's knowledge that A is positive semidefinite.
    explicit Quadratic(Matrix<T> A, Vector<T> b, bool convex = false)
        : A_(std::move(A)), b_(std::move(b)), convex_(convex) {
        require(A_.rows() >= 1, "Quadratic: empty A");
        require_size(A_.cols(), A_.rows(), "Quadratic: columns of A");
        require_size(b_.size(), A_.rows(), "Quadratic: b");
    }

    /// @throws InputError when A is empty, not square or not symmetric, or b does not fit.
    static Quadratic from(const LossSpec& spec) {
        const Index d = spec.A.rows();
        if (d < 1) throw InputError("quadratic: A has no rows; at least one is needed");
        if (spec.A.cols() != d)
            throw InputError("quadratic: A has " + std::to_string(d) + " rows and " +
                             std::to_string(spec.A.cols()) + " columns; it must be square");
        if (spec.b.size() != d)
            throw InputError("quadratic: b has " + std::to_string(spec.b.size()) +
                             " entries, A has " + std::to_string(d) + " rows; they must agree");
        for (Index i = 0; i < d; ++i)
            for (Index j = 0; j < i; ++j)
                if (spec.A(i, j) != spec.A(j, i))
                    throw InputError("quadratic: A[" + std::to_string(i) + "][" +
                                     std::to_string(j) + "] is " + spec.A(i, j).str() + " but A[" +
                                     std::to_string(j) + "][" + std::to_string(i) + "] is " +
                                     spec.A(j, i).str() + "; A must be symmetric");
        return Quadratic(from_rational<T>(spec.A), from_rational<T>(spec.b),
                         detail::is_positive_semidefinite(spec.A));
    }

    /// Positive definite, singular positive semidefinite, indefinite with zero diagonal, negative.
    static std::vector<LossSpec> example_specs() {
        const auto spec = [](Index d, const std::vector<int>& entries, const std::vector<int>& b) {
            LossSpec out;
            out.kind = name;
            out.A.resize(d, d);
            out.b.resize(d);
            for (Index i = 0; i < d; ++i) {
                out.b[i] = Rational(b[static_cast<std::size_t>(i)], 2);
                for (Index j = 0; j < d; ++j)
                    out.A(i, j) = Rational(entries[static_cast<std::size_t>(i * d + j)]);
            }
            return out;
        };
        return {spec(3, {4, 1, 0, 1, 3, -1, 0, -1, 2}, {1, -4, 3}),
                spec(2, {1, -2, -2, 4}, {2, -1}), spec(2, {0, 1, 1, 0}, {1, 1}),
                spec(1, {-1}, {3})};
    }

    Index size() const { return A_.rows(); }
    bool is_convex() const { return convex_; }
    int smoothness() const { return analytic; }
    const Matrix<T>& matrix() const { return A_; }
    const Vector<T>& linear_term() const { return b_; }

    T value(const Vector<T>& x) const {
        const Vector<T> image = times(x);
        T sum(0);
        for (Index i = 0; i < x.size(); ++i) sum += x[i] * (image[i] / T(2) - b_[i]);
        return sum;
    }

    Vector<T> gradient(const Vector<T>& x) const {
        Vector<T> out = times(x);
        out -= b_;
        return out;
    }

    Vector<T> hessian_times(const Vector<T>& /*x*/, const Vector<T>& v) const { return times(v); }

private:
    Vector<T> times(const Vector<T>& x) const {
        require_size(x.size(), size(), "quadratic");
        return hadamard::times(A_, x);
    }

    Matrix<T> A_;
    Vector<T> b_;
    bool convex_;
};

}  // namespace hadamard::loss
