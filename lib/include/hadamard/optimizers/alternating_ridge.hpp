#pragma once

#include "hadamard/losses/least_squares.hpp"
#include "hadamard/objectives/sampled.hpp"
#include "hadamard/optimizers/detail/factors.hpp"
#include "hadamard/optimizers/detail/run.hpp"
#include "hadamard/optimizers/weight_decay.hpp"

#include <Eigen/Cholesky>
#include <Eigen/LU>

#include <algorithm>
#include <concepts>
#include <utility>
#include <vector>

namespace hadamard::optim {

/// Alternating ridge regressions on Q (Hoff): one factor after the other is minimized exactly while
/// the others stay. In the factor a, K(ξ) = J a is linear and λS(ξ) = ½ Σ c_i a_i² + const, so that
///     min_a  (1/n) Σ ℓ(z_i; y_i) + ½ Σ c_i a_i²,   Z = X J,  z = Z a,
/// is a ridge problem: for the Hadamard product of depth k, Z = X diag(Π of the other factors) and
/// c = 2λw/k.
///
/// Factors    u_1 … u_k of hadamard_product, the u's and each ν of group_product, all factors of
///            mixed_group, U and V of low_rank: found from K itself. The parameters ψ that are not
///            transferred are solved for together with every factor.
/// Solve      least squares: one linear system, d × d or n × n, whichever is smaller (with ψ: d × d
///            always). Other losses: Newton's method with backtracking on the ridge problem.
/// Guarantee  Q never rises beyond 64 rounding units of the largest |Q| met. A factor that is 0
///            where another is 0 too stays there (dead_units.hpp).
/// Rate       linear, and slow where |g_i| is close to λ: at k = 2 a coordinate outside the support
///            shrinks by about |g_i|/λ a solve.
/// Report     certificate: ‖∇Q(ξ)‖₂; an iteration is one cycle through all factors.
/// Source     Hoff 2017, arXiv 1611.00040 (least squares and generalized linear models).
template <RoundedField T>
class AlternatingRidge {
public:
    using Scalar = T;
    static constexpr std::string_view name = "alternating_ridge";

    struct Settings {
        T tolerance = square_root(rounding_unit<T>());  ///< On ‖∇Q‖₂, ≥ 0 (units of Q / x).
        Index max_iterations = 10'000;                  ///< Cycles, ≥ 0.
        Index max_newton = 20;      ///< Newton steps a factor, ≥ 1; not for least squares.
        Index max_backtracks = 50;  ///< Halvings of one of them, ≥ 1.
    };

    AlternatingRidge() : AlternatingRidge(Settings()) {}

    explicit AlternatingRidge(Settings settings) : s_(std::move(settings)) {
        require(T(0) <= s_.tolerance, "AlternatingRidge: tolerance must be >= 0");
        require(s_.max_iterations >= 0 && s_.max_newton >= 1 && s_.max_backtracks >= 1,
                "AlternatingRidge: bad limits");
    }

    /// @pre x0 has f.size() entries.
    /// @throws PreconditionError if K is not multilinear or S no sum of squares.
    template <RowwiseLoss L, Transfer P, Watcher<T> Watch = Unwatched>
    Report<T> minimize(const Surrogate<L, P>& f, const Vector<T>& x0, Watch&& watch = {}) const {
        require_size(x0.size(), f.size(), "AlternatingRidge: x0");
        const std::vector<Factor> factors = factors_of(f);
        detail::Run<T, std::remove_reference_t<Watch>> run(watch);
        Point at = detail::evaluate(f, x0, run.report);
        T rounding(0);
        for (;; ++run.report.iterations) {
            if (!run.shows(at.x, at.value, at.gradient_norm)) return run.ended(Stop::interrupted);
            if (!at.is_finite()) return run.ended(Stop::non_finite);
            if (at.gradient_norm <= s_.tolerance) return run.ended(Stop::converged);
            if (run.report.iterations == s_.max_iterations) return run.ended(Stop::iteration_limit);
            rounding = detail::grown_rounding(rounding, at.value);
            bool was_finite = true, has_moved = false;
            for (const Factor& factor : factors)
                has_moved |= solve(f, factor, at, rounding, was_finite, run.report);
            if (!has_moved)
                return run.ended(was_finite ? Stop::line_search_failed : Stop::non_finite);
        }
    }

private:
    using Point = detail::Point<T>;

    struct Factor {
        detail::FactorSet members;  // by block
        IndexList free;             // ψ
        IndexList coordinates;      // of ξ, in the order of Z's columns
        Vector<T> c;                // ridge weights, 0 for ψ
    };

    template <class L, Transfer P>
    static std::vector<Factor> factors_of(const Surrogate<L, P>& f) {
        const Vector<T> weights = weight_decay(f.transfer(), f.lambda());
        std::vector<Factor> out;
        for (detail::FactorSet& set : detail::factor_sets(f.transfer())) {
            Factor factor{std::move(set), detail::free_coordinates(f.transfer()), {}, {}};
            for (const IndexList& members : factor.members)
                factor.coordinates.insert(factor.coordinates.end(), members.begin(), members.end());
            factor.coordinates.insert(factor.coordinates.end(), factor.free.begin(),
                                      factor.free.end());
            factor.c = gather(weights, factor.coordinates);
            out.push_back(std::move(factor));
        }
        return out;
    }

    /// Z = X J, J = DK(ξ) in the factor's coordinates: one pushforward for the r-th members of all
    /// blocks together, which K keeps apart.
    template <class L, Transfer P>
    static Matrix<T> design(const Surrogate<L, P>& f, const Factor& factor, const Vector<T>& xi) {
        const Matrix<T>& X = f.loss().design();
        const std::vector<TransferBlock> blocks = f.transfer().blocks();
        const Index size = static_cast<Index>(factor.coordinates.size());
        Matrix<T> Z = Matrix<T>::Constant(X.rows(), size, T(0));
        std::size_t longest = 0;
        for (const IndexList& members : factor.members) longest = std::max(longest, members.size());
        for (std::size_t r = 0; r < longest; ++r) {
            Vector<T> direction = Vector<T>::Constant(xi.size(), T(0));
            for (const IndexList& members : factor.members)
                if (r < members.size()) direction[members[r]] = T(1);
            const Vector<T> image = f.transfer().pushforward(xi, direction);
            Index column = 0;
            for (std::size_t j = 0; j < blocks.size(); ++j) {
                const Index count = static_cast<Index>(factor.members[j].size());
                if (static_cast<Index>(r) < count)
                    for (const Index i : blocks[j].base)
                        if (image[i] != T(0))
                            Z.col(column + static_cast<Index>(r)) += image[i] * X.col(i);
                column += count;
            }
        }
        Index column = size - static_cast<Index>(factor.free.size());
        for (const Index a : factor.free) {
            Vector<T> direction = Vector<T>::Constant(xi.size(), T(0));
            direction[a] = T(1);
            Z.col(column++) = times(X, Vector<T>(f.transfer().pushforward(xi, direction)));
        }
        return Z;
    }

    /// Minimizes Q in one factor; whether that moved anything.
    template <class L, Transfer P>
    bool solve(const Surrogate<L, P>& f, const Factor& factor, Point& at, const T& rounding,
               bool& was_finite, Report<T>& report) const {
        constexpr bool is_quadratic = std::derived_from<L, loss::LeastSquares<T>>;
        const Matrix<T> Z = design(f, factor, at.x);
        bool has_moved = false;
        for (Index i = 0; i < (is_quadratic ? 1 : s_.max_newton); ++i) {
            if (!is_quadratic && gradient_norm(factor, at) <= s_.tolerance / T(2)) break;
            if (!newton_step(f, factor, Z, at, rounding, was_finite, report)) break;
            has_moved = true;
        }
        return has_moved;
    }

    static T gradient_norm(const Factor& factor, const Point& at) {
        return gather(at.gradient, factor.coordinates).norm();
    }

    /// To the minimizer of the quadratic model in the factor, or as far as Q follows.
    template <class L, Transfer P>
    bool newton_step(const Surrogate<L, P>& f, const Factor& factor, const Matrix<T>& Z, Point& at,
                     const T& rounding, bool& was_finite, Report<T>& report) const {
        const Vector<T> beta = f.transfer().apply(at.x), a = gather(at.x, factor.coordinates);
        const Vector<T> weights = f.loss().linear_curvatures(beta);
        Vector<T> working = times(Z, a);
        working = working.cwiseProduct(weights) - f.loss().linear_derivatives(beta);
        report.evaluations += 2;
        const Vector<T> aim = ridge(Z, weights, working, factor.c);
        was_finite = detail::all_finite(aim);
        if (!was_finite) return false;

        const Vector<T> step = aim - a;
        const T slope = gather(at.gradient, factor.coordinates).dot(step);
        T t(1);
        for (Index i = 0; i < s_.max_backtracks; ++i, t /= T(2)) {
            Vector<T> x = at.x;
            scatter(x, factor.coordinates, i == 0 ? aim : Vector<T>(a + t * step));
            if (x == at.x) return false;
            Point trial = detail::evaluate(f, std::move(x), report);
            was_finite = trial.is_finite();
            if (!was_finite || !is_better(factor, at, trial, T(t * slope), rounding)) continue;
            at = std::move(trial);
            return true;
        }
        return false;
    }

    /// Armijo's condition with 1/10000; where rounding hides Q's descent, a smaller gradient in the
    /// factor, which is as good for a convex problem.
    static bool is_better(const Factor& factor, const Point& at, const Point& trial,
                          const T& descent, const T& rounding) {
        if (trial.value < at.value && trial.value <= at.value + descent / T(10'000)) return true;
        return trial.value <= at.value + rounding &&
               gradient_norm(factor, trial) < gradient_norm(factor, at);
    }

    /// a of (Zᵀ W Z/n + C) a = Zᵀρ/n, W = diag w ≥ 0, C = diag c ≥ 0. With C > 0 also
    /// a = C⁻¹Zᵀτ,  (nI + W Z C⁻¹ Zᵀ) τ = ρ, which is n × n.
    static Vector<T> ridge(const Matrix<T>& Z, const Vector<T>& w, const Vector<T>& rho,
                           const Vector<T>& c) {
        const Index n = Z.rows(), m = Z.cols();
        const T count(static_cast<int>(n));
        if (n < m && T(0) < c.minCoeff()) {
            Matrix<T> scaled = Z;
            for (Index j = 0; j < m; ++j) scaled.col(j) /= c[j];
            Matrix<T> A = scaled * Z.transpose();
            for (Index i = 0; i < n; ++i) {
                A.row(i) *= w[i];
                A(i, i) += count;
            }
            const Vector<T> tau = Eigen::PartialPivLU<Matrix<T>>(A).solve(rho);
            return transpose_times(scaled, tau);
        }
        Matrix<T> H = weighted_gram(Z, w) / count;
        for (Index j = 0; j < m; ++j) H(j, j) += c[j];
        const Vector<T> right = transpose_times(Z, rho) / count;
        return Eigen::LDLT<Matrix<T>>(H).solve(right);
    }

    Settings s_;
};

}  // namespace hadamard::optim
