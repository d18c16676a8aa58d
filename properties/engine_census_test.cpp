/// @file
/// Presence is membership: what the folders list is what the program knows, and what the README says.

#include "cli/verbs.hpp"
#include "engine/claim.hpp"
#include "hadamard/catalogue/any_loss.hpp"
#include "hadamard/catalogue/any_transfer.hpp"
#include "hadamard/catalogue/penalties.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace hadamard {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

const fs::path source = HADAMARD_SOURCE_DIR;

std::string text_of(const fs::path& file) {
    std::ifstream in(file);
    EXPECT_TRUE(in) << file;
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

/// Names of the files of a folder, without its subfolders.
Names files_of(const std::string& folder, const std::string& extension) {
    Names out;
    for (const auto& entry : fs::directory_iterator(source / folder))
        if (entry.path().extension() == extension) out.insert(entry.path().stem().string());
    return out;
}

template <class... Ps>
Names names_of(TypeList<Ps...>) {
    return {std::string(Ps::name)...};
}

std::string with_dashes(std::string name) {
    std::replace(name.begin(), name.end(), '_', '-');
    return name;
}

/// "chapter.slug" of every file under verify/claims/.
Names claim_files() {
    Names out;
    for (const auto& chapter : fs::directory_iterator(source / "verify/claims"))
        for (const std::string& slug :
             files_of("verify/claims/" + chapter.path().filename().string(), ".cpp"))
            out.insert(with_dashes(chapter.path().filename().string() + "." + slug));
    return out;
}

Names registered_claims() {
    Names out;
    for (const verify::Claim& claim : verify::claims()) out.insert(claim.id);
    return out;
}

TEST(Census, LossesPenaltiesAndTransfersAreThoseOfTheFolders) {
    const std::vector<std::string> losses = loss_names();
    EXPECT_EQ(Names(losses.begin(), losses.end()), files_of("lib/include/hadamard/losses", ".hpp"));
    EXPECT_EQ(names_of(catalogue::Penalties<double>()),
              files_of("lib/include/hadamard/penalties", ".hpp"));
    Names transfers;
    for (const TransferTraits& transfer : transfer_catalogue()) transfers.insert(transfer.name);
    EXPECT_EQ(transfers, files_of("lib/include/hadamard/transfers", ".hpp"));
}

TEST(Census, ClaimsAreThoseOfTheFolders) {
    EXPECT_EQ(registered_claims(), claim_files());
    Names doctored = claim_files();
    doctored.insert("svf.absent");
    EXPECT_NE(registered_claims(), doctored);
}

/// What a claim must have besides an id.
bool is_complete(const verify::Claim& claim) {
    const bool is_told = !claim.statement.empty() && !text_of(claim.hypotheses).empty() &&
                         !claim.source.empty() && !claim.argument.empty() && !claim.machine.empty();
    const bool mutants_are_told =
        std::all_of(claim.mutants.begin(), claim.mutants.end(), [](const verify::Mutant& mutant) {
            return !mutant.id.empty() && !mutant.statement.empty() && !mutant.why.empty();
        });
    return is_told && mutants_are_told && claim.mutants.size() >= 2 && claim.default_cases > 0;
}

TEST(Census, ClaimsAreComplete) {
    for (const verify::Claim& claim : verify::claims()) {
        EXPECT_TRUE(is_complete(claim)) << claim.id;
        verify::Claim doctored = claim;
        doctored.mutants.resize(1);
        EXPECT_FALSE(is_complete(doctored));
    }
}

TEST(Census, ClaimsHaveTheirDocstring) {
    for (const std::string& id : claim_files()) {
        std::string path = id;
        std::replace(path.begin(), path.end(), '-', '_');
        std::replace(path.begin(), path.end(), '.', '/');
        const std::string text = text_of(source / "verify/claims" / (path + ".cpp"));
        EXPECT_TRUE(text.starts_with("/// @claim " + id + "\n")) << id;
        for (const char* heading :
             {"Statement", "Hypotheses", "Source", "Argument", "Machine", "Mutants"})
            EXPECT_NE(text.find("\n/// " + std::string(heading) + " "), std::string::npos)
                << id << " has no " << heading;
    }
}

/// What stands in the README between the markers of this name.
std::string marked_in_readme(const std::string& name) {
    const std::string readme = text_of(source / "README.md");
    const std::string open = "<!-- " + name + " -->\n", close = "<!-- /" + name + " -->";
    const std::size_t begin = readme.find(open), end = readme.find(close);
    if (begin == std::string::npos || end == std::string::npos) return "no such markers";
    const std::size_t first = begin + open.size();
    return readme.substr(first, end - first);
}

TEST(Census, TheReadmeHasTheTableOfTheProgram) {
    EXPECT_EQ(marked_in_readme("claims"), cli::claims_table())
        << "put the output of `./hadamard claims --markdown` between the markers";
}

TEST(Census, TheSiteHasTheClaimsOfTheProgram) {
    const std::string stored = text_of(source / "docs/claims.json");
    EXPECT_EQ(nlohmann::ordered_json::parse(stored).at("claims"), cli::catalogue_json())
        << "run ./hadamard claims --json docs/claims.json";
}

/// What figures are about: claims with their transfers and mutants.
std::map<std::string, std::pair<Names, Names>> subjects_of(const nlohmann::json& claims) {
    std::map<std::string, std::pair<Names, Names>> out;
    for (const nlohmann::json& claim : claims) {
        auto& [transfers, mutants] = out[claim.at("id")];
        transfers = claim.at("transfers").get<Names>();
        for (const nlohmann::json& mutant : claim.at("mutants"))
            mutants.insert(mutant.at("id").get<std::string>());
    }
    return out;
}

TEST(Census, TheFiguresOfTheReadmeAreNotStale) {
    constexpr const char* advice = "run bench/figures/regenerate";
    const std::string stored = text_of(source / "bench/figures/figures.json");
    const nlohmann::ordered_json figures = nlohmann::ordered_json::parse(stored);
    EXPECT_EQ(marked_in_readme("figures"), cli::figures_table(figures)) << advice;
    nlohmann::json present = cli::catalogue_json();
    EXPECT_EQ(subjects_of(figures["claims"]), subjects_of(present)) << advice;
    present[0]["mutants"].erase(0);
    EXPECT_NE(subjects_of(figures["claims"]), subjects_of(present));
}

TEST(Census, TheFiguresAreThoseOfTheTheory) {
    const nlohmann::json figures =
        nlohmann::json::parse(text_of(source / "bench/figures/figures.json"));
    std::set<long> seeds;
    for (const nlohmann::json& run : figures["runs"]) seeds.insert(run["seed"].get<long>());
    EXPECT_GE(seeds.size(), 20U);
    for (const nlohmann::json& claim : figures["claims"]) {
        SCOPED_TRACE(claim["id"]);
        EXPECT_EQ(claim["refuted"], 0);
        for (const nlohmann::json& mutant : claim["mutants"])
            EXPECT_EQ(mutant["killed"], mutant["runs"]) << mutant["id"];
    }
}

}  // namespace
}  // namespace hadamard
