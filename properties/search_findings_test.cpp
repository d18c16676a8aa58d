/// @file
/// What searches found in the program itself, kept from coming back. See verify/search/FINDINGS.md.

#include "search/case.hpp"

#include <gtest/gtest.h>

namespace hadamard::search {
namespace {

/// λ = 2^−16: 500 steps move the error by less than 1 %, and slopes near 0 are no exponents.
TEST(Findings, SlopesBeforeAnythingMovesAreNoExponents) {
    const Trial trial = replayed(case_from_text(
        R"({"format":"hadamard-case","version":1,"claim":"dynamics.convergence-rate","mutant":"",)"
        R"("transfer":"hadamard_difference","depth":"2","digits":50,"choices":[1],)"
        R"("pins":[[2,"1/65536"]]})"));
    EXPECT_FALSE(trial.refuted());
    ASSERT_EQ(trial.undecided_reasons().size(), 1U);
    EXPECT_NE(trial.undecided_reasons().front().find("not yet asymptotic"), std::string::npos);
}

}  // namespace
}  // namespace hadamard::search
