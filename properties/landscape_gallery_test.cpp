/// @file
/// The instances of the gallery still have the landscapes that their committed certificates state.

#include "landscape/mutant.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <string>

namespace hadamard::landscape {
namespace {

using Json = nlohmann::json;

const std::filesystem::path gallery = HADAMARD_SOURCE_DIR "/verify/landscape/gallery";

struct Statement {
    std::string verdict, sentence;

    friend bool operator==(const Statement&, const Statement&) = default;
};

Statement committed(const std::string& name) {
    std::ifstream file(gallery / "certificates" / (name + ".cert"));
    const Json json = Json::parse(file);
    return {json["verdict"], json["sentence"]};
}

Statement found(const std::filesystem::path& instance) {
    const Question question = read_question(instance.string());
    const Problem problem = problem_of(question);
    if (question.mutant == Mutant::unregularized)
        return {refuted_unregularized(problem) ? "refuted" : "undecided", Refutation::sentence()};
    const Landscape landscape = landscape_of(problem, {});
    if (question.mutant == Mutant::none) return {landscape.verdict, landscape.sentence};
    return {refuted_square(landscape) ? "refuted" : "undecided", Refutation::sentence()};
}

TEST(Gallery, IsWhatItsCertificatesState) {
    int instances = 0;
    for (const auto& entry : std::filesystem::directory_iterator(gallery)) {
        if (entry.path().extension() != ".json") continue;
        const std::string name = entry.path().stem().string();
        EXPECT_EQ(found(entry.path()), committed(name)) << name;
        ++instances;
    }
    EXPECT_GE(instances, 12);
}

/// With a larger penalty the lasso of the gallery has fewer stationary points, and says so.
TEST(Gallery, AnotherPenaltyIsAnotherStatement) {
    Question question = read_question((gallery / "lasso_3.json").string());
    question.instance.lambda *= 20;
    const Landscape landscape = landscape_of(problem_of(question), {});
    EXPECT_EQ(landscape.verdict, "proved");
    EXPECT_NE(landscape.sentence, committed("lasso_3").sentence);
}

}  // namespace
}  // namespace hadamard::landscape
