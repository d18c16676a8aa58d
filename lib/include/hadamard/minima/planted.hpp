#pragma once

/// @file
/// Instances whose answer is known by construction, to judge the judges by. Exact over `Rational`.

#include "hadamard/core/specification.hpp"
#include "hadamard/minima/decision.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hadamard::minima {

/// How the planted point is stationary. H = ∇²P on the support and ψ; borders: zero blocks with
/// |g_j| = λ w_j, S their Schur complement (`judge_degenerate_base`).
enum class PlantedKind {
    minimizer,      ///< Strict slopes at zero blocks, H positive definite.
    saddle,         ///< H has negative and positive eigenvalues.
    maximum,        ///< H negative definite: a local maximum of P on its support.
    steep,          ///< A zero block with |g_j| > λ w_j.
    border_convex,  ///< q = 1, borders, L convex.
    border_up,      ///< q = 1, borders, S strictly copositive; L need not be convex.
    border_down,    ///< q = 1, borders, S not copositive.
    border_open,    ///< q = 1, borders, S copositive but not strictly: no rule, truth unknown.
    flat,           ///< q = 1, L convex, a segment of minimizers.
    cubic,          ///< H singular, P of third order along its kernel.
    quartic_up,     ///< H singular, P grows at order 4 along the valley over its kernel.
    quartic_down,   ///< Likewise, P descends.
};

inline constexpr std::array<std::pair<PlantedKind, std::string_view>, 12> planted_kinds = {{
    {PlantedKind::minimizer, "minimizer"},
    {PlantedKind::saddle, "saddle"},
    {PlantedKind::maximum, "maximum"},
    {PlantedKind::steep, "steep zero"},
    {PlantedKind::border_convex, "border, convex"},
    {PlantedKind::border_up, "border, grows"},
    {PlantedKind::border_down, "border, descends"},
    {PlantedKind::border_open, "border, open"},
    {PlantedKind::flat, "flat set"},
    {PlantedKind::cubic, "cubic"},
    {PlantedKind::quartic_up, "quartic, grows"},
    {PlantedKind::quartic_down, "quartic, descends"},
}};

/// What the construction says; `undecided` where it says nothing.
constexpr Outcome truth_of(PlantedKind kind) {
    switch (kind) {
        case PlantedKind::minimizer:
        case PlantedKind::border_convex:
        case PlantedKind::border_up:
        case PlantedKind::flat:
        case PlantedKind::quartic_up: return Outcome::minimizer;
        case PlantedKind::border_open: return Outcome::undecided;
        default: return Outcome::not_minimizer;
    }
}

/// A point of the surrogate space over the planted one.
struct PlantedPreimage {
    Vector<Rational> point;
    Outcome truth = Outcome::undecided;
    std::string_view how;  ///< "lift", "symmetric", "rotated", "unbalanced".
};

struct Planted {
    Instance instance;
    Vector<Rational> base_point;
    Outcome truth = Outcome::undecided;     ///< Of the base point.
    std::vector<PlantedPreimage> preimages;  ///< The lift first.
};

struct PlantedOptions {
    bool intercept = false;            ///< An unpenalised coordinate before the others.
    std::string loss = "quadratic";    ///< Or "least_squares", "polynomial".
    Rational scale = 1;                ///< Multiplies the factors t_i.
    std::optional<Rational> lambda;    ///< Drawn when absent.
    /// X of a least-squares problem, drawn when absent; n × size.
    std::optional<Matrix<Rational>> design;
};

/// A planted instance of this kind for a transfer; nothing when the draw does not admit the kind.
///
/// Exact     every number is rational; the points over the base point are exact.
/// Source    the conditions of `judge_base` for P. That they decide Q at M as well is what
///           minima.base-to-surrogate and minima.surrogate-to-base state; that points over θ outside M
///           are no minimizers, minima.balance.
/// @throws InputError for a transfer spec that is none; NotRepresentable if its lift is irrational.
std::optional<Planted> planted_instance(const TransferSpec& transfer, PlantedKind kind,
                                        std::uint64_t seed, const PlantedOptions& options = {});

}  // namespace hadamard::minima
