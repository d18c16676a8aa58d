#pragma once

#include "pattern.hpp"

#include <optional>
#include <unordered_map>

namespace check {

/// The stationary points of a pattern for k = 2 and degree ≤ 2: A_SS β_S = b_S − (μ_i s_i)_S.
class LinearSystems {
public:
    explicit LinearSystems(const Problem& problem);

    enum class Outcome { none, stationary, many };
    struct Solution {
        Outcome outcome;
        Fractions beta;    ///< Over S, if `stationary`: all s_iβ_i > 0.
        int negative = 0;  ///< Eigenvalues of A_SS.
    };
    Solution solve(const Pattern& pattern);

private:
    struct Support {
        Matrix<mpz_class> A;
        std::optional<Inverse> inverted;
    };
    const Support& support(const Pattern& pattern);

    const Problem* problem_;
    Matrix<mpz_class> A_;  ///< `scale`·A.
    Integers b_;           ///< `scale`·b.
    std::unordered_map<Coordinates, Support> supports_;
};

}  // namespace check
