#pragma once

/// @file
/// False variants of the theory that an instance may name, and their refutations (FORMAT.md
/// section 12).

#include "landscape/landscape.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <vector>

namespace hadamard::landscape {

enum class Mutant { none, square, unregularized };
std::string to_string(Mutant mutant);

/// What a file asks: an instance, and which variant of the theory it is put to.
struct Question {
    Instance instance;
    Mutant mutant = Mutant::none;
};

/// @throws InputError
Question question_from_json(nlohmann::json json);
Question read_question(const std::string& path);

/// The problem of a question whose transfer and λ its mutant takes.   @throws InputError
Problem problem_of(const Question& question);

/// A local minimizer of the mutant's Q whose image does not minimize P.
struct Refutation {
    Problem problem;
    Mutant mutant = Mutant::none;
    Bound bound;
    std::vector<Region> regions;  ///< square: the one below the minimizer
    std::vector<int> edge;        ///< square: P decreases along −e_i.
    std::vector<Rational> u;      ///< unregularized: the minimizer is (u; 0, …, 0).

    static std::string sentence();
};

/// square: among the orbits of hadamard_product, depth 2, one with β ≥ 0 and J positive definite whose
/// slopes off the support are inside (−λw_i, λw_i) or above it, one at least above.
std::optional<Refutation> refuted_square(const Landscape& landscape);

/// unregularized: u with uᵀHu > 0, H = ∇²L(0) with a negative eigenvalue and ∇L(0) = 0.
std::optional<Refutation> refuted_unregularized(const Problem& problem);

/// uᵀMu > 0 for a symmetric M, if there is such a u: e_i, then e_i ± e_j, then by elimination.
std::optional<std::vector<Rational>> positive_direction(std::vector<std::vector<Rational>> M);

}  // namespace hadamard::landscape
