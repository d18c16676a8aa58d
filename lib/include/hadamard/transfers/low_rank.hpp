#pragma once

#include "hadamard/core/concepts.hpp"
#include "hadamard/core/product.hpp"
#include "hadamard/penalties/nuclear.hpp"
#include "hadamard/transfers/detail/quadratic_penalty.hpp"
#include "hadamard/transfers/detail/spec_checks.hpp"
#include "hadamard/transfers/detail/symmetry.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace hadamard::transfer {

/// Low rank (Burer–Monteiro), k = 2:  B = U Vᵀ, β = vec B column by column,
/// S(ξ) = (w/2)(‖U‖_F² + ‖V‖_F²), which induces R(β) = w ‖B‖_* where K is onto.
///
/// Shapes   ξ = (vec U; vec V): (rows·r + cols·r), r = `width`; β: (rows·cols); w: one weight.
/// Domain   K is onto iff r ≥ min(rows, cols), the default; a narrower one reaches rank ≤ r only, and
///          what needs H1 is false for it. M(B) = {(A Σ^{1/2} O, C Σ^{1/2} O) : O Oᵀ = I}, from B = AΣCᵀ,
///          is no finite set for r ≥ 2: `gauge` says along what it extends.
/// Balance  ξ ∈ M(UVᵀ) iff UᵀU = VᵀV. For ‖Y‖ ≤ 1, ⟨Y, UVᵀ⟩ = ⟨YV, U⟩ ≤ ‖V‖‖U‖ ≤ S/w, so that ‖UVᵀ‖_* ≤
///          S/w. Equality at some Y makes YV a multiple of U and ‖U‖ = ‖V‖, so YV = U, UᵀU = VᵀYᵀYV ⪯ VᵀV,
///          and equal traces make these equal. Conversely UᵀU = VᵀV gives UVᵀVUᵀ = (UUᵀ)², whence ‖UVᵀ‖_*
///          = tr UUᵀ = S/w.
/// Exact    over `Rational`; `lift` where it is rational (found in 200 digits, verified).
/// Source   claim svf.penalty-equality; Srebro, Rennie & Jaakkola 2004 (variational form).
template <Field T>
class LowRank {
public:
    using Scalar = T;
    static constexpr std::string_view name = "low_rank";
    static constexpr bool grouped = false;
    static constexpr bool injective = false;
    static constexpr bool finite_fibres = false;
    static bool takes_depth(Exponent k) { return k == Exponent(2); }

    /// @throws InputError naming the field at fault.
    static LowRank from(const TransferSpec& spec) {
        const Index d = detail::checked_base_size(spec);
        if (spec.depth != Exponent(2))
            throw InputError("depth: " + spec.depth.text() + ", must be 2: B = U V^T");
        detail::require_no_groups(spec);
        const Index rows = spec.rows == 0 ? squarest_rows(d) : spec.rows;
        if (rows < 1 || d % rows != 0)
            throw InputError("rows: " + std::to_string(rows) + ", must divide base_size " +
                             std::to_string(d));
        if (spec.width < 0)
            throw InputError("width: " + std::to_string(spec.width) + ", must be at least 1");
        const Index least = std::min(rows, d / rows);
        return LowRank(rows, d / rows, spec.width == 0 ? least : spec.width,
                       detail::checked_weights<T>(spec, 1).front());
    }

    /// @pre rows, cols, width ≥ 1; weight > 0.
    LowRank(Index rows, Index cols, Index width, T weight)
        : rows_(rows), cols_(cols), width_(width), weight_(std::move(weight)),
          penalty_(Vector<T>::Constant((rows + cols) * width, T(weight_ / T(2)))) {
        require(rows >= 1 && cols >= 1 && width >= 1, "LowRank: a size below 1");
    }

    /// Every shape of B, onto: the least width and one more. Of `weights` the one that it takes stays.
    static std::vector<TransferSpec> variants(const TransferSpec& spec) {
        std::vector<TransferSpec> out;
        TransferSpec one = spec;
        if (one.weights.size() > 1) one.weights.resize(1);
        for (Index rows = 1; rows <= spec.base_size; ++rows) {
            if (spec.base_size % rows != 0 || (spec.rows != 0 && rows != spec.rows)) continue;
            const Index least = std::min(rows, spec.base_size / rows);
            for (const Index width : {least, least + 1}) {
                if (spec.width != 0 && width != spec.width) continue;
                out.push_back(one);
                out.back().rows = rows;
                out.back().width = width;
            }
        }
        if (out.empty()) out.push_back(one);  // a shape or a width that the spec itself chose
        return out;
    }

    /// A scalar, a column, square, wide and tall matrices, with and without width to spare.
    static std::vector<TransferSpec> example_specs() {
        const auto shape = [](Index rows, Index cols, Index width, std::vector<Rational> weights) {
            TransferSpec out;
            out.name = name;
            out.base_size = rows * cols;
            out.weights = std::move(weights);
            out.rows = rows;
            out.width = width;
            return out;
        };
        return {shape(1, 1, 1, {}), shape(2, 1, 2, {Rational(2)}), shape(2, 2, 2, {Rational(1, 2)}),
                shape(2, 3, 2, {Rational(3)}), shape(3, 2, 3, {})};
    }

    Index base_size() const { return rows_ * cols_; }
    Index surrogate_size() const { return (rows_ + cols_) * width_; }
    Exponent depth() const { return 2; }
    Index rows() const { return rows_; }
    Index cols() const { return cols_; }
    Index width() const { return width_; }

    Vector<T> apply(const Vector<T>& xi) const {
        require_xi(xi, "LowRank::apply(xi)");
        return vectorised(times_transposed(left(xi), right(xi)));
    }

    /// DK(ξ)[(A, C)] = A Vᵀ + U Cᵀ.
    Vector<T> pushforward(const Vector<T>& xi, const Vector<T>& v) const {
        require_xi(xi, "LowRank::pushforward(xi)");
        require_xi(v, "LowRank::pushforward(v)");
        return vectorised(times_transposed(left(v), right(xi))) +
               vectorised(times_transposed(left(xi), right(v)));
    }

    /// DK(ξ)ᵀG = (G V, Gᵀ U).
    Vector<T> pullback(const Vector<T>& xi, const Vector<T>& g) const {
        require_xi(xi, "LowRank::pullback(xi)");
        require_size(g.size(), base_size(), "LowRank::pullback(g)");
        const Matrix<T> G = matrix(g);
        return stacked(times(G, right(xi)), transpose_times(G, left(xi)));
    }

    /// ∇²⟨K, G⟩(ξ)[(A, C)] = (G C, Gᵀ A), whatever ξ.
    Vector<T> curvature(const Vector<T>& xi, const Vector<T>& v, const Vector<T>& g) const {
        require_xi(xi, "LowRank::curvature(xi)");
        require_xi(v, "LowRank::curvature(v)");
        return pullback(v, g);
    }

    T penalty(const Vector<T>& xi) const { return penalty_.value(xi); }
    Vector<T> penalty_gradient(const Vector<T>& xi) const { return penalty_.gradient(xi); }
    Vector<T> penalty_hessian_times(const Vector<T>& xi, const Vector<T>& v) const {
        return penalty_.hessian_times(xi, v);
    }

    penalty::Nuclear<T> induced() const { return penalty::Nuclear<T>(rows_, cols_, weight_); }

    /// At rows ≤ cols and r ≥ rows: U = (BBᵀ)^{1/4}, V = CΣ^{1/2}Aᵀ, and zero columns; at rows > cols
    /// likewise with V = (BᵀB)^{1/4}. This point of M(B) is continuous in B, whichever singular vectors
    /// were taken. At r < min(rows, cols): the first r columns of AΣ^{1/2} and CΣ^{1/2}.
    ///
    /// Error  K(lift β) = β to 16 max(rows, cols) units of rounding of σ_1: below, singular values are 0.
    /// @throws NotRepresentable over `Rational` when irrational; over `Interval` at min(rows, cols) ≥ 3.
    /// @throws PreconditionError when the rank of B exceeds r: no ξ has this image.
    Vector<T> lift(const Vector<T>& beta) const {
        require_size(beta.size(), base_size(), "LowRank::lift(beta)");
        const Matrix<T> B = matrix(beta);
        if (rows_ <= cols_) {
            const auto [U, V] = balanced(B);
            return stacked(U, V);
        }
        Matrix<T> turned = B.transpose();
        const auto [V, U] = balanced(turned);
        return stacked(U, V);
    }

    /// The entries of UᵀU − VᵀV on and above the diagonal.
    Vector<T> imbalance(const Vector<T>& xi) const {
        require_xi(xi, "LowRank::imbalance(xi)");
        const Matrix<T> U = left(xi), V = right(xi);
        Vector<T> out(width_ * (width_ + 1) / 2);
        Index next = 0;
        for (Index b = 0; b < width_; ++b)
            for (Index a = 0; a <= b; ++a) {
                const T u = product(U, a, b), v = product(V, a, b);
                out[next++] = u - v;
            }
        return out;
    }

    /// Of the group ξ ↦ (UO, VO), OOᵀ = I, the signed permutations: sign flips of the l-th columns
    /// of U and V together, exchanges of neighbouring columns of both.
    std::vector<SignedPermutation> symmetries() const {
        const Index D = surrogate_size(), half = rows_ * width_;
        std::vector<SignedPermutation> out;
        for (Index l = 0; l < width_; ++l) {
            IndexList column;
            for (Index i = 0; i < rows_; ++i) column.push_back(l * rows_ + i);
            for (Index i = 0; i < cols_; ++i) column.push_back(half + l * cols_ + i);
            out.push_back(detail::flip(D, column));
        }
        for (Index l = 0; l + 1 < width_; ++l) {
            SignedPermutation swap = detail::exchange(D, l * rows_, (l + 1) * rows_, rows_);
            for (Index i = 0; i < cols_; ++i)
                std::swap(swap.from[static_cast<std::size_t>(half + l * cols_ + i)],
                          swap.from[static_cast<std::size_t>(half + (l + 1) * cols_ + i)]);
            out.push_back(std::move(swap));
        }
        return out;
    }

    /// d/dt ξ exp(tE) at t = 0 for E = e_a e_bᵀ − e_b e_aᵀ, a < b: the tangents of the orbit, D × r(r−1)/2.
    Matrix<T> gauge(const Vector<T>& xi) const {
        require_xi(xi, "LowRank::gauge(xi)");
        Matrix<T> out =
            Matrix<T>::Constant(surrogate_size(), width_ * (width_ - 1) / 2, T(0));
        const Index half = rows_ * width_;
        Index next = 0;
        for (Index b = 0; b < width_; ++b)
            for (Index a = 0; a < b; ++a, ++next) {
                for (const auto& [offset, n] : {std::pair(Index(0), rows_), std::pair(half, cols_)})
                    for (Index i = 0; i < n; ++i) {
                        out(offset + b * n + i, next) = xi[offset + a * n + i];
                        out(offset + a * n + i, next) = -xi[offset + b * n + i];
                    }
            }
        return out;
    }

    /// All of β depends on all of ξ.
    std::vector<TransferBlock> blocks() const {
        TransferBlock out;
        for (Index i = 0; i < base_size(); ++i) out.base.push_back(i);
        for (Index a = 0; a < surrogate_size(); ++a) out.surrogate.push_back(a);
        return {out};
    }

    int smoothness() const { return analytic; }
    int smoothness_at(const Vector<T>&) const { return analytic; }

    Matrix<T> left(const Vector<T>& xi) const { return block(xi, 0, rows_, width_); }
    Matrix<T> right(const Vector<T>& xi) const { return block(xi, rows_ * width_, cols_, width_); }
    Matrix<T> matrix(const Vector<T>& beta) const { return block(beta, 0, rows_, cols_); }

private:
    using Factors = std::pair<Matrix<T>, Matrix<T>>;

    static Index squarest_rows(Index d) {
        Index out = 1;
        for (Index n = 1; n * n <= d; ++n)
            if (d % n == 0) out = n;
        return out;
    }

    static Matrix<T> block(const Vector<T>& x, Index offset, Index rows, Index cols) {
        Matrix<T> out(rows, cols);
        for (Index i = 0; i < rows * cols; ++i) out(i % rows, i / rows) = x[offset + i];
        return out;
    }

    static Vector<T> vectorised(const Matrix<T>& A) {
        Vector<T> out(A.size());
        for (Index i = 0; i < A.size(); ++i) out[i] = A(i % A.rows(), i / A.rows());
        return out;
    }

    static Vector<T> stacked(const Matrix<T>& U, const Matrix<T>& V) {
        Vector<T> out(U.size() + V.size());
        out.head(U.size()) = vectorised(U);
        out.tail(V.size()) = vectorised(V);
        return out;
    }

    static Matrix<T> times_transposed(const Matrix<T>& A, const Matrix<T>& C) {
        const Matrix<T> turned = C.transpose();
        return times(A, turned);
    }

    /// (AᵀA)_ab; a square is one ball, not the product of two.
    static T product(const Matrix<T>& A, Index a, Index b) {
        T out(0);
        for (Index i = 0; i < A.rows(); ++i)
            out += a == b ? square(T(A(i, a))) : T(A(i, a) * A(i, b));
        return out;
    }

    /// Balanced factors of a B with no more rows than columns, `width_` columns each.
    Factors balanced(const Matrix<T>& B) const {
        if (B.rows() == 1) return padded(balanced_row(B));
        if constexpr (RoundedField<T>)
            return padded(balanced_rounded(B));
        else if constexpr (ScalarTraits<T>::is_exact)
            return padded(balanced_exactly(B));
        else
            return padded(balanced_two_rows(B));
    }

    Factors padded(const Factors& F) const {
        Factors out{Matrix<T>::Constant(F.first.rows(), width_, T(0)),
                    Matrix<T>::Constant(F.second.rows(), width_, T(0))};
        out.first.leftCols(F.first.cols()) = F.first;
        out.second.leftCols(F.second.cols()) = F.second;
        return out;
    }

    /// b = ‖b‖^{1/2} · b‖b‖^{−1/2}.
    Factors balanced_row(const Matrix<T>& B) const {
        const Vector<T> b = B.row(0).transpose();
        if (penalty::detail::is_zero_block(b)) return {Matrix<T>::Zero(1, 1), Matrix<T>::Zero(b.size(), 1)};
        const T root = penalty::detail::norm_power(b, Exponent(1, 2));
        Factors out{Matrix<T>::Constant(1, 1, root), Matrix<T>(b.size(), 1)};
        for (Index i = 0; i < b.size(); ++i) {
            if constexpr (OrderedField<T>) {
                out.second(i, 0) = b[i] / root;
            } else {
                // abs(b_i) ≤ ‖b‖, also where the ball of ‖b‖ reaches 0.
                const T most = abs_power(b[i], Exponent(1, 2)).upper_magnitude();
                const T quotient = b[i] / root;
                out.second(i, 0) = quotient.is_finite() ? quotient : Interval::ball(T(0), most);
            }
        }
        return out;
    }

    Factors balanced_rounded(const Matrix<T>& B) const requires RoundedField<T> {
        for (Index i = 0; i < B.size(); ++i)
            require(is_finite(B(i % B.rows(), i / B.rows())), "LowRank::lift: not a finite number");
        const penalty::detail::Svd<T> work = penalty::detail::svd(B);
        const Index n = B.rows();
        if (width_ < n)
            require(work.rank() <= width_, "LowRank::lift: the rank of B exceeds the width");
        const Index used = std::min(n, width_);
        Factors out{Matrix<T>(n, used), Matrix<T>(B.cols(), used)};
        const Index rank = work.rank();
        for (Index i = 0; i < used; ++i) {
            // The root of a singular value that is 0 but for rounding would be no such error.
            const T root = i < rank ? square_root(work.values[i]) : T(0);
            out.first.col(i) = work.left.col(i) * root;
            out.second.col(i) = work.right.col(i) * root;
        }
        if (width_ < n) return out;
        const Matrix<T> turn = work.left.transpose();
        return {out.first * turn, out.second * turn};
    }

    Factors balanced_exactly(const Matrix<T>& B) const requires ScalarTraits<T>::is_exact {
        const LowRank<Real<200>> rounded(B.rows(), B.cols(), width_, Real<200>(1));
        const Vector<Real<200>> found = rounded.lift(from_rational<Real<200>>(vectorised(B)));
        const Factors out{penalty::detail::nearby_rational(rounded.left(found)),
                          penalty::detail::nearby_rational(rounded.right(found))};
        const Matrix<T> image = out.first * out.second.transpose();
        const Matrix<T> u = out.first.transpose() * out.first,
                        v = out.second.transpose() * out.second;
        if (image != B || u != v) throw NotRepresentable("LowRank::lift is not rational here");
        return out;
    }

    /// (M + √det M · I) / √(tr M + 2 √det M) is the root of a 2 × 2 matrix M ⪰ 0 (Cayley–Hamilton):
    /// taken twice it gives U = (BBᵀ)^{1/4}, and V = BᵀU⁻¹.
    Factors balanced_two_rows(const Matrix<T>& B) const {
        if (B.rows() > 2 || width_ < 2)
            throw NotRepresentable("LowRank::lift has no enclosure for this shape");
        using penalty::detail::root_of_nonnegative;
        const penalty::detail::Gram2<T> M(B);
        const T product = root_of_nonnegative(M.determinant);  // σ_1σ_2 = det N
        const T trace = root_of_nonnegative(T(M.a + M.c + T(2) * product));
        const T half = root_of_nonnegative(product);           // det U
        const T scale = root_of_nonnegative(T(trace + T(2) * half));
        Factors out{Matrix<T>(2, 2), Matrix<T>(B.cols(), 2)};
        if (is_zero(M.a) && is_zero(M.c))
            return {Matrix<T>::Constant(2, 2, T(0)), Matrix<T>::Constant(B.cols(), 2, T(0))};
        const T a = ((M.a + product) / trace + half) / scale, b = M.b / trace / scale,
                c = ((M.c + product) / trace + half) / scale;
        out.first << a, b, b, c;
        for (Index j = 0; j < B.cols(); ++j) {
            out.second(j, 0) = (c * B(0, j) - b * B(1, j)) / half;
            out.second(j, 1) = (a * B(1, j) - b * B(0, j)) / half;
        }
        return out;
    }

    void require_xi(const Vector<T>& xi, const char* who) const {
        require_size(xi.size(), surrogate_size(), who);
    }

    Index rows_, cols_, width_;
    T weight_;
    detail::QuadraticPenalty<T> penalty_;
};

static_assert(CataloguedTransfer<LowRank<double>>);

}  // namespace hadamard::transfer
