#pragma once

#include "hadamard/optimizers/detail/run.hpp"
#include "hadamard/penalties/detail/block_prox.hpp"

#include <optional>
#include <vector>

namespace hadamard::optim {

/// Block coordinate descent for P = L + λR with any loss: proximal Newton outside, cyclic block
/// prox steps on the model  g·s + ½ sᵀ(H + σI)s + λR(x + s)  inside, g = ∇L(x), H = ∇²L(x).
///
/// Blocks     single coordinates are minimised exactly, also for q < 1; larger blocks with a
///            Gershgorin bound of their curvature; one that is not positive gives way to ‖∇²L‖'s.
/// Guarantee  P never rises beyond rounding: where the model's minimizer fails, σ grows, which
///            damps the step. For a convex quadratic loss one outer step is enough.
/// Cost       O(d) an update; sweeps run over the support and, in between, over everything.
/// Report     certificate: ‖(h_j (x_j − prox_{λR_j/h_j}(x_j − g_j/h_j)))_j‖₂, the residual of one
///            step of each block with its own curvature h_j + σ. A single coordinate that passes
///            also passes prox_residual with any step ≤ 1/h_j. At the end σ is that of the last
///            model refused.
template <RoundedField T>
class CoordinateDescent {
public:
    using Scalar = T;
    static constexpr std::string_view name = "coordinate_descent";

    struct Settings {
        T tolerance = square_root(rounding_unit<T>());  ///< On the certificate, ≥ 0 (units of ∇L).
        Index max_iterations = 1'000;                   ///< Outer steps, ≥ 0.
        Index max_sweeps = 10'000;                      ///< Sweeps per outer step, ≥ 1.
        Index max_dampings = 100;  ///< Values of σ a point, ≥ 1; each four times the last.
        /// Whether `iterations` and their limit count sweeps, of everything or of the support, and the
        /// watcher sees the end of each. The value there is that of the model, which is P itself where
        /// L is quadratic; elsewhere P may refuse the point, and the next is from where it was.
        bool shows_sweeps = false;
    };

    CoordinateDescent() : CoordinateDescent(Settings()) {}

    explicit CoordinateDescent(Settings settings) : s_(std::move(settings)) {
        require(T(0) <= s_.tolerance, "CoordinateDescent: tolerance must be >= 0");
        require(s_.max_iterations >= 0 && s_.max_sweeps >= 1 && s_.max_dampings >= 1,
                "CoordinateDescent: bad limits");
    }

    /// @pre x0 has f.size() entries.
    template <CompositeObjective F, Watcher<T> Watch = Unwatched>
    Report<T> minimize(const F& f, const Vector<T>& x0, Watch&& watch = {}) const {
        require_size(x0.size(), f.size(), "CoordinateDescent: x0");
        detail::Run<T, std::remove_reference_t<Watch>> run(watch);
        const std::vector<Block> blocks = blocks_of(f);
        T damping(0);
        Point at = evaluate(f, blocks, x0, damping, run.report);
        for (;; run.report.iterations += s_.shows_sweeps ? 0 : 1) {
            if (!run.shows(at.x, at.value, at.certificate)) return run.ended(Stop::interrupted);
            if (!at.is_finite()) return run.ended(Stop::non_finite);
            if (at.certificate <= s_.tolerance) return run.ended(Stop::converged);
            if (run.report.iterations == s_.max_iterations) return run.ended(Stop::iteration_limit);
            bool goes_on = true;
            const auto shows = [&](const Model& model) {
                if (!s_.shows_sweeps) return true;
                ++run.report.iterations;
                goes_on = run.shows(model.z, value_of(model, f), at.certificate);
                return goes_on && run.report.iterations < s_.max_iterations;
            };
            const std::optional<Stop> end = advance(f, blocks, at, damping, run.report, shows);
            if (!goes_on) return run.ended(Stop::interrupted);
            if (!end) continue;
            run.record(at.x, at.value, at.certificate);
            return run.ended(*end);
        }
    }

private:
    struct Block {
        IndexList indices;
        T strength;  // λ w; 0: not penalised
    };

    struct Point {
        Vector<T> x;
        T value;
        Vector<T> gradient;  // of L
        Matrix<T> hessian;   // of L
        T bound;             // Gershgorin's of ‖∇²L‖
        T certificate;

        bool is_finite() const {
            return hadamard::is_finite(value) && hadamard::is_finite(certificate) &&
                   hadamard::is_finite(bound);
        }
    };

    /// The inner problem and where its sweeps stand.
    struct Model {
        const Point& at;
        const T& damping;
        Exponent exponent;
        T floor;  // of the curvatures that count as positive
        Vector<T> z;
        Vector<T> residual;  // gradient of the smooth part of the model at z
    };

    template <CompositeObjective F>
    static std::vector<Block> blocks_of(const F& f) {
        std::vector<Block> out;
        std::vector<bool> is_penalised(static_cast<std::size_t>(f.size()), false);
        for (const PenaltyBlock<T>& block : f.penalty().blocks()) {
            out.push_back({block.indices, T(T(f.lambda()) * block.weight)});
            for (const Index i : block.indices) is_penalised[static_cast<std::size_t>(i)] = true;
        }
        for (Index i = 0; i < f.size(); ++i)
            if (!is_penalised[static_cast<std::size_t>(i)]) out.push_back({{i}, T(0)});
        return out;
    }

    template <CompositeObjective F>
    static Point evaluate(const F& f, const std::vector<Block>& blocks, Vector<T> x,
                          const T& damping, Report<T>& report) {
        Point out{std::move(x), T(0), {}, {}, T(0), T(0)};
        out.value = f.value(out.x);
        out.gradient = f.loss().gradient(out.x);
        out.hessian = dense_hessian(f.loss(), out.x);
        report.evaluations += 3;
        if (out.x.size() > 0) out.bound = out.hessian.cwiseAbs().colwise().sum().maxCoeff();
        out.certificate = residual(model_at(out, damping, f.penalty().exponent()), blocks);
        return out;
    }

    static Model model_at(const Point& at, const T& damping, Exponent exponent) {
        return {at, damping, exponent, T(at.bound / T(1'000'000)), at.x, at.gradient};
    }

    /// ‖(h_j Δ_j)_j‖ over the steps Δ_j that the blocks would take, each from the model's z.
    static T residual(const Model& model, const std::vector<Block>& blocks) {
        T sum(0);
        for (const Block& block : blocks) {
            const T h = curvature(model, block);
            sum += Vector<T>(aim(model, block, h) - gather(model.z, block.indices)).squaredNorm() *
                   h * h;
        }
        return square_root(sum);
    }

    /// P at z as the model has it: P(x) + g·s + ½ sᵀHs + λ(R(z) − R(x)), s = z − x.
    template <CompositeObjective F>
    static T value_of(const Model& model, const F& f) {
        const Vector<T> s = model.z - model.at.x;
        const Vector<T> slopes = model.at.gradient + model.residual - model.damping * s;
        return model.at.value + s.dot(slopes) / T(2) +
               T(f.lambda()) * (f.penalty().value(model.z) - f.penalty().value(model.at.x));
    }

    /// Solves the model with growing σ until P does not rise.
    template <CompositeObjective F, class Shows>
    std::optional<Stop> advance(const F& f, const std::vector<Block>& blocks, Point& at, T& damping,
                                Report<T>& report, const Shows& shows) const {
        const T unit = T(0) < at.bound ? at.bound : T(1);
        const T rounding = T(16) * rounding_unit<T>() * magnitude(at.value);
        bool was_finite = true;
        for (Index i = 0; i < s_.max_dampings; ++i) {
            Vector<T> z = solve_model(at, blocks, damping, f.penalty().exponent(), shows);
            if (z == at.x) break;
            const T value = f.value(z);
            ++report.evaluations;
            was_finite = is_finite(value);
            if (value <= at.value + rounding) {
                Point next = evaluate(f, blocks, std::move(z), damping, report);
                was_finite = next.is_finite();
                if (was_finite && (value < at.value || next.certificate < at.certificate)) {
                    at = std::move(next);
                    damping = damping < unit / T(1000) ? T(0) : T(damping / T(4));
                    return std::nullopt;
                }
            }
            damping = damping == T(0) ? T(unit / T(1000)) : T(T(4) * damping);
        }
        if (!was_finite) return Stop::non_finite;
        at.certificate = residual(model_at(at, damping, f.penalty().exponent()), blocks);
        if (at.certificate <= s_.tolerance) return Stop::converged;
        return at.certificate <= certificate_rounding(at) ? Stop::converged
                                                          : Stop::line_search_failed;
    }

    static T certificate_rounding(const Point& at) {
        const T scale = at.gradient.norm() + at.bound * at.x.norm();
        return T(64 * static_cast<long>(at.x.size())) * rounding_unit<T>() * scale;
    }

    /// Sweeps over everything, then over the support until it is solved, and again, until a full
    /// sweep changes nothing that matters.
    /// @param shows  asked after each sweep; false ends them.
    template <class Shows>
    Vector<T> solve_model(const Point& at, const std::vector<Block>& blocks, const T& damping,
                          Exponent exponent, const Shows& shows) const {
        Model model = model_at(at, damping, exponent);
        std::vector<const Block*> all, support;
        for (const Block& block : blocks) all.push_back(&block);
        for (Index sweeps = 0; sweeps < s_.max_sweeps;) {
            const T change = sweep(model, all);
            ++sweeps;
            if (!shows(model) || is_settled(model, change)) break;
            support.clear();
            for (const Block* block : all)
                if (!penalty::detail::is_zero_block(gather(model.z, block->indices)))
                    support.push_back(block);
            bool is_settled_there = false;
            while (sweeps < s_.max_sweeps && !is_settled_there) {
                is_settled_there = is_settled(model, sweep(model, support));
                ++sweeps;
                if (!shows(model)) return model.z;
            }
        }
        return model.z;
    }

    /// Half the tolerance, or what rounding of z does to the gradient. NaN settles too.
    bool is_settled(const Model& model, const T& change) const {
        const T rounding = rounding_unit<T>() * (model.at.bound + model.damping) * model.z.norm();
        const T enough = s_.tolerance / T(2) < rounding ? rounding : T(s_.tolerance / T(2));
        return !(enough < change);
    }

    /// One update of each block; returns ‖(h_j Δz_j)_j‖, the change in units of the gradient.
    static T sweep(Model& model, const std::vector<const Block*>& blocks) {
        T sum(0);
        for (const Block* block : blocks) {
            const T change = update(model, *block);
            sum += change * change;
        }
        return square_root(sum);
    }

    /// The prox step of one block with the curvature h.
    static Vector<T> aim(const Model& model, const Block& block, const T& h) {
        const Vector<T> moved =
            gather(model.z, block.indices) - gather(model.residual, block.indices) / h;
        if (block.strength == T(0)) return moved;
        return penalty::detail::block_prox(moved, T(block.strength / h), model.exponent);
    }

    static T update(Model& model, const Block& block) {
        const T h = curvature(model, block);
        const Vector<T> before = gather(model.z, block.indices);
        const Vector<T> after = aim(model, block, h);
        const Vector<T> change = after - before;
        for (Index k = 0; k < change.size(); ++k) {
            if (change[k] == T(0)) continue;
            const Index i = block.indices[static_cast<std::size_t>(k)];
            model.z[i] = after[k];
            model.residual += change[k] * model.at.hessian.col(i);
            model.residual[i] += model.damping * change[k];
        }
        return h * change.norm();
    }

    /// Gershgorin's bound of the block's curvature, exact for one coordinate, plus σ. Where it is
    /// not positive, the bound of the whole matrix, and where that is 0 as well, 1.
    static T curvature(const Model& model, const Block& block) {
        T bound(0);
        const bool is_single = block.indices.size() == 1;
        for (const Index i : block.indices) {
            T row(0);
            for (const Index j : block.indices) {
                const T entry = model.at.hessian(i, j);
                row += is_single ? entry : magnitude(entry);
            }
            if (bound < row) bound = row;
        }
        if (!(model.floor < bound)) bound = model.at.bound;
        bound += model.damping;
        return bound == T(0) ? T(1) : bound;
    }

    Settings s_;
};

}  // namespace hadamard::optim
