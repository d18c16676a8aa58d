#pragma once

#include "box.hpp"

#include <unordered_map>

namespace check {

/// The stationary points of a pattern for k = 2 and degree ≤ 2: A_SS β_S = b_S − (μ_i s_i)_S.
class LinearSystems {
public:
    enum class Outcome { none, stationary, many };
    struct Solution {
        Outcome outcome = Outcome::none;
        Fractions beta;    ///< Over S, if `stationary`: all s_iβ_i > 0.
        int negative = 0;  ///< Eigenvalues of A_SS.
    };

    explicit LinearSystems(const Problem& problem) : problem_(problem) {}

    Solution solve(const Pattern& pattern) {
        const std::vector<size_t>& S = pattern.support;
        const auto [found, is_new] = inverses_.try_emplace(pattern.on_support);
        if (is_new) found->second = inverse(principal(problem_.A, S));
        Integers right;
        for (const size_t i : S) right.push_back(problem_.b[i] - problem_.mu[i] * pattern.sign(i));
        Solution out;
        if (!found->second) {
            if (is_solvable(principal(problem_.A, S), right)) out.outcome = Outcome::many;
            return out;
        }
        for (size_t i = 0; i < S.size(); ++i) {
            mpz_class sum;
            for (size_t j = 0; j < S.size(); ++j) sum += found->second->numerator[i][j] * right[j];
            if (sign(sum) != pattern.sign(S[i])) return out;
            out.beta.push_back(quotient(sum, found->second->denominator));
        }
        out.outcome = Outcome::stationary;
        out.negative = negative_eigenvalues(principal(problem_.A, S));
        return out;
    }

private:
    const Problem& problem_;
    std::unordered_map<Coordinates, std::optional<Inverse>> inverses_;
};

}  // namespace check
