#pragma once

#include "hadamard/core/concepts.hpp"
#include "hadamard/penalties/detail/block.hpp"
#include "hadamard/penalties/detail/block_prox.hpp"
#include "hadamard/penalties/detail/spectral.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace hadamard::penalty {

/// Weighted nuclear norm  R(β) = w ‖B‖_* = w Σ_i σ_i(B),  β = vec B column by column, w > 0.
///
/// Shapes     B: rows × cols; β: (rows·cols) at `positions` of a longer vector, if embedded.
/// Exact      over `Rational` where the result is rational (verified by an identity), else
///            NotRepresentable. At min(rows, cols) = 1 it is w‖β‖₂, and all of `GroupLq`'s rules hold.
/// Error      rounded scalars: those of the singular values, a few units of rounding of σ_1 each.
///            `Interval`: `value` encloses for every shape; `gradient` and `hessian` enclose nothing
///            (infinite balls) when min(rows, cols) ≥ 2.
/// Kinks      R is smooth where B has full rank. Elsewhere it has a kink in directions that are no
///            coordinates, which `kinks` cannot say: it tells B = 0 alone, with R(V) ≥ w‖V‖_F. What
///            decides at singular B is minima/nuclear.hpp; whoever holds an `AnyPenalty` asks
///            `nuclear_of`.
/// Source     transfers/low_rank.hpp; subdifferential: G. A. Watson, Linear Algebra Appl. 170 (1992), 33–45;
///            prox: Cai, Candès & Shen, SIAM J. Optim. 20 (2010), 1956–1982.
template <Field T>
class Nuclear {
public:
    using Scalar = T;
    static constexpr std::string_view name = "nuclear";

    /// @pre rows, cols ≥ 1; a finite weight > 0.
    Nuclear(Index rows, Index cols, T weight = T(1))
        : Nuclear(rows, cols, std::move(weight), rows * cols, first(rows * cols)) {}

    Index size() const { return size_; }
    Index rows() const { return rows_; }
    Index cols() const { return cols_; }
    const T& weight() const { return weight_; }
    const IndexList& positions() const { return positions_; }
    Exponent exponent() const { return 1; }

    /// R = w‖β‖₂, B being a row or a column.
    bool is_euclidean() const { return std::min(rows_, cols_) == 1; }

    /// One block. R is its Euclidean norm only where `is_euclidean()`.
    std::vector<PenaltyBlock<T>> blocks() const { return {{positions_, weight_}}; }

    /// B = 0.
    std::vector<Kink<T>> kinks(const Vector<T>& x) const {
        require_size(x.size(), size_, "Nuclear::kinks");
        return detail::kinks_at_zero_blocks(blocks(), exponent(), x);
    }

    T value(const Vector<T>& x) const {
        require_size(x.size(), size_, "Nuclear::value");
        if (is_euclidean()) return weight_ * detail::norm(gather(x, positions_));
        if constexpr (RoundedField<T>) {
            return weight_ * detail::svd(matrix(x)).values.sum();
        } else {
            const Matrix<T> B = wide(matrix(x));
            if (B.rows() == 2) return weight_ * detail::nuclear_norm_of_two_rows(B);
            if constexpr (ScalarTraits<T>::is_exact)
                return weight_ * detail::exact_modulus(B).trace();
            else
                return weight_ * detail::nuclear_norm_by_eigenvalues(B);
        }
    }

    /// w A_ρ C_ρᵀ, B = A_ρ Σ C_ρᵀ of rank ρ: ∇R at full rank, else the shortest subgradient.
    Vector<T> gradient(const Vector<T>& x) const {
        require_size(x.size(), size_, "Nuclear::gradient");
        const Vector<T> b = gather(x, positions_);
        Vector<T> out = Vector<T>::Constant(size_, T(0));
        if (detail::is_zero_block(b)) return out;
        if (is_euclidean())
            scatter(out, positions_, detail::block_gradient(b, weight_, exponent()));
        else
            scatter(out, positions_, Vector<T>(vectorised(polar(matrix(x))) * weight_));
        return out;
    }

    /// ∇²R at full rank; at rank ρ the second derivative along curves of rank ρ, 0 off them: in the
    /// singular bases H ↦ w (H_ij − H_ji)/(σ_i + σ_j) on square pairs that are not both null, and
    /// H_ij / σ_i beyond the square.
    Matrix<T> hessian(const Vector<T>& x) const {
        require_size(x.size(), size_, "Nuclear::hessian");
        const Vector<T> b = gather(x, positions_);
        Matrix<T> out = Matrix<T>::Constant(size_, size_, T(0));
        if (detail::is_zero_block(b)) return out;
        const Matrix<T> inner = is_euclidean() ? detail::block_hessian(b, weight_, exponent())
                                               : spectral_hessian(matrix(x));
        for (Index c = 0; c < inner.cols(); ++c)
            for (Index r = 0; r < inner.rows(); ++r)
                out(positions_[static_cast<std::size_t>(r)],
                    positions_[static_cast<std::size_t>(c)]) = inner(r, c);
        return out;
    }

    /// The same penalty of x[positions], x ∈ R^size.
    Nuclear embed(Index size, const IndexList& positions) const {
        detail::require_positions(positions, size_, size, "Nuclear::embed");
        IndexList moved = positions_;
        for (Index& i : moved) i = positions[static_cast<std::size_t>(i)];
        return Nuclear(rows_, cols_, weight_, size, std::move(moved));
    }

    /// argmin_z  step·R(z) + ½‖z − x‖²: singular values soft-thresholded.   @pre step ≥ 0.
    Vector<T> prox(const Vector<T>& x, const T& step) const requires OrderedField<T> {
        require_size(x.size(), size_, "Nuclear::prox");
        require(T(0) <= step, "Nuclear::prox: step must be >= 0");
        const T level = step * weight_;
        const Vector<T> b = gather(x, positions_);
        Vector<T> out = x;
        if (is_euclidean())
            scatter(out, positions_, detail::block_prox(b, level, exponent()));
        else if (T(0) < level && !detail::is_zero_block(b) && all_finite(b))
            scatter(out, positions_, vectorised(thresholded(matrix(x), level)));
        return out;
    }

    /// dist(−g, a ∂R(x)), Frobenius on B, the largest modulus on what is not penalised: with −G = D
    /// and P, Q the projections off the ranges of B and Bᵀ, ∂R = w{A_ρC_ρᵀ + W : PWQ = W, ‖W‖ ≤ 1} gives
    /// ‖D − PDQ − a w A_ρC_ρᵀ‖² + Σ (σ_i(PDQ) − a w)₊². The rank is that of `Svd::rank`.
    /// @throws NotRepresentable over `Rational` when it is not 0.
    T stationarity(const Vector<T>& x, const Vector<T>& g,
                   const T& a) const requires OrderedField<T> {
        require_size(x.size(), size_, "Nuclear::stationarity(x)");
        require_size(g.size(), size_, "Nuclear::stationarity(g)");
        std::vector<bool> penalised(static_cast<std::size_t>(size_), false);
        for (const Index i : positions_) penalised[static_cast<std::size_t>(i)] = true;
        T worst = distance(x, g, T(a * weight_));
        for (Index i = 0; i < size_; ++i)
            if (!penalised[static_cast<std::size_t>(i)])
                worst = detail::worse(worst, magnitude(g[i]));
        return worst;
    }

    /// B, the penalised part of x.
    Matrix<T> matrix(const Vector<T>& x) const {
        Matrix<T> out(rows_, cols_);
        for (Index i = 0; i < out.size(); ++i)
            out(i % rows_, i / rows_) = x[positions_[static_cast<std::size_t>(i)]];
        return out;
    }

    /// Small members: a column, square, wide and tall ones, a weight.
    static std::vector<Nuclear> examples() {
        return {Nuclear(3, 1, T(2)), Nuclear(2, 2), Nuclear(2, 3, T(1) / T(4)), Nuclear(3, 2),
                Nuclear(3, 3)};
    }

private:
    Nuclear(Index rows, Index cols, T weight, Index size, IndexList positions)
        : rows_(rows), cols_(cols), weight_(std::move(weight)), size_(size),
          positions_(std::move(positions)) {
        require(rows >= 1 && cols >= 1, "Nuclear: rows and cols must be at least 1");
        require(is_finite(weight_) && sign_of(weight_) == Sign::positive,
                "Nuclear: the weight is not a number > 0");
    }

    static IndexList first(Index n) {
        IndexList out(static_cast<std::size_t>(std::max<Index>(n, 0)));
        std::iota(out.begin(), out.end(), Index(0));
        return out;
    }

    static bool all_finite(const Vector<T>& b) {
        for (Index i = 0; i < b.size(); ++i)
            if (!is_finite(b[i])) return false;
        return true;
    }

    /// B or Bᵀ, whichever has no more rows than columns.
    static Matrix<T> wide(const Matrix<T>& B) {
        if (B.rows() <= B.cols()) return B;
        Matrix<T> out = B.transpose();
        return out;
    }

    Vector<T> vectorised(const Matrix<T>& B) const {
        Vector<T> out(B.size());
        for (Index i = 0; i < B.size(); ++i) out[i] = B(i % rows_, i / rows_);
        return out;
    }

    static Matrix<T> unbounded(Index rows, Index cols) {
        T everything(0);
        if constexpr (std::same_as<T, Interval>) arb_zero_pm_inf(everything.data());
        return Matrix<T>::Constant(rows, cols, everything);
    }

    /// A_ρ C_ρᵀ. Over `Rational` (N + Π)⁻¹ B with N = (BBᵀ)^{1/2} and Π the projection onto its
    /// kernel.
    Matrix<T> polar(const Matrix<T>& B) const {
        if constexpr (RoundedField<T>) {
            const detail::Svd<T> work = detail::svd(B);
            return work.mapped(work.rank(), [](const T&) { return T(1); });
        } else if constexpr (ScalarTraits<T>::is_exact) {
            if (rows_ > cols_) {
                const Nuclear turned(cols_, rows_);
                return turned.polar(Matrix<T>(B.transpose())).transpose();
            }
            const Matrix<T> N = detail::exact_modulus(B);
            const Eigen::FullPivLU<Matrix<T>> lu(N);
            Matrix<T> regular = N;
            if (lu.rank() < rows_) {
                const Matrix<T> Z = lu.kernel(), gram = Z.transpose() * Z;
                regular += Z * Eigen::FullPivLU<Matrix<T>>(gram).solve(Matrix<T>(Z.transpose()));
            }
            return Eigen::FullPivLU<Matrix<T>>(regular).solve(B);
        } else {
            return unbounded(rows_, cols_);
        }
    }

    Matrix<T> spectral_hessian(const Matrix<T>& B) const {
        const Index n = rows_ * cols_;
        if constexpr (RoundedField<T>) {
            const detail::Svd<T> work = detail::svd(B);
            Matrix<T> out(n, n);
            for (Index k = 0; k < n; ++k) {
                Matrix<T> unit = Matrix<T>::Zero(rows_, cols_);
                unit(k % rows_, k / rows_) = T(1);
                const Matrix<T> bent = detail::polar_slope(
                    work, Matrix<T>(work.left.transpose() * unit * work.right));
                const Matrix<T> back = work.left * bent * work.right.transpose();
                out.col(k) = weight_ * vectorised(back);
            }
            return out;
        } else if constexpr (ScalarTraits<T>::is_exact) {
            throw NotRepresentable("the Hessian of the nuclear norm is not computed exactly");
        } else {
            return unbounded(n, n);
        }
    }

    /// Over `Rational` found in 200 digits and verified: (X − Z)/level ∈ ∂‖Z‖_*.
    Matrix<T> thresholded(const Matrix<T>& X, const T& level) const requires OrderedField<T> {
        if constexpr (RoundedField<T>) {
            const detail::Svd<T> work = detail::svd(X);
            return work.mapped(work.values.size(), [&level](const T& sigma) {
                return level < sigma ? T(sigma - level) : T(0);
            });
        } else {
            const Nuclear<Real<200>> rounded(rows_, cols_);
            const Vector<Real<200>> approximate =
                rounded.prox(from_rational<Real<200>>(vectorised(X)),
                             from_rational<Real<200>>(level));
            const Matrix<T> Z = detail::nearby_rational(rounded.matrix(approximate));
            if (!detail::is_subgradient(Matrix<T>((X - Z) / level), Z))
                throw NotRepresentable("prox of the nuclear norm is not rational here");
            return Z;
        }
    }

    T distance(const Vector<T>& x, const Vector<T>& g,
               const T& level) const requires OrderedField<T> {
        const Vector<T> b = gather(x, positions_), gradient = gather(g, positions_);
        if (is_euclidean()) {
            if (!detail::is_zero_block(b))
                return detail::norm(
                    Vector<T>(gradient + detail::block_gradient(b, level, exponent())));
            return detail::is_within(gradient, level) ? T(0) : T(detail::norm(gradient) - level);
        }
        const Matrix<T> B = matrix(x), D = -matrix(g);
        if constexpr (RoundedField<T>) {
            if (!all_finite(b) || !all_finite(gradient)) return std::numeric_limits<T>::quiet_NaN();
            const detail::Svd<T> work = detail::svd(B);
            const Index rank = work.rank();
            const Matrix<T> left = work.left.rightCols(rows_ - rank),
                            right = work.right.rightCols(cols_ - rank);
            const Matrix<T> inner = left.transpose() * D * right;
            Matrix<T> rest = D - work.mapped(rank, [&level](const T&) { return level; });
            T squares(0);
            if (inner.size() > 0) {
                rest -= left * inner * right.transpose();
                const Vector<T> values = detail::svd(inner).values;
                for (Index i = 0; i < values.size(); ++i)
                    if (level < values[i]) squares += square(T(values[i] - level));
            }
            return square_root(T(squares + rest.squaredNorm()));
        } else {
            if (T(0) < level ? detail::is_subgradient(Matrix<T>(D / level), B) : D.isZero())
                return T(0);
            throw NotRepresentable("the distance to a nuclear subdifferential is not computed");
        }
    }

    Index rows_, cols_;
    T weight_;
    Index size_;
    IndexList positions_;
};

static_assert(ProximalPenalty<Nuclear<double>>);
static_assert(ProximalPenalty<Nuclear<Rational>>);
static_assert(Penalty<Nuclear<Interval>>);

}  // namespace hadamard::penalty

namespace hadamard {

/// The nuclear norm that `penalty` is, where it is no Euclidean norm; null for other penalties.
template <Penalty R>
const penalty::Nuclear<typename R::Scalar>* nuclear_of(const R& penalty) {
    using Nuclear = penalty::Nuclear<typename R::Scalar>;
    const Nuclear* out = nullptr;
    if constexpr (std::same_as<R, Nuclear>)
        out = &penalty;
    else if constexpr (requires { penalty.template target<Nuclear>(); })
        out = penalty.template target<Nuclear>();
    return out == nullptr || out->is_euclidean() ? nullptr : out;
}

}  // namespace hadamard
