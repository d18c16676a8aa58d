#pragma once

#include "hadamard/losses/least_squares.hpp"
#include "hadamard/objectives/surrogate.hpp"
#include "hadamard/optimizers/detail/factors.hpp"
#include "hadamard/optimizers/lbfgs.hpp"
#include "hadamard/optimizers/weight_decay.hpp"

#include <Eigen/Cholesky>

#include <optional>
#include <string>
#include <utility>

namespace hadamard::optim {

/// Q with its first factor projected out:  f(v) = min_u Q(u, v),  for K(u, v)_i = u_i v_{j(i)},
/// S = ½ Σ w_{j(i)} u_i² + ½ Σ w_j v_j² and L = ‖Xβ − y‖²/(2n): hadamard_product (j(i) = i) and
/// group_product at depth 2.
///
/// Formulas   with s_i = v_{j(i)}, c_i = w_{j(i)} the inner problem is a ridge regression. Either
///                n × n:  M = nλI + X diag(s²/c) Xᵀ,  α = M⁻¹y,  r = nλα,  u = (s/c) ⊙ Xᵀα,  or
///                d × d:  N = diag(s) XᵀX diag(s) + nλ diag(c),  u = N⁻¹(s⊙Xᵀy),  r = y − X(s⊙u),
///            whichever is smaller. Then with z = Xᵀr/(nλ) = −g/λ, by the envelope theorem,
///                ∂f/∂v_j = λ (w_j v_j − Σ_{i: j(i) = j} u_i z_i),
///            which is λ v_j (1 − z_j²) for w = 1 and j(i) = i, and
///                ∇²f = Q_vv − Q_vu Q_uu⁻¹ Q_uv.
/// Note       f(v) = (λ/2)(yᵀM⁻¹y + Σ w v²) is convex in v² and analytic in v, also at v = 0, where
///            Q's ill-conditioning in λ is gone; v_j = 0 is stationary in v_j whatever g is.
/// Source     Golub and Pereyra 1973; Poon and Peyré, arXiv 2106.01429 and 2205.01385.
/// Threads    keeps the last point in mind: one object a thread.
/// @pre f outlives it.
/// @throws PreconditionError for a transfer that is not of this form.
template <RoundedField T, Transfer P>
class ProjectedSurrogate {
public:
    using Scalar = T;
    using Full = Surrogate<loss::LeastSquares<T>, P>;

    explicit ProjectedSurrogate(const Full& f) : f_(f), unit_of_(checked_units(f.transfer())) {
        const Index d = f_.transfer().base_size();
        const Vector<T> weights = weight_decay(f_.transfer(), T(1));
        c_ = weights.head(d);
        w_ = weights.tail(size());
        require(spread(w_) == c_, "VarPro: u and v must have equal weights in S");
        if (d <= f_.loss().observations()) {
            const Matrix<T>& X = f_.loss().design();
            gram_ = weighted_gram(X, Vector<T>(Vector<T>::Constant(X.rows(), T(1))));
            moments_ = transpose_times(X, f_.loss().response());
        }
    }

    Index size() const { return f_.size() - f_.transfer().base_size(); }

    /// v of ξ = (u; v).
    Vector<T> outer(const Vector<T>& xi) const {
        require_size(xi.size(), f_.size(), "VarPro: xi");
        return xi.tail(size());
    }

    /// (u(v); v), u(v) = argmin_u Q(u, v).
    Vector<T> completed(const Vector<T>& v) const { return at(v).xi; }

    T value(const Vector<T>& v) const { return f_.value(at(v).xi); }

    Vector<T> gradient(const Vector<T>& v) const {
        const State& state = at(v);
        Vector<T> out = w_.cwiseProduct(v);
        for (Index i = 0; i < c_.size(); ++i) out[unit(i)] -= state.xi[i] * state.z[i];
        return f_.lambda() * out;
    }

    /// ∇²f(v) δ: the v part of ∇²Q (δu; δ), where δu keeps the u part 0.
    Vector<T> hessian_times(const Vector<T>& v, const Vector<T>& delta) const {
        const Vector<T> xi = at(v).xi, s = spread(v);
        Vector<T> direction = Vector<T>::Constant(f_.size(), T(0));
        direction.tail(size()) = delta;
        const Vector<T> pull = Vector<T>(f_.hessian_times(xi, direction)).head(c_.size());
        Matrix<T> X = f_.loss().design();
        for (Index i = 0; i < c_.size(); ++i) X.col(i) *= s[i];
        const Vector<T> ones = Vector<T>::Constant(X.rows(), T(1));
        Matrix<T> inner = weighted_gram(X, ones) / f_.loss().count();
        inner.diagonal() += f_.lambda() * c_;
        direction.head(c_.size()) = -Eigen::LLT<Matrix<T>>(inner).solve(pull);
        return Vector<T>(f_.hessian_times(xi, direction)).tail(size());
    }

private:
    struct State {
        Vector<T> v;
        Vector<T> xi;  // (u(v); v)
        Vector<T> z;
    };

    /// j(i), if ξ = (u; v) and K(ξ)_i = u_i v_{j(i)}.
    static IndexList checked_units(const P& transfer) {
        const Index d = transfer.base_size(), D = transfer.surrogate_size();
        const std::string complaint =
            "VarPro: needs K(u, v)_i = u_i v_j(i), as hadamard_product and group_product of depth "
            "2";
        IndexList out(static_cast<std::size_t>(d), 0);
        Index covered = 0;
        for (const TransferBlock& block : transfer.blocks()) {
            require(block.surrogate.size() == block.base.size() + 1, complaint);
            for (const Index i : block.base)
                out[static_cast<std::size_t>(i)] = block.surrogate.back() - d;
            covered += static_cast<Index>(block.surrogate.size());
        }
        require(covered == D, complaint);
        Vector<T> xi = detail::probe<T>(D), expected(d);
        for (Index a = 0; a < D; a += 2) xi[a] = T(-xi[a]);
        for (Index i = 0; i < d; ++i) {
            const Index j = out[static_cast<std::size_t>(i)];
            require(0 <= j && j < D - d, complaint);
            expected[i] = xi[i] * xi[d + j];
        }
        for (Index a = d; a < D; ++a) xi[a] = T(-xi[a]);
        require(transfer.apply(xi) == Vector<T>(-expected), complaint);
        return out;
    }

    Index unit(Index i) const { return unit_of_[static_cast<std::size_t>(i)]; }

    Vector<T> spread(const Vector<T>& v) const {
        Vector<T> out(c_.size());
        for (Index i = 0; i < c_.size(); ++i) out[i] = v[unit(i)];
        return out;
    }

    const State& at(const Vector<T>& v) const {
        require_size(v.size(), size(), "VarPro: v");
        if (!last_ || last_->v != v) last_ = solved(v);
        return *last_;
    }

    State solved(const Vector<T>& v) const {
        const Vector<T> s = spread(v);
        State out{v, Vector<T>(f_.size()), {}};
        out.xi.tail(size()) = v;
        out.xi.head(c_.size()) = gram_ ? solve_by_coordinates(s, out.z) : solve_by_rows(s, out.z);
        return out;
    }

    /// u and z by M.
    Vector<T> solve_by_rows(const Vector<T>& s, Vector<T>& z) const {
        const Matrix<T>& X = f_.loss().design();
        Matrix<T> scaled = X;
        for (Index i = 0; i < s.size(); ++i) scaled.col(i) *= T(s[i] * s[i] / c_[i]);
        Matrix<T> M = scaled * X.transpose();
        for (Index i = 0; i < M.rows(); ++i) M(i, i) += f_.loss().count() * f_.lambda();
        const Vector<T> alpha = Eigen::LLT<Matrix<T>>(M).solve(f_.loss().response());
        z = transpose_times(X, alpha);
        return s.cwiseProduct(z).cwiseQuotient(c_);
    }

    /// u and z by N.
    Vector<T> solve_by_coordinates(const Vector<T>& s, Vector<T>& z) const {
        const T scale = f_.loss().count() * f_.lambda();
        Matrix<T> N = *gram_;
        for (Index j = 0; j < N.cols(); ++j)
            for (Index i = 0; i < N.rows(); ++i) N(i, j) *= T(s[i] * s[j]);
        N.diagonal() += scale * c_;
        const Vector<T> u = Eigen::LLT<Matrix<T>>(N).solve(Vector<T>(s.cwiseProduct(moments_)));
        const Vector<T> fit = f_.loss().predictors(Vector<T>(s.cwiseProduct(u)));
        z = transpose_times(f_.loss().design(), Vector<T>((f_.loss().response() - fit) / scale));
        return u;
    }

    const Full& f_;
    IndexList unit_of_;
    Vector<T> c_;                    // of u
    Vector<T> w_;                    // of v
    std::optional<Matrix<T>> gram_;  // XᵀX, where d ≤ n
    Vector<T> moments_;              // Xᵀy, likewise
    mutable std::optional<State> last_;
};

/// Variable projection as published: L-BFGS on f(v) = min_u Q(u, v), see `ProjectedSurrogate`.
///
/// Guarantee  L-BFGS's: Q(u(v), v) never rises beyond rounding.
/// Report     x: (u(v); v); value: Q(x) = f(v); certificate: ‖∇f(v)‖₂ = ‖∇Q(x)‖₂ but for rounding,
///            the u part being 0.
/// Starts     only v of x0 is read. A v_j that is 0 stays 0; signs of v do not matter.
/// Source     Poon and Peyré, arXiv 2106.01429.
template <RoundedField T>
class VarPro {
public:
    using Scalar = T;
    static constexpr std::string_view name = "varpro";
    using Settings = typename Lbfgs<T>::Settings;

    VarPro() : VarPro(Settings()) {}
    explicit VarPro(Settings settings) : lbfgs_(std::move(settings)) {}

    /// @pre x0 has f.size() entries.
    /// @throws PreconditionError for a transfer that is not of this form.
    template <Transfer P, Watcher<T> Watch = Unwatched>
    Report<T> minimize(const Surrogate<loss::LeastSquares<T>, P>& f, const Vector<T>& x0,
                       Watch&& watch = {}) const {
        const ProjectedSurrogate<T, P> projected(f);
        const auto completed = [&](Report<T> report) {  // only x0 itself may not be finite
            report.x = detail::all_finite(report.x) ? projected.completed(report.x) : x0;
            return report;
        };
        const auto watch_completed = [&](const Report<T>& report) {
            const Report<T> full = completed(report);
            return watch(full);
        };
        return completed(lbfgs_.minimize(projected, projected.outer(x0), watch_completed));
    }

private:
    Lbfgs<T> lbfgs_;
};

}  // namespace hadamard::optim
