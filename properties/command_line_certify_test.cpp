/// @file
/// `hadamard certify` as a user types it: what it writes, exit codes, and bad input.

#include "program.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <tuple>

namespace {

using hadamard::Outcome;
using hadamard::text_of;
using hadamard::Words;
using nlohmann::json;

class Certify : public hadamard::Program {
protected:
    static std::string gallery(const std::string& name) {
        return HADAMARD_SOURCE_DIR "/verify/landscape/gallery/" + name + ".json";
    }

    std::string cert() const { return file("cert").string(); }

    Outcome certify(const std::string& instance, const Words& more = {}) const {
        return run(hadamard::with({"certify", instance, "--out", cert(), "--quiet"}, more));
    }

    /// Exit 2, one line that names these, no output and no certificate.
    void expect_refused(const std::string& content, const Words& wanted,
                        const Words& more = {}) const {
        const Outcome outcome = certify(written("input.json", content), more);
        EXPECT_EQ(outcome.status, 2) << content << outcome.out;
        EXPECT_EQ(outcome.out, "");
        EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
        for (const std::string& word : wanted)
            EXPECT_NE(outcome.err.find(word), std::string::npos)
                << outcome.err << " lacks " << word;
        EXPECT_FALSE(std::filesystem::exists(cert()));
    }

    /// A quadratic in two coordinates.
    static json quadratic() {
        return {{"loss", {{"kind", "quadratic"}, {"A", {{2, 1}, {1, 2}}}, {"b", {1, -1}}}},
                {"transfer", {{"kind", "hadamard_product"}, {"depth", 3}}},
                {"lambda", "1/10"}};
    }

    static json changed(const std::string& pointer, const json& value) {
        json out = quadratic();
        out[json::json_pointer(pointer)] = value;
        return out;
    }

    /// ½‖β‖² − Σ β_i in d coordinates.
    static json identity(int d) {
        json A = json::array();
        for (int i = 0; i < d; ++i) {
            A.push_back(json::array());
            for (int j = 0; j < d; ++j) A.back().push_back(i == j ? 1 : 0);
        }
        json out = quadratic();
        out["loss"] = {{"kind", "quadratic"}, {"A", A}, {"b", std::vector<int>(d, 1)}};
        return out;
    }

    /// Correlated and wide: minutes of search.
    static json slow() {
        json instance = identity(11);
        for (int i = 0; i < 11; ++i)
            for (int j = 0; j < 11; ++j)
                if (i != j) instance["loss"]["A"][i][j] = "1/3";
        return instance;
    }
};

TEST_F(Certify, ExitCodesAreThoseOfTheVerdict) {
    for (const auto& [name, status] :
         {std::pair("lasso_3", 0), std::pair("mutant_square", 1), std::pair("degenerate_l1", 3)}) {
        const Outcome outcome = certify(gallery(name));
        EXPECT_EQ(outcome.status, status) << name << outcome.err;
        const json certificate = json::parse(text_of(cert()));
        EXPECT_NE(outcome.out.find(certificate["sentence"].get<std::string>()), std::string::npos);
    }
}

TEST_F(Certify, ResultAsJsonAndPictures) {
    for (const char* name : {"scalar_2_3_above_global", "himmelblau_l1"}) {
        const std::string picture = file("picture.svg").string();
        const Outcome outcome = certify(gallery(name), {"--json", "-", "--plot", picture});
        ASSERT_EQ(outcome.status, 0) << outcome.err;
        const json result = json::parse(outcome.out);
        EXPECT_EQ(result["verdict"], "proved");
        EXPECT_EQ(result["base"]["minimizers"].size(), result["surrogate"]["minimizer_orbits"]);
        EXPECT_EQ(result["surrogate"]["points"].size(), result["surrogate"]["stationary_orbits"]);
        EXPECT_TRUE(text_of(picture).starts_with("<svg"));
    }
}

TEST_F(Certify, TheSecondEnumerationAgrees) {
    const Outcome outcome = certify(gallery("lasso_3"), {"--cross-check", "--json", "-"});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(json::parse(outcome.out)["cross_check"]["outcome"], "agrees");
}

TEST_F(Certify, WithoutABoundTheBoxIsTold) {
    const json cubic = changed("/loss", {{"kind", "polynomial"},
                                         {"monomials",
                                          {{{"coefficient", 1}, {"exponents", {3, 0}}},
                                           {{"coefficient", 1}, {"exponents", {0, 2}}}}}});
    const Outcome outcome = certify(written("input.json", cubic.dump()));
    EXPECT_EQ(outcome.status, 0);
    EXPECT_NE(outcome.out.find("restricted to a box: no sum of squares was found"),
              std::string::npos);
    EXPECT_NE(outcome.out.find("In the box where every factor of coordinate i is at most r_i in "
                               "size, and abs(beta_i) at most r_i^3, r = (65/16, 65/16): Q has"),
              std::string::npos)
        << outcome.out;
}

/// A transfer of the user's own is certified as what it is; its R is checked before.
TEST_F(Certify, TakesTransfersFromFiles) {
    const auto example = [](const std::string& name) {
        return HADAMARD_SOURCE_DIR "/examples/transfers/" + name + ".json";
    };
    const std::string instance = written("input.json", quadratic().dump());
    for (const auto& [file, name, depth] : {std::tuple("hpp", "hadamard_product", 2),
                                            std::tuple("depth_4", "hadamard_product", 4),
                                            std::tuple("u_v2", "shared_product", 3),
                                            std::tuple("difference", "hadamard_difference", 2)}) {
        const Outcome outcome = certify(instance, {"--transfer", example(file)});
        EXPECT_EQ(outcome.status, 0) << file << outcome.err;
        EXPECT_TRUE(outcome.out.starts_with(std::string(file) + " is " + name)) << outcome.out;
        const json transfer = json::parse(text_of(cert()))["instance"]["transfer"];
        EXPECT_EQ(transfer["kind"], name);
        EXPECT_EQ(transfer["depth"], depth);
        std::filesystem::remove(cert());
    }
    // S = u² + v² is twice that of hadamard_product.
    const std::string twice = written(
        "twice.json", R"({"name": "twice", "factors": ["u", "v"], "K": "v*u", "S": "u^2 + v^2"})");
    EXPECT_EQ(certify(instance, {"--transfer", twice}).status, 0);
    EXPECT_EQ(json::parse(text_of(cert()))["instance"]["lambda"], "1/5");
    std::filesystem::remove(cert());
    for (const char* bad : {"wrong_constant", "not_onto", "h4_broken", "u_abs_v_3_2"})
        expect_refused(quadratic().dump(), {bad}, {"--transfer", example(bad)});
    expect_refused(quadratic().dump(), {"--transfer"}, {"--transfer", "hadamard_product"});
}

TEST_F(Certify, SameInstanceSameCertificate) {
    ASSERT_EQ(certify(gallery("himmelblau_2_3")).status, 0);
    const std::string first = text_of(cert());
    ASSERT_EQ(certify(gallery("himmelblau_2_3")).status, 0);
    EXPECT_EQ(text_of(cert()), first);
}

TEST_F(Certify, BadInstancesAreNamed) {
    expect_refused("{\"loss\":", {"input.json"});
    expect_refused("", {"input.json"});
    expect_refused(std::string(100'000, '['), {"input.json"});
    expect_refused(changed("/lambda", 0.5).dump(), {"lambda", "float"});
    expect_refused(changed("/lambda", 0).dump(), {"lambda"});
    expect_refused(changed("/lambda", "-1").dump(), {"lambda"});
    expect_refused(changed("/loss/A", {{2, 1}, {0, 2}}).dump(), {"A", "symmetric"});
    expect_refused(changed("/loss/A", {{2, 1}}).dump(), {"A"});
    expect_refused(changed("/loss/b", {1}).dump(), {"b"});
    expect_refused(changed("/loss", {{"kind", "poisson"}, {"X", {{1, 0}}}, {"y", {1}}}).dump(),
                   {"poisson", "polynomial"});
    expect_refused(changed("/transfer/kind", "young_product").dump(),
                   {"young_product", "group_product"});
    expect_refused(changed("/transfer/depth", 9).dump(), {"depth", "5"});
    expect_refused(changed("/transfer/depth", "5/2").dump(), {"depth", "5"});
    expect_refused(changed("/transfer/weights", {1, -1}).dump(), {"weights"});
    expect_refused(changed("/mutant", "cube").dump(), {"mutant", "square"});
    expect_refused(changed("/version", "1").dump(), {"version"});
    expect_refused(identity(30).dump(), {"30", "patterns"});
    json sextic = quadratic();
    sextic["loss"] = {{"kind", "polynomial"},
                      {"monomials", {{{"coefficient", 1}, {"exponents", {8, 0}}}}}};
    expect_refused(sextic.dump(), {"degree 8", "6"});
    sextic["loss"]["monomials"][0]["coefficient"] = 0;  // the checker would not read it
    expect_refused(sextic.dump(), {"degree 8", "6"});
    json groups = quadratic();
    groups["transfer"] = {{"kind", "group_product"}, {"depth", 2}, {"groups", {{0}, {0, 1}}}};
    expect_refused(groups.dump(), {"groups"});
}

TEST_F(Certify, BadFlagsAreNamed) {
    expect_refused(identity(3).dump(), {"plot"}, {"--plot", file("picture.svg").string()});
    expect_refused(identity(9).dump(), {"27", "24"}, {"--cross-check"});
    expect_refused(quadratic().dump(), {"--leaves"}, {"--leaves", "0"});
    expect_refused(quadratic().dump(), {"--json", "INSTANCE"},
                   {"--json", file("input.json").string()});
    expect_refused(quadratic().dump(), {"--plot", "--out"}, {"--plot", cert()});
    EXPECT_EQ(run({"certify", gallery("lasso_3"), "--out", "-"}).status, 2);
    EXPECT_EQ(run({"certify", gallery("lasso_3"), "--out", "/nowhere/cert"}).status, 2);
    EXPECT_EQ(run({"certify", gallery("lasso_3")}).status, 2);
    EXPECT_EQ(certify("/nowhere.json").status, 2);
    EXPECT_EQ(certify("/").status, 2);
}

TEST_F(Certify, AClaimOfABoxAloneSaysSo) {
    const Outcome outcome = run({"certify", gallery("valley_l1"), "--out", cert(), "--json", "-",
                                 "--cross-check", "--plot", file("picture.svg").string()});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    const json result = json::parse(outcome.out);
    EXPECT_EQ(result["bound"], "sublevel");
    EXPECT_EQ(result["restricted"], true);
    EXPECT_EQ(result["edge"].size(), 2u);
    EXPECT_EQ(result["cross_check"]["outcome"], "agrees");
    const std::string sentence = result["sentence"];
    EXPECT_TRUE(sentence.starts_with("In the box where abs(beta_i) is at most r_i, r = ("));
    EXPECT_TRUE(sentence.ends_with("Nothing is proved beyond this box."));
    EXPECT_NE(hadamard::text_of(file("picture.svg")).find("the box alone"), std::string::npos);
    const Outcome table = run({"certify", gallery("valley_l1"), "--out", cert()});
    EXPECT_NE(table.out.find("restricted to a box: the loss is bounded below"), std::string::npos);
    EXPECT_NE(table.out.find(sentence), std::string::npos);
}

/// What is killed leaves its partial file beside what was there before.
TEST_F(Certify, AKillLeavesTheCertificateAsItWas) {
    written("cert", "as it was");
    const pid_t child = start_until_file(
        {"certify", written("input.json", slow().dump()), "--out", cert(), "--quiet"},
        "cert.partial");
    kill(child, SIGKILL);
    end_of(child);
    EXPECT_EQ(hadamard::text_of(cert()), "as it was");
}

TEST_F(Certify, AnInterruptLeavesNoCertificate) {
    const std::string input = written("input.json", slow().dump());
    const pid_t child =
        start_until_file({"certify", input, "--out", cert(), "--quiet"}, "cert.partial");
    kill(child, SIGINT);
    const Outcome outcome = end_of(child);
    EXPECT_EQ(outcome.status, 130);
    EXPECT_NE(outcome.err.find("interrupted"), std::string::npos);
    for (const auto& entry : std::filesystem::directory_iterator(home()))
        EXPECT_FALSE(entry.path().filename().string().starts_with("cert")) << entry;
}

}  // namespace
