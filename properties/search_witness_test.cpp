/// @file
/// A counterexample to minima.unregularized/without-openness, found by hadamard search.
/// Beside the tests in properties/, as search_<name>_test.cpp, it is built and run.

#include "search/case.hpp"

#include <gtest/gtest.h>

namespace hadamard::search {
namespace {

constexpr const char* text =
    R"json({"format":"hadamard-case","version":1,"claim":"minima.unregularized","mutant":"without-openness","transfer":"group_product","depth":"2","digits":50,"choices":[],"pins":[]})json";

constexpr const char* printed =
    R"json({"transfer":"group_product","depth":"2","base_size":2,"groups":[[0,1]],"lambda":"0","loss":[{"direction":["1","0"],"coefficients_of_powers_of_s":["0","0","1"]},{"direction":["0","1"],"coefficients_of_powers_of_s":["0","0","-1/2"]},{"direction":["1","0"],"coefficients_of_powers_of_s":["0","0","0","0","1"]},{"direction":["0","1"],"coefficients_of_powers_of_s":["0","0","0","0","1"]}],"loss_centre":["0","0"],"surrogate_point":["1","1","0"],"base":"not a minimizer: exact gradient or inertia","surrogate":"a minimizer: L o K >= 0 within 2^-3","part":"minimizer of L o K iff of L"})json";

TEST(Witness_876b93d3dd95, minima_unregularized_without_openness) {
    const Trial trial = replayed(case_from_text(text));
    ASSERT_TRUE(trial.refuted());
    EXPECT_EQ(trial.witness(), nlohmann::ordered_json::parse(printed));
}

}  // namespace
}  // namespace hadamard::search
