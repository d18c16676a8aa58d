#pragma once

/// @file
/// Instances whose answer is known by construction, to judge the judges by. Exact over `Rational`.

#include "hadamard/catalogue/problem.hpp"
#include "hadamard/minima/decision.hpp"

#include <array>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace hadamard::minima {

/// How the planted point is stationary.
enum class PlantedKind {
    minimizer,   ///< Strict slopes at zero blocks, positive definite Hessian on the rest.
    saddle,      ///< Negative curvature on the support, or at q = 1 a slope |g_j| > λ w_j.
    degenerate,  ///< |g_j| = λ w_j exactly (q = 1), or a singular Hessian on the support.
};

/// A quadratic problem and a stationary point of P and its lift to Q, with the right answer.
struct Planted {
    Instance instance;
    Vector<Rational> base_point;
    Vector<Rational> surrogate_point;    ///< lift(base_point), in M.
    Outcome truth = Outcome::undecided;  ///< Of both points; `minimizer` or `not_minimizer`.
};

namespace detail {

/// Plants points for one transfer; every choice is made by `rng() % n`, alike on every platform.
///
/// With θ chosen so that all powers are rational and the loss gradient g chosen at every block,
/// b = Aθ − g makes θ stationary. H = A + λ∇²R on the support then decides:
///   minimizer   A = BᵀB + (ρ+1) I with ρ ≥ λ‖∇²R‖, so that H ⪰ I; |g_j| < λ w_j at zero blocks
///   saddle      the same A less (A_ii + ρ + 1) e_i e_iᵀ, so that H_ii ≤ −1; or |g_j| > λ w_j
///   degenerate  |g_j| = λ w_j with A ≻ 0: P is convex, θ a global minimizer. Or along e = θ_j/‖θ_j‖,
///               with −c = λ w_j q(q−1)‖θ_j‖^{q−2} = eᵀ(λ∇²R)e: A = c e eᵀ + Π(BᵀB + (ρ+1) I)Π,
///               Π = I − e eᵀ, so that He = 0. At q = 1 P is convex and flat along e: a minimizer.
///               At q < 1 P(θ + te) has a cubic term and no quadratic one: not a minimizer.
class Planter {
public:
    Planter(const TransferSpec& transfer, bool intercept, std::uint64_t seed) : rng_(seed) {
        instance_.transfer = transfer;
        instance_.lambda = positive(4);
        if (intercept) instance_.unpenalised = {0};
        size_ = transfer.base_size + (intercept ? 1 : 0);
        instance_.loss.kind = "quadratic";
        instance_.loss.A = Matrix<Rational>::Identity(size_, size_);
        instance_.loss.b = Vector<Rational>::Constant(size_, Rational(0));
    }

    Planted plant(PlantedKind kind) {
        const AnyPenalty<Rational> R = ProblemFamily(instance_).over<Rational>().base.penalty();
        const bool q_is_one = R.exponent() == Exponent(1);
        draw_point(R);
        const bool at_zero_block = q_is_one && zero_block_ && rng_() % 2 == 0;
        const bool special_slope = at_zero_block && kind != PlantedKind::minimizer;
        draw_gradient(R, special_slope ? kind : PlantedKind::minimizer);
        draw_hessian(R, special_slope ? PlantedKind::minimizer : kind);
        instance_.loss.b = instance_.loss.A * point_ - gradient_;

        Planted out;
        out.instance = instance_;
        out.base_point = point_;
        out.surrogate_point =
            ProblemFamily(instance_).over<Rational>().surrogate.transfer().lift(point_);
        const bool is_minimizer =
            kind == PlantedKind::minimizer || (kind == PlantedKind::degenerate && q_is_one);
        out.truth = is_minimizer ? Outcome::minimizer : Outcome::not_minimizer;
        return out;
    }

private:
    using Block = PenaltyBlock<Rational>;

    Rational positive(int size) {
        static constexpr std::array<int, 4> denominators = {1, 2, 3, 4};
        const int p = 1 + static_cast<int>(rng_() % static_cast<std::uint64_t>(size));
        return Rational(p, denominators[rng_() % denominators.size()]);
    }

    Rational sign() { return rng_() % 2 == 0 ? Rational(1) : Rational(-1); }

    /// A rational vector of length 1 on the block, 0 elsewhere.
    Vector<Rational> direction(const Block& block) {
        Vector<Rational> out = Vector<Rational>::Constant(size_, Rational(0));
        const std::size_t n = block.indices.size(), first = rng_() % n;
        if (n == 1 || rng_() % 3 == 0) {
            out[block.indices[first]] = sign();
        } else {
            out[block.indices[first]] = sign() * Rational(3, 5);
            out[block.indices[(first + 1) % n]] = sign() * Rational(4, 5);
        }
        return out;
    }

    /// Lengths t^p, p the numerator of k: then ‖θ_j‖^{1/k} and ‖θ_j‖^{q−1} are rational. One block is
    /// nonzero.
    void draw_point(const AnyPenalty<Rational>& R) {
        const std::vector<Block> blocks = R.blocks();
        const std::size_t nonzero = rng_() % blocks.size();
        point_ = Vector<Rational>::Constant(size_, Rational(0));
        for (Index i : instance_.unpenalised) point_[i] = positive(6) - 1;
        for (std::size_t j = 0; j < blocks.size(); ++j) {
            if (j != nonzero && rng_() % 2 == 0) {
                zero_block_ = true;
                special_ = j;
                continue;
            }
            const Rational t = positive(3);
            const Rational length = abs_power(t, Exponent(instance_.transfer.depth.num()));
            const Vector<Rational> unit = direction(blocks[j]);
            point_ += length * unit;
            if (j == nonzero) {
                along_ = unit;
                length_ = length;
                weight_ = blocks[j].weight;
            }
        }
    }

    /// −λ∇R on the support, 0 on ψ; at zero blocks below, above or on the border λ w_j.
    void draw_gradient(const AnyPenalty<Rational>& R, PlantedKind slope) {
        const std::vector<Block> blocks = R.blocks();
        gradient_ = -instance_.lambda * R.gradient(point_);
        for (std::size_t j = 0; j < blocks.size(); ++j) {
            const IndexList& indices = blocks[j].indices;
            const bool is_zero_block = std::all_of(indices.begin(), indices.end(),
                                                   [&](Index i) { return point_[i] == 0; });
            if (!is_zero_block) continue;
            Rational share(static_cast<int>(rng_() % 4), 4);
            if (j == special_ && slope == PlantedKind::saddle) share = 1 + positive(2);
            if (j == special_ && slope == PlantedKind::degenerate) share = 1;
            gradient_ += share * instance_.lambda * blocks[j].weight * direction(blocks[j]);
        }
    }

    void draw_hessian(const AnyPenalty<Rational>& R, PlantedKind curvature) {
        const Matrix<Rational> bend = instance_.lambda * R.hessian(point_);
        Rational bound(1);
        for (Index i = 0; i < size_; ++i)
            for (Index j = 0; j < size_; ++j) bound += magnitude(bend(i, j));
        Matrix<Rational> B(size_, size_);
        for (Index i = 0; i < size_; ++i)
            for (Index j = 0; j < size_; ++j) B(i, j) = static_cast<int>(rng_() % 5) - 2;
        const Matrix<Rational> identity = Matrix<Rational>::Identity(size_, size_);
        Matrix<Rational> A = B.transpose() * B;
        A += bound * identity;
        if (curvature == PlantedKind::saddle) {
            Index i = 0;
            while (along_[i] == 0) ++i;
            A(i, i) = -bound;
        }
        if (curvature == PlantedKind::degenerate) {
            const Rational q = R.exponent().as<Rational>();
            const Rational c =
                -instance_.lambda * weight_ * q * (q - 1) * abs_power(length_, R.exponent() - 2);
            const Matrix<Rational> onto = along_ * along_.transpose();
            const Matrix<Rational> off = identity - onto;
            const Matrix<Rational> rest = A * off;
            A = off * rest;
            A += c * onto;
        }
        instance_.loss.A = A;
    }

    std::mt19937_64 rng_;
    Instance instance_;
    Index size_ = 0;
    Vector<Rational> point_, gradient_;
    Vector<Rational> along_;  // θ_j/‖θ_j‖ of a nonzero block, with its length and weight
    Rational length_, weight_;
    bool zero_block_ = false;
    std::size_t special_ = 0;  // a zero block, when there is one
};

}  // namespace detail

/// A planted instance of this kind for a transfer, with an unpenalised intercept if asked for.
///
/// Exact     every number is rational; both points are exactly stationary on their supports.
/// Source    the conditions of THEORY.md section 4 for P. That they decide Q at the lift as well is what
///           minima.base-to-surrogate and minima.surrogate-to-base state.
/// @throws InputError for a transfer spec that is none.
inline Planted planted_instance(const TransferSpec& transfer, PlantedKind kind, std::uint64_t seed,
                                bool intercept = false) {
    return detail::Planter(transfer, intercept, seed).plant(kind);
}

}  // namespace hadamard::minima
