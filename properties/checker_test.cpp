/// @file
/// `hadamard-check`: certificates of tiny instances are accepted, each reason to reject is met, and
/// no corruption of a certificate passes off a false statement. The corruptions also run over the
/// gallery in verify/landscape/gallery, once there is one.

#include "certificate.hpp"
#include "checker_group_certificates.hpp"
#include "temporary_directory.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>

#include <iostream>
#include <iterator>
#include <random>
#include <sstream>

namespace {

using check::Status;
using tiny::Certifier;
using tiny::Json;

struct Outcome {
    Status status = Status::accepted;
    std::string where, reason;
};

Outcome outcome(const std::string& text) {
    try {
        check::checked(check::parse(text));
        return {};
    } catch (const check::Failure& failure) {
        return {failure.status, failure.where, failure.reason};
    }
}
Outcome outcome(const Json& certificate) { return outcome(certificate.dump()); }

Json quadratic(const Json& A, const Json& b) { return {{"kind", "quadratic"}, {"A", A}, {"b", b}}; }
Json instance(const Json& loss, const char* transfer, int depth, const Json& lambda = 1) {
    return {
        {"loss", loss}, {"transfer", {{"kind", transfer}, {"depth", depth}}}, {"lambda", lambda}};
}
Json monomial(const Json& coefficient, const Json& exponents) {
    return {{"coefficient", coefficient}, {"exponents", exponents}};
}
Json polynomial(const Json& monomials) {
    return {{"kind", "polynomial"}, {"monomials", monomials}};
}

/// (x² + y − 11)² + (x + y² − 7)²
Json himmelblau() {
    return polynomial({monomial(1, {4, 0}), monomial(1, {0, 4}), monomial(2, {2, 1}),
                       monomial(2, {1, 2}), monomial(-21, {2, 0}), monomial(-13, {0, 2}),
                       monomial(-14, {1, 0}), monomial("-22.0", {0, 1}), monomial(170, {0, 0})});
}

Json rule(const char* name) { return {{"rule", name}}; }
Json energy(const Json& v) { return {{"rule", "energy"}, {"v", v}}; }
/// (1 − x)² + (y − x²)²: x∂_x + 2y∂_y of it is 2(x − ½)² + 4(y − x²)² − ½.
Json valley() {
    return polynomial({monomial(1, {0, 0}), monomial(-2, {1, 0}), monomial(1, {2, 0}),
                       monomial(1, {0, 2}), monomial(-2, {2, 1}), monomial(1, {4, 0})});
}
const Json valley_monomials = {{0, 0}, {1, 0}, {0, 1}, {2, 0}};
Json squares() {
    return {{"rule", "squares"},
            {"sigma", {1, 2}},
            {"constant", "1/2"},
            {"monomials", valley_monomials},
            {"gram", {"1/2", -1, 2, 0, 0, 4, 0, 0, -4, 4}}};
}
Json sublevel() {
    return {{"rule", "sublevel"},
            {"constant", 1},
            {"monomials", valley_monomials},
            {"gram", {1, -1, 1, 0, 0, 1, 0, 0, -1, 1}}};
}
Json coercive(const Json& radius) { return {{"rule", "coercive"}, {"radius", radius}}; }

Json simple() {  // ½(β − 2)² + β^{2/3} under u·v·w
    return Certifier(instance(quadratic({{1}}, {2}), "hadamard_product", 3, "1/2"), {energy({2})})
        .certificate();
}

/// λ = 9/2, b = 4, k = 3: G = t³ − 4 + 3/t has the double zero t = 1.
Json one_fold() {
    const Json fold = Json::parse(R"({"signs": "+", "kind": "fold", "outer": [["7p-3", "9p-3"]],
        "wide": [["7p-3", "9p-3"]], "v": ["1"], "W": [[]], "B": [], "spread": "1"})");
    return Certifier(instance(quadratic({{1}}, {4}), "hadamard_product", 3, "9/2"),
                     {energy({4}), 8, 40, true, false, Json::array({fold})})
        .certificate();
}

/// The same fold beside a coordinate that is zero, far above one, far below one.
Json more_folds() {
    const Json folds = Json::parse(R"([{"signs": "+0", "kind": "fold",
        "outer": [["7p-3", "9p-3"]], "wide": [["7p-3", "9p-3"]], "v": ["1"], "W": [[]], "B": [], "spread": "1"},
      {"signs": "++", "kind": "fold",
        "outer": [["31p-5", "33p-5"], ["5p-1", "7p-1"]], "wide": [["15p-4", "17p-4"], ["2", "4"]],
        "v": ["1", "0"], "W": [["1p-4"], ["1"]], "B": [["1"]], "spread": "1p-3"},
      {"signs": "++", "kind": "fold",
        "outer": [["31p-5", "33p-5"], ["7p-6", "15p-7"]], "wide": [["15p-4", "17p-4"], ["27p-8", "31p-8"]],
        "v": ["1", "0"], "W": [["0"], ["1"]], "B": [["-5p-15"]], "spread": "1p-12"}])");
    return Certifier(instance(quadratic({{1, 0}, {0, 1}}, {4, 27}), "hadamard_product", 3, "9/2"),
                     {energy({4, 27}), 16, 44, true, false, folds})
        .certificate();
}

using Named = std::vector<std::pair<std::string, Json>>;

void add_groups(Named& out) {
    const auto add = [&](const char* name, const Json& loss, const Json& transfer,
                         const Json& lambda, const Certifier::Options& options) {
        const Json problem = {{"loss", loss}, {"transfer", transfer}, {"lambda", lambda}};
        out.emplace_back(name, tiny::GroupCertifier(problem, options).certificate());
    };
    const auto transfer = [](const char* kind, int depth, const Json& groups = {},
                             const Json& weights = {}) {
        Json json = {{"kind", kind}, {"depth", depth}};
        if (!groups.empty()) json["groups"] = groups;
        if (!weights.empty()) json["weights"] = weights;
        return json;
    };
    const Json plane = quadratic({{2, 1}, {1, 3}}, {3, -2});
    const Json space = quadratic({{2, 1, 0}, {1, -2, "1/2"}, {0, "1/2", 3}}, {3, -2, 1});
    const Json wells = polynomial({monomial(1, {4, 0}), monomial(-2, {2, 0}), monomial(1, {0, 4}),
                                   monomial("-1/2", {1, 1}), monomial("-1/3", {0, 1})});
    add("group", plane, transfer("group_product", 2), 1, {energy({"11/5", "-7/5"})});
    add("group, k = 3", plane, transfer("group_product", 3), "1/2",
        {energy({"11/5", "-7/5"}), 32, 60});
    add("shared group, k = 2", plane, transfer("group_shared_product", 2, {{1}, {0}}, {1, "3/2"}),
        1, {rule("principal")});
    add("shared group, k = 4", plane, transfer("group_shared_product", 4), "1/4",
        {rule("principal")});
    add("groups, k = 2", space, transfer("group_product", 2, {{0}, {2, 1}}, {1, "1/2"}), 1,
        {rule("principal"), 8});
    add("groups, k = 3", space, transfer("group_shared_product", 3, {{2, 0}, {1}}, {2, 1}), "1/4",
        {rule("principal"), 8, 60});
    add("group of wells", wells, transfer("group_product", 2), "1/4", {coercive(4)});
    add("group of wells, k = 3", wells, transfer("group_product", 3), "1/8", {coercive(4)});
    add("group, maximum", quadratic({{-1, 0}, {0, -1}}, {-3, -4}), transfer("group_product", 2), 1,
        {rule("principal"), 8});
    add("group, box", plane, transfer("group_product", 2), 1, {rule("box"), 2});
    add("groups, squares", valley(), transfer("group_product", 2, {{0}, {1}}), 1, {squares(), 4});
    add("group, sublevel", valley(), transfer("group_product", 2), 1, {sublevel(), 4});
    add("group, leaves", plane, transfer("group_product", 3), "1/2",
        {rule("principal"), 4, 6, false});
    add("group, degenerate", quadratic({{1, 0}, {0, 1}}, {3, 4}), transfer("group_product", 2), 5,
        {rule("principal"), 16, 12});
}

/// The refutations of both mutants.
Named make_refutations() {
    Named out;
    const auto add = [&](const char* name, const Json& problem, const char* mutant,
                         const Json& regions, const Json& witness) {
        out.emplace_back(name, tiny::refutation(problem, mutant, regions, witness));
    };
    const Json corner =
        quadratic({{1, "1/2", 0}, {"1/2", 1, "1/4"}, {0, "1/4", 2}}, {3, -4, "1/4"});
    Json weighted = instance(corner, "hadamard_product", 2, "1/2");
    weighted["transfer"]["weights"] = {1, 2, "3/2"};
    add("square", weighted, "square", {{{"signs", "+00"}, {"kind", "exact"}, {"beta", {"5/2"}}}},
        {{"region", 0}, {"edge", {1}}});
    const Json quartic = instance(
        polynomial({monomial("1/4", {4, 0}), monomial(-2, {1, 0}), monomial("1/4", {0, 4}),
                    monomial("1/2", {0, 2}), monomial(5, {0, 1}), monomial("1/8", {1, 1})}),
        "hadamard_product", 2, "1/2");
    const Json landscape = Certifier(quartic, {coercive(16), 16}).certificate();
    Json region;
    for (const Json& other : landscape["regions"])
        if (other["signs"] == "+0" && other["kind"] == "root") region = other;
    add("square, quartic", quartic, "square", Json::array({region}),
        {{"region", 0}, {"edge", {1}}});
    add("unregularized", instance(quadratic({{1, 2}, {2, -1}}, {0, 0}), "group_product", 2, 0),
        "unregularized", Json::array(), {{"u", {1, "1/2"}}});
    add("unregularized, k = 5",
        instance(polynomial({monomial(1, {4, 0}), monomial("-1/2", {2, 0}), monomial(1, {0, 4}),
                             monomial("1/3", {0, 2}), monomial(1, {3, 0})}),
                 "group_product", 5, 0),
        "unregularized", Json::array(), {{"u", {"1/2", 2}}});
    return out;
}

Named make_certificates() {
    Named out;
    const auto add = [&](const char* name, const Json& problem, const Certifier::Options& options) {
        out.emplace_back(name, Certifier(problem, options).certificate());
    };
    out.emplace_back("simple", simple());
    Json weighted = instance(
        {{"kind", "least_squares"}, {"X", {{1, "1/2"}, {"0.5", 2}, {1, 1}}}, {"y", {3, -2, 1}}},
        "hadamard_difference", 3, "0.3");
    weighted["transfer"]["weights"] = {1, "3/4"};
    add("difference", weighted, {rule("principal")});
    add("combinations", weighted, {rule("principal"), 4, 40, false, true});
    add("himmelblau, shared", instance(himmelblau(), "shared_product", 2), {coercive(10), 16});
    add("himmelblau, product", instance(himmelblau(), "hadamard_product", 4), {coercive(10)});
    add("himmelblau, k = 2", instance(himmelblau(), "hadamard_product", 2),
        {coercive(10), 16, 60, false});
    add("indefinite", instance(quadratic({{1, 2}, {2, -1}}, {3, 1}), "shared_product", 3, "1/4"),
        {rule("principal")});
    add("difference, k = 5", instance(quadratic({{2}}, {3}), "hadamard_difference", 5, "1/4"),
        {energy({"3/2"})});
    add("difference, k = 4", instance(quadratic({{2}}, {3}), "hadamard_difference", 4, "1/4"),
        {energy({"3/2"})});
    add("box", instance(quadratic({{-1}}, {1}), "hadamard_product", 3, "1/4"), {rule("box")});
    // G = t³ − 2 + 1/(3t) is zero at 1.19 too, beyond the edge: a region around it holds the edge.
    add("box, zero beyond", instance(quadratic({{1}}, {2}), "hadamard_product", 3, "1/2"),
        {rule("box"), 1.125});
    add("squares", instance(valley(), "hadamard_product", 2, "2/5"), {squares(), 4});
    // L does not depend on the other coordinate: any σ > 0 does.
    add("squares, one flat",
        instance(polynomial({monomial("1/2", {2, 0}), monomial(-2, {1, 0}), monomial(0, {0, 1})}),
                 "hadamard_product", 3, "1/2"),
        {{{"rule", "squares"},
          {"sigma", {1, 1}},
          {"constant", 1},
          {"monomials", {{0, 0}, {1, 0}}},
          {"gram", {1, -1, 1}}}});
    add("sublevel", instance(valley(), "hadamard_product", 2, "2/5"), {sublevel(), 5});
    add("sublevel, k = 3", instance(valley(), "shared_product", 3, "3/4"), {sublevel(), 2});
    add("leaves", instance(quadratic({{1, 0}, {0, 1}}, {3, 2}), "hadamard_product", 3, "1/2"),
        {energy({3, 2}), 4, 5, false});
    add("energy, k = 2", instance(quadratic({{1, 1}, {1, 2}}, {3, "1/2"}), "hadamard_product", 2),
        {energy({"11/2", "-5/2"}), 4});
    add("outside",
        instance(polynomial({monomial("1/2", {2}), monomial("-1001/1000", {1})}),
                 "hadamard_product", 2, "1002/1000"),
        {coercive(3), 4, 40, false});
    add("degenerate", instance(quadratic({{2, 0}, {0, 1}}, {5, 1}), "hadamard_product", 2),
        {rule("linear")});
    add("degenerate root", instance(quadratic({{2, 0}, {0, 1}}, {5, 1}), "hadamard_product", 2),
        {coercive(8), 8, 30});
    add("lines", instance(quadratic({{1, 1}, {1, 1}}, {3, 3}), "hadamard_product", 2),
        {rule("linear")});
    add("flat", instance(quadratic({{0}}, {1}), "hadamard_difference", 2), {rule("linear")});
    add("linear saddle", instance(quadratic({{1, 3}, {3, 1}}, {7, 5}), "shared_product", 2),
        {rule("linear")});
    add("linear maximum", instance(quadratic({{-1}}, {-3}), "hadamard_product", 2),
        {rule("linear")});
    add("sextic",
        instance(polynomial({monomial("0.01", {6}), monomial("-0.5", {4}), monomial(4, {2}),
                             monomial("-0.5", {3})}),
                 "hadamard_product", 3, "0.1"),
        {coercive(60), 4});
    out.emplace_back("one fold", one_fold());
    out.emplace_back("more folds", more_folds());
    add_groups(out);
    return out;
}

const Named& certificates() {
    static const auto out = make_certificates();
    return out;
}
const Named& refutations() {
    static const auto out = make_refutations();
    return out;
}
const Json& certificate(const std::string& name) {
    for (const Named* list : {&certificates(), &refutations()})
        for (const auto& [other, json] : *list)
            if (other == name) return json;
    throw std::logic_error(name);
}

TEST(Checker, AcceptsRightCertificates) {
    for (const Named* list : {&certificates(), &refutations()})
        for (const auto& [name, json] : *list) {
            const Outcome got = outcome(json);
            EXPECT_EQ(got.status, Status::accepted)
                << name << ": " << got.where << ": " << got.reason;
        }
}

TEST(Checker, CountsWhatIsKnown) {
    // Lasso with A = 1: one point each. A double well's 3 minima, 2 saddles … by hand: β = 0 is one
    // too for k ≥ 3, and G = t³ − 2 + 1/(3t) has two zeros.
    EXPECT_EQ(certificate("simple")["surrogate"]["stationary_orbits"], 3);
    EXPECT_EQ(certificate("simple")["base"]["minimizers"], 2);
    // 13 stationary points of Himmelblau's function are not far from where λ = 1 puts them.
    EXPECT_EQ(certificate("himmelblau, k = 2")["verdict"], "proved");
    EXPECT_EQ(certificate("one fold")["verdict"], "undecided");
    // L = ½‖β − b‖² with a minus: on the line of b = (3, 4), ‖β‖ = ‖b‖ + μ, and β = 0.
    EXPECT_EQ(certificate("group, maximum")["base"]["stationary"], 1);
    EXPECT_EQ(certificate("group, maximum")["base"]["points"][0]["class"], "maximizer");
    for (const auto& [name, json] : refutations())
        EXPECT_TRUE(tiny::Refuted(json).is_true()) << name;
}

/// One change of a certificate, and what must come of it.
struct Change {
    std::string certificate;
    std::vector<std::pair<std::string, Json>> edits;  ///< JSON pointer and new value; null deletes.
    Status status;
    std::string reason;  ///< A part of it.
};

Json edited(Json json, const Change& change) {
    for (const auto& [path, value] : change.edits) {
        const Json::json_pointer pointer(path);
        if (!value.is_null())
            json[pointer] = value;
        else if (json[pointer.parent_pointer()].is_array())
            json[pointer.parent_pointer()].erase(std::stoul(pointer.back()));
        else
            json[pointer.parent_pointer()].erase(pointer.back());
    }
    return json;
}

std::string tree(const std::string& name, const char* signs) {
    for (const Json& entry : certificate(name)["patterns"])
        if (entry["signs"] == signs) return entry["tree"];
    throw std::logic_error(signs);
}
/// The pointer to what belongs to the first entry whose `name` is `value`.
std::string path(const std::string& which, const char* list, const char* name, const Json& value,
                 const char* rest) {
    const Json& entries = certificate(which)[Json::json_pointer(list)];
    for (std::size_t i = 0; i < entries.size(); ++i)
        if (entries[i][name] == value) return list + ("/" + std::to_string(i)) + rest;
    throw std::logic_error(which + rest);
}
std::string tree_path(const std::string& which, const char* signs) {
    return path(which, "/patterns", "signs", signs, "/tree");
}
std::string region_path(const std::string& which, const char* signs, const char* rest) {
    return path(which, "/regions", "signs", signs, rest);
}

std::vector<Change> false_claims() {
    const auto no = Status::rejected;
    const Json fold = certificate("more folds")["regions"][1];
    const std::string linear = "linear saddle", plain = "simple", shared = "himmelblau, shared";
    const std::string bare = certificate("sublevel")["sentence"];
    std::vector<Change> out{
        // Section 5.
        {plain, {{"/bound/edge/0", "0"}}, no, "an edge that is not positive"},
        {plain, {{"/bound/edge/0", "1p-2"}}, no, "edge[0] is too small"},
        {plain, {{"/bound/v/0", 3}}, no, "Av is not b"},
        {plain, {{"/instance/loss/A/0/0", -1}}, no, "not positive semidefinite"},
        {plain, {{"/bound/rule", "linear"}}, no, "for k = 2, degree 2"},
        {plain, {{"/bound/rule", "box"}}, no, "proved is only: In the box"},
        {"box, zero beyond",
         {{region_path("box, zero beyond", "+", "/kind"), "outside"}},
         no,
         "E may hold a point of the list"},
        {"box, zero beyond",
         {{path("box, zero beyond", "/regions", "kind", "outside", "/kind"), "root"}},
         no,
         "E is not in the box"},
        {"box",
         {{"/sentence", certificate("simple")["sentence"]}},
         no,
         "proved is only: In the box"},
        {"squares", {{"/bound/edge/0", "1p-1"}}, no, "edge[0] is too small"},
        {"squares", {{"/bound/edge/1", "1p-2"}}, no, "edge[1] is too small"},
        {"squares", {{"/bound/sigma/1", 3}}, no, "another polynomial"},
        {"squares, one flat", {{"/bound/sigma/1", 0}}, no, "sigma is not positive"},
        {"squares", {{"/bound/constant", "1/3"}}, no, "another polynomial"},
        {"squares", {{"/bound/monomials/3/0", 1}}, no, "another polynomial"},
        {"squares", {{"/bound/gram/2", 3}}, no, "another polynomial"},
        {"squares",
         {{"/bound/constant", "1/4"}, {"/bound/gram/0", "1/4"}},
         no,
         "not positive semidefinite"},
        {"squares", {{"/bound/rule", "sublevel"}}, no, "another polynomial"},
        {"squares", {{"/bound/gram/9", nullptr}}, Status::not_understood, "9 elements, not 10"},
        {"squares",
         {{"/bound/monomials", Json(std::vector<int>(65))}},
         Status::not_understood,
         "too many monomials"},
        {"sublevel", {{"/bound/edge/1", "3"}}, no, "edge[1] is too small"},
        {"sublevel", {{"/bound/constant", 2}}, no, "another polynomial"},
        {"sublevel", {{"/bound/rule", "squares"}}, Status::not_understood, "missing"},
        {"sublevel",
         {{"/sentence", bare.substr(bare.find("Q has"))}},
         no,
         "proved is only: In the box"},
        {"sublevel, k = 3", {{"/bound/edge/1", "1"}}, no, "edge[1] is too small"},
        {"group, sublevel", {{"/bound/edge/1", "1"}}, no, "edge[1] is too small"},
        {"groups, squares",
         {{"/instance/transfer/groups", {{0, 1}}}},
         no,
         "not the same in a group"},
        {"group, box", {{"/regions/1/kind", "outside"}}, no, "E may hold a point of the list"},
        {shared, {{"/bound", {{"rule", "linear"}}}}, no, "for k = 2, degree 2"},
        {shared, {{"/bound/rule", "energy"}, {"/bound/v", {1, 1}}}, no, "for degree 2"},
        {shared, {{"/bound/rule", "principal"}}, no, "for degree 2, and k > 2"},
        {shared, {{"/bound/radius", 0}}, no, "the radius is not positive"},
        {shared, {{"/bound/radius", 1}}, no, "the radius is too small"},
        {shared, {{"/bound/edge/1", "1"}}, no, "edge[1] is too small"},
        {shared, {{"/instance/loss/monomials/0/coefficient", -1}}, no, "not shown to be coercive"},
        {shared, {{"/instance/loss/monomials/0/exponents", {5, 0}}}, no, "not even"},
        {"box",
         {{"/bound/rule", "coercive"}, {"/bound/radius", 1}},
         no,
         "not shown to be coercive"},
        {"flat",
         {{"/bound", {{"rule", "coercive"}, {"radius", 1}, {"edge", {"1"}}}}},
         no,
         "not even"},
        {"energy, k = 2", {{"/bound/rule", "principal"}}, no, "for degree 2, and k > 2"},
        {"difference", {{"/bound/edge/0", "1"}}, no, "edge[0] is too small"},
        {"leaves",
         {{"/bound/rule", "principal"}, {"/instance/loss/A", {{1, 1}, {1, 1}}}},
         no,
         "singular"},
        {linear, {{"/bound/edge", {"1", "1"}}}, no, "no edge"},
        // Section 6.
        {plain, {{"/patterns/1", nullptr}}, no, "2 patterns, not 3"},
        {plain, {{"/patterns/1/signs", "-"}}, no, ""},
        {plain, {{"/patterns/3", certificate(plain)["patterns"][2]}}, no, "a pattern twice"},
        {plain, {{"/patterns/0/tree", "U"}}, no, "the pattern of zeros is decided"},
        {plain, {{"/patterns/0/tree", "R0 R0"}}, no, "after the last leaf"},
        {plain, {{"/patterns/0/tree", "E0"}}, no, "not in the support"},
        {plain, {{"/patterns/0/tree", "R1"}}, no, "not a region of this pattern"},
        {plain, {{"/patterns/0/tree", "R9"}}, no, "not a region of this pattern"},
        {plain, {{tree_path(plain, "+"), "E0"}}, no, "equation 0 does not exclude the box"},
        {plain, {{tree_path(plain, "+"), "E1"}}, no, "not in the support"},
        {plain, {{tree_path(plain, "+"), "R1"}}, no, "the box is not inside the region"},
        {plain, {{tree_path(plain, "+"), "P1"}}, no, "the box touches zero"},
        {plain, {{tree_path(plain, "+"), "C1"}}, no, "the combination does not exclude the box"},
        {plain, {{tree_path(plain, "+"), "C-1"}}, no, "the combination does not exclude the box"},
        {plain, {{tree_path(plain, "+"), "S0:4 E0 E0"}}, no, "a cut that is not inside the box"},
        {plain, {{tree_path(plain, "+"), "S0:0 E0 E0"}}, no, "a cut that is not inside the box"},
        {plain, {{tree_path(plain, "+"), "S0:1p-10 E0"}}, no, "ends before"},
        {plain,
         {{tree_path(plain, "+"), "S0:1p-10 E0 P1"}},
         no,
         "the combination does not exclude"},
        {plain, {{tree_path(plain, "+"), tree(plain, "+") + " E0"}}, no, "after the last leaf"},
        {plain, {{tree_path(plain, "+"), tree(plain, "+") + " "}}, no, "after the last leaf"},
        {shared, {{tree_path(shared, "0+"), "C1"}}, no, "this test is for degree 2"},
        {"energy, k = 2", {{tree_path("energy, k = 2", "++"), "C1,1"}}, no, "the combination"},
        {"difference", {{tree_path("difference", "++"), "C-1,1"}}, no, "the combination"},
        {linear, {{tree_path(linear, "++"), "X"}}, no, "this token should be R"},
        {linear, {{tree_path(linear, "++"), "U"}}, no, "this token should be R"},
        {linear, {{tree_path(linear, "+-"), "U"}}, no, "this token should be X"},
        {linear,
         {{tree_path(linear, "++"), tree(linear, "0+")}},
         no,
         "not a region of this pattern"},
        {linear, {{tree_path(linear, "++"), tree(linear, "++") + " X"}}, no, "after the last leaf"},
        {"lines", {{tree_path("lines", "++"), "X"}}, no, "this token should be U"},
        // Section 7.
        {plain, {{region_path(plain, "+", "/radius/0"), "0"}}, no, "a radius that is not positive"},
        {plain, {{region_path(plain, "+", "/center/0"), "8"}}, no, "E is not inside N"},
        {plain, {{region_path(plain, "+", "/outer/0/0"), "0"}}, no, "N touches zero"},
        {plain, {{region_path(plain, "+", "/outer/0/0"), "9"}}, no, "lower end exceeds"},
        {plain, {{region_path(plain, "+", "/outer/0/1"), "9"}}, no, "N is not mapped"},
        {plain, {{region_path(plain, "+", "/C/0"), 0}}, no, "N is not mapped"},
        {plain, {{region_path(plain, "+", "/radius/0"), "1p-60"}}, no, "E is not mapped"},
        {plain,
         {{region_path(plain, "+", "/kind"), "outside"}},
         no,
         "E may hold a point of the list"},
        {plain,
         {{region_path(plain, "0", "/kind"), "outside"}},
         no,
         "E may hold a point of the list"},
        {plain,
         {{region_path(plain, "0", "/kind"), "fold"}},
         no,
         "the pattern of zeros has no fold"},
        {plain, {{"/regions/-", certificate(plain)["regions"][1]}}, no, "a point listed before"},
        {plain, {{"/regions/-", certificate(plain)["regions"][0]}}, no, "a point listed before"},
        {plain,
         {{"/regions/-", {{"signs", "+"}, {"kind", "exact"}, {"beta", {1}}}}},
         no,
         "not the solution"},
        {plain,
         {{"/regions/-", {{"signs", "+"}, {"kind", "exact"}, {"beta", {"5/3"}}}}},
         no,
         "another rule"},
        {"outside", {{region_path("outside", "+", "/kind"), "root"}}, no, "E touches zero"},
        {linear,
         {{"/regions/-", {{"signs", "+-"}, {"kind", "exact"}, {"beta", {1, -1}}}}},
         no,
         "no unique"},
        {linear, {{"/regions/-", certificate(linear)["regions"][1]}}, no, "a point listed before"},
        {"energy, k = 2",
         {{"/regions/0", {{"signs", "00"}, {"kind", "exact"}, {"beta", Json::array()}}},
          {"/verdict", "refuted"}},
         no,
         "the verdict is not proved"},
        // Section 9.
        {"more folds", {{"/regions/1/spread", "0"}}, no, "the spread is not positive"},
        {"more folds", {{"/regions/1/W", {{"0"}, {"0"}}}}, no, "[v W] is singular"},
        {"more folds", {{"/regions/1/wide/0/0", "31p-5"}}, no, "`wide` is too narrow"},
        {"more folds", {{"/regions/1/wide/1/1", "7p-1"}}, no, "`wide` is too narrow"},
        {"more folds", {{"/regions/1/wide/0/0", "0"}}, no, "`wide` touches zero"},
        {"more folds", {{"/regions/1/wide/0", {"1", "1"}}}, no, "`wide` is too narrow"},
        {"more folds", {{"/regions/1/B/0/0", "3"}}, no, "F1"},
        {"more folds", {{"/regions/1/spread", "1p-8"}}, no, "F2"},
        {"energy, k = 2",
         {{"/regions/-", Json::parse(R"({"signs": "+0", "kind": "fold", "outer": [["1", "2"]],
            "wide": [["1", "2"]], "v": ["1"], "W": [[]], "B": [], "spread": "1"})")}},
         no,
         "F3"},
        {"more folds", {{"/regions/1/v/0", "1p-20"}}, no, ""},
        {"one fold", {{region_path("one fold", "+", "/v/0"), "0"}}, no, "[v W] is singular"},
        {"one fold",
         {{"/undecided/0", nullptr}},
         no,
         "does not name {\"kind\":\"fold\",\"region\":"},
        {"one fold", {{"/undecided/0/region", 1}}, no, "not an undecided place"},
        {"one fold", {{"/undecided/0", 1}}, no, "not an undecided place"},
        {"one fold",
         {{"/undecided/1", certificate("one fold")["undecided"][0]}},
         no,
         "named before"},
        {"leaves", {{"/undecided/0/count", 99}}, no, "the count is not"},
        {"degenerate", {{"/undecided/0", nullptr}}, no, "does not name {\"kind\":\"degenerate\","},
        // Section 8.
        {plain, {{"/surrogate/points/0/region", 9}}, no, "not 0"},
        {plain, {{"/surrogate/points/0/region", -1}}, no, "not 0"},
        {plain, {{"/surrogate/points/2/base", 1}}, no, "not 2"},
        {plain, {{"/surrogate/points/1/region", 0}}, no, "not 1"},
        {plain, {{"/surrogate/points/2", nullptr}}, no, "2 points, not 3"},
        {plain, {{"/surrogate/points/0/class", "saddle"}}, no, "not \"minimizer\""},
        {plain, {{"/surrogate/points/0/index", 1}}, no, "not 0"},
        {plain, {{"/surrogate/points/0/points", 2}}, no, "not 1"},
        {plain, {{"/surrogate/points/1/base", 0}}, no, "not 1"},
        {plain, {{"/surrogate/points/1/base", 5}}, no, "not 1"},
        {plain,
         {{"/base/points/3", certificate(plain)["base"]["points"][0]}},
         no,
         "4 points, not 3"},
        {plain, {{"/base/points/1/signs", "-"}}, no, "not \"+\""},
        {plain, {{"/base/points/0/index", 1}}, no, "not 0"},
        {plain, {{"/base/points/0/class", "saddle"}}, no, "not \"minimizer\""},
        {plain, {{"/base/points/0/beta/0/0", "1"}}, no, "not around the point"},
        {plain, {{"/base/points/0/beta/0/1", "-1"}}, no, "not around the point"},
        {plain,
         {{"/base/points/1/beta/0", {"0", "9"}}, {"/base/points/2/beta/0", {"0/7", 9}}},
         no,
         "not disjoint"},
        {plain, {{"/surrogate/stationary_orbits", 4}}, no, "not 3"},
        {plain, {{"/surrogate/minimizer_orbits", 1}}, no, "not 2"},
        {plain, {{"/base/stationary", 2}}, no, "not 3"},
        {plain, {{"/base/minimizers", 3}}, no, "not 2"},
        {shared, {{"/surrogate/points/0/index", 1}}, no, "not null"},
        {shared, {{"/surrogate/points/0/base", 0}}, no, "not null"},
        {"degenerate",
         {{path("degenerate", "/surrogate/points", "class", "undecided", "/class"), "minimizer"}},
         no,
         "not \"undecided\""},
        {"linear maximum",
         {{path("linear maximum", "/base/points", "class", "maximizer", "/class"), "saddle"}},
         no,
         "not \"maximizer\""},
        // Section 10.
        {plain, {{"/verdict", "undecided"}}, no, "the verdict is not proved"},
        {plain,
         {{"/sentence", "Q has no stationary point."}},
         no,
         "proved is only: Q has exactly 3"},
        {"one fold", {{"/verdict", "proved"}}, no, "the verdict is not undecided"},
        {"one fold",
         {{"/sentence", certificate(plain)["sentence"]}},
         no,
         "proved is only: Undecided at 1"},
    };
    return out;
}

/// Section 11.
std::vector<Change> false_claims_of_groups() {
    const auto no = Status::rejected, bad = Status::not_understood;
    const std::string one = "group", two = "groups, k = 2", wells = "group of wells";
    const std::string zero = tree_path(one, "0"), on = tree_path(one, "*");
    const auto groups = [&](const Json& lists, Status status, const char* reason) {
        return Change{one, {{"/instance/transfer/groups", lists}}, status, reason};
    };
    const auto leaf = [&](const std::string& where, const char* tree, const char* reason) {
        return Change{one, {{where, tree}}, Status::rejected, reason};
    };
    const auto region = [&](const char* field, const Json& value, const char* reason) {
        return Change{one, {{region_path(one, "*", field), value}}, Status::rejected, reason};
    };
    return {
        groups(Json::array({{0}}), no, "a coordinate is in no group"),
        groups(Json::array({{0, 1}, Json::array()}), no, "an empty group"),
        groups(Json::array({{0}, {1, 0}}), no, "in a group before"),
        groups(Json::array({{0, 1, 2}}), no, "not a coordinate"),
        groups(Json::array({{0, -1}}), no, "not a coordinate"),
        groups(Json::array({{0, 99}}), no, "not a coordinate"),
        groups(Json::array({{0}, {1}}), bad, "not a pattern"),
        {two, {{"/instance/transfer/weights", {1, 1, 1}}}, bad, "3 elements, not 2"},
        {one, {{"/instance/lambda", 0}}, bad, "lambda is not positive"},
        // Bounds.
        {one, {{"/bound", {{"rule", "linear"}}}}, no, "no groups"},
        {one, {{"/bound/edge/0", "2"}}, no, "edge[0] is too small"},
        {"group, k = 3", {{"/bound/edge/1", "18"}}, no, "edge[1] is too small"},
        {two, {{"/bound/edge/2", "1"}}, no, "edge[2] is too small"},
        {two, {{"/instance/loss/A/0/0", 0}}, no, "a principal submatrix of A is singular"},
        {wells, {{"/bound/radius", "1/2"}}, no, "the radius is too small"},
        {wells, {{"/bound/edge/0", "2"}}, no, "edge[0] is too small"},
        {wells, {{"/bound/rule", "principal"}}, no, "for degree 2"},
        // Patterns and leaves.
        {one, {{"/patterns/1", nullptr}}, no, "1 patterns, not 2"},
        {one, {{"/patterns/1/signs", "+"}}, bad, "not a pattern"},
        leaf(zero, "N0", "a group that is not in the support"),
        leaf(zero, "E0", "not in the support"),
        leaf(zero, "U", "the pattern of zeros is decided"),
        leaf(on, "N1", "a group that is not in the support"),
        leaf(on, "N0", "the norm of group 0 does not exclude the box"),
        leaf(on, "E2", "not in the support"),
        leaf(on, "E0", "the box touches zero"),
        leaf(on, "P1,1", "the box touches zero"),
        leaf(on, "C1,1", "no such test"),
        leaf(on, "S0:4 U U", "not inside the box"),
        leaf(on, "S0:-4 U U", "not inside the box"),
        leaf(on, "S0:-1 E0", "ends before"),
        leaf(on, "S0:-1 E1 U", "equation 1 does not exclude the box"),
        leaf(on, "S0:-1 P0,1 U", "the combination does not exclude the box"),
        leaf(on, "S0:-1 R1 U", "the box is not inside the region"),
        {"simple", {{tree_path("simple", "+"), "N0"}}, bad, "an unknown token"},
        // Regions.
        region("/kind", "outside", "E may hold a point of the list"),
        region("/kind", "exact", "a region of groups is a root"),
        region("/kind", "fold", "a region of groups is a root"),
        region("/outer", Json::parse(R"([["-9", "9"], ["-9", "9"]])"), "N touches zero"),
        region("/outer/0/1", "9", "N is not mapped"),
        region("/center/0", "8", "E is not inside N"),
        region("/C/0", 0, "N is not mapped"),
        region("/radius/1", "1p-60", "E is not mapped"),
        {"group, maximum",
         {{region_path("group, maximum", "*", "/center"), {"7p-1", "19p-2"}}},
         no,
         "E is not mapped"},
        // Points.
        {one, {{"/surrogate/points/1/points", 1}}, no, "not 2"},
        {"group, k = 3", {{"/surrogate/points/1/points", 2}}, no, "not 4"},
        {"shared group, k = 4", {{"/surrogate/points/1/points", 8}}, no, "not 2"},
        {one, {{"/surrogate/points/0/index", 0}}, no, "not 1"},
        {one, {{"/surrogate/points/0/class", "minimizer"}}, no, "not \"saddle\""},
        {"shared group, k = 2", {{"/surrogate/points/0/index", 2}}, no, "not null"},
        {one, {{"/surrogate/points/0/base", 0}}, no, "not null"},
        {one, {{"/base/points/0/signs", "0"}}, no, "not \"*\""},
        {one, {{"/base/points/0/beta/1", {"0", "1"}}}, no, "not around the point"},
        {"group, maximum", {{"/base/points/0/class", "saddle"}}, no, "not \"maximizer\""},
        {"group, degenerate",
         {{"/surrogate/points/0/class", "minimizer"}},
         no,
         "not \"undecided\""},
        {"group, box", {{"/bound/rule", "energy"}}, bad, "missing"},
        {"group, box", {{"/verdict", "undecided"}}, no, "the verdict is not proved"},
    };
}

/// Section 12.
std::vector<Change> false_refutations() {
    const auto no = Status::rejected, bad = Status::not_understood;
    const std::string square = "square", quartic = "square, quartic", free = "unregularized";
    const auto slope = [](int i) {
        return "coordinate " + std::to_string(i) + " is not shown to lead up or down";
    };
    const Json root = Json::parse(R"({"signs": "+00", "kind": "root", "center": ["5p-1"],
        "radius": ["1p-2"], "outer": [["2", "3"]], "scale": [0], "C": [1]})");
    const char* not_square = "one of hadamard_product with k = 2";
    const char* not_free = "one of group_product with one group";
    return {
        {square, {{"/instance/mutant", "cube"}}, bad, "an unknown mutant"},
        {square, {{"/instance/mutant", nullptr}}, bad, "missing"},
        {square, {{"/instance/mutant", "unregularized"}}, no, not_free},
        {square, {{"/instance/transfer/kind", "shared_product"}}, no, not_square},
        {square, {{"/instance/transfer/kind", "hadamard_difference"}}, no, not_square},
        {square, {{"/instance/transfer/depth", 3}}, no, not_square},
        {free, {{"/instance/mutant", "square"}}, no, not_square},
        {square, {{"/instance/lambda", 0}}, bad, "lambda is not positive"},
        {square, {{"/verdict", "proved"}}, no, "the verdict is not refuted"},
        {square, {{"/sentence", "Refuted."}}, no, "proved is only: Refuted: Q has"},
        {"simple", {{"/verdict", "refuted"}}, no, "the verdict is not proved"},
        {square, {{"/regions", Json::array()}}, bad, "0 elements, not 1"},
        {square, {{"/regions/0/beta/0", 3}}, no, "beta is not the solution"},
        {square, {{"/regions/0", root}}, no, "of degree 2 the region is exact"},
        {square,
         {{"/instance/loss/b/0", -3}, {"/regions/0/signs", "-00"}, {"/regions/0/beta", {"-5/2"}}},
         no,
         "K = u² is never negative"},
        {square,
         {{"/instance/loss/A/0/0", -1}, {"/instance/loss/b/0", 0}, {"/regions/0/beta/0", "1/2"}},
         no,
         "not a minimizer on its support"},
        {square, {{"/witness", nullptr}}, bad, "missing"},
        {square, {{"/witness/region", 1}}, no, "not 0"},
        {square, {{"/witness/edge", Json::array()}}, no, "not [1]"},
        {square, {{"/witness/edge", {3}}}, no, "not [1]"},
        {square, {{"/witness/edge", {1, 1}}}, no, "not [1]"},
        {square, {{"/witness/edge", {0}}}, no, "not [1]"},
        {square, {{"/witness/edge", {1, 2}}}, no, "not [1]"},
        {square, {{"/instance/loss/b/1", 1}}, no, "no coordinate leads down"},
        {square, {{"/instance/loss/b/1", "1/4"}}, no, slope(1)},  // g = λw
        {square, {{"/instance/loss/b/2", 2}}, no, slope(2)},
        {square, {{"/instance/loss/b/2", -2}}, no, "not [1,2]"},
        {square, {{"/instance/loss/b/2", "3/4"}}, no, slope(2)},  // g = −λw
        {quartic,
         {{"/instance/loss/monomials/0/exponents", {2, 0}},
          {"/regions/0", {{"signs", "+0"}, {"kind", "exact"}, {"beta", {3}}}}},
         no,
         "of another a root"},
        {quartic, {{"/regions/0/C/0", 0}}, no, "N is not mapped"},
        {quartic,
         {{"/instance/loss/monomials/4/coefficient", "1/4"}},
         no,
         "no coordinate leads down"},
        {free, {{"/instance/lambda", "1/100"}}, bad, "not zero for the mutant"},
        {free, {{"/instance/transfer/groups", {{0}, {1}}}}, no, not_free},
        {free, {{"/instance/transfer/kind", "group_shared_product"}}, no, not_free},
        {free, {{"/instance/transfer/kind", "hadamard_product"}}, no, not_free},
        {free, {{"/instance/loss/b/1", "1/100"}}, no, "∇L(0) is not zero"},
        {free, {{"/instance/loss/A/1/1", 4}}, no, "no negative eigenvalue"},
        {free, {{"/witness/u", {0, 1}}}, no, "uᵀ∇²L(0)u is not positive"},
        {free, {{"/witness/u", {0, 0}}}, no, "uᵀ∇²L(0)u is not positive"},
        {free, {{"/witness/u", {1}}}, bad, "1 elements, not 2"},
        {free, {{"/witness/u/0", "0,5"}}, bad, "not an exact number"},
        {free, {{"/regions", {root}}}, bad, "not"},
        {free, {{"/verdict", "undecided"}}, no, "the verdict is not refuted"},
    };
}

/// What is no certificate of version 1.
std::vector<Change> not_understood() {
    const auto bad = Status::not_understood;
    const std::string plain = "simple", squares = "difference", shared = "himmelblau, shared";
    return {
        {plain, {{"/format", "other"}}, bad, "another format"},
        {plain, {{"/version", 2}}, bad, "a version other than 1"},
        {plain, {{"/version", "1"}}, bad, "not an integer"},
        {plain, {{"/version", nullptr}}, bad, "missing"},
        {plain, {{"/instance", Json::array()}}, bad, "not an object"},
        {plain, {{"/instance/loss", "quadratic"}}, bad, "missing"},
        {plain, {{"/instance/unpenalised", Json::array()}}, bad, "\"unpenalised\" is not covered"},
        {plain, {{"/instance/lambda", 0}}, bad, "lambda is not positive"},
        {plain, {{"/instance/lambda", "0.5e1"}}, bad, "not an exact number"},
        {plain, {{"/instance/lambda", ".5"}}, bad, "not a decimal"},
        {plain, {{"/instance/lambda", "-.5"}}, bad, "not a decimal"},
        {plain, {{"/instance/lambda", "5."}}, bad, "not a decimal"},
        {plain, {{"/instance/lambda", "1/0"}}, bad, "not a fraction"},
        {plain, {{"/instance/lambda", ""}}, bad, "not an exact number"},
        {plain, {{"/instance/lambda", std::string(5000, '1')}}, bad, "too many digits"},
        {plain, {{"/instance/lambda", true}}, bad, "not a string"},
        {plain, {{"/instance/lambda", 0.5}}, bad, "a JSON float"},
        {plain, {{"/seconds", 1.5}}, bad, "a JSON float"},
        {plain, {{"/instance/loss/kind", "logistic"}}, bad, "loss \"logistic\" is not covered"},
        {plain, {{"/instance/loss/b", Json::array()}}, bad, "dimension 0"},
        {plain, {{"/instance/loss/b", Json(std::vector<int>(14))}}, bad, "dimension 14"},
        {plain, {{"/instance/loss/A", {{1, 2}}}}, bad, "2 elements, not 1"},
        {plain, {{"/instance/loss/A", 1}}, bad, "not an array"},
        {plain,
         {{"/instance/transfer/kind", "group_difference"}},
         bad,
         "transfer \"group_difference\" is not covered"},
        {plain, {{"/instance/transfer/groups", Json::array()}}, bad, "\"groups\" is not covered"},
        {plain, {{"/instance/transfer/depth", 6}}, bad, "an integer beyond 5"},
        {plain, {{"/instance/transfer/depth", 1}}, bad, "a depth below 2"},
        {plain, {{"/instance/transfer/depth", "3"}}, bad, "not an integer"},
        {plain, {{"/instance/transfer/weights", {0}}}, bad, "a weight that is not positive"},
        {plain, {{"/instance/transfer/weights", {1, 1}}}, bad, "2 elements, not 1"},
        {squares,
         {{"/instance/loss/y", Json::array()}, {"/instance/loss/X", Json::array()}},
         bad,
         "no data"},
        {squares,
         {{"/instance/loss/X", Json::array({Json::array()})}, {"/instance/loss/y", {1}}},
         bad,
         "dimension 0"},
        {squares, {{"/instance/loss/X/1", {1}}}, bad, "1 elements, not 2"},
        {squares, {{"/instance/loss/y/2", nullptr}}, bad, "3 elements, not 2"},
        {"indefinite", {{"/instance/loss/A/0/1", 3}}, bad, "A is not symmetric"},
        {shared, {{"/instance/loss/monomials", Json::array()}}, bad, "no monomials"},
        {shared, {{"/instance/loss/monomials/0/exponents", {6, 1}}}, bad, "a degree above 6"},
        {shared, {{"/instance/loss/monomials/0/exponents", {7, 0}}}, bad, "an integer beyond 6"},
        {shared, {{"/instance/loss/monomials/0/exponents", {-1, 0}}}, bad, "a negative exponent"},
        {shared, {{"/instance/loss/monomials/0/power", 1}}, bad, "\"power\" is not covered"},
        {plain, {{"/bound/rule", "faith"}}, bad, "an unknown rule"},
        {plain, {{"/bound/edge", {"1", "1"}}}, bad, "2 elements, not 1"},
        {plain, {{"/bound/edge/0", "4p"}}, bad, "not an exact number"},
        {plain, {{"/bound/edge/0", "4p70000"}}, bad, "an integer beyond 65536"},
        {plain, {{"/bound/edge/0", 4}}, bad, "not a string"},
        {plain, {{"/patterns/1/signs", "p"}}, bad, "not a pattern"},
        {plain, {{"/patterns/1/signs", "++"}}, bad, "not a pattern"},
        {plain, {{tree_path(plain, "+"), ""}}, bad, "an unknown token"},
        {plain, {{tree_path(plain, "+"), "Q"}}, bad, "an unknown token"},
        {plain, {{tree_path(plain, "+"), "S0"}}, bad, "not an exact number"},
        {plain, {{tree_path(plain, "+"), "S"}}, bad, "not an index"},
        {plain, {{tree_path(plain, "+"), "E0x"}}, bad, "not an index"},
        {plain, {{tree_path(plain, "+"), "P"}}, bad, "not an exact number"},
        {plain, {{tree_path(plain, "+"), "P1,2"}}, bad, "wrong number of coefficients"},
        {plain, {{region_path(plain, "+", "/kind"), "sink"}}, bad, "an unknown kind"},
        {plain, {{region_path(plain, "+", "/scale/0"), 70000}}, bad, "an integer beyond 65536"},
        {plain, {{region_path(plain, "+", "/C"), {1, 2}}}, bad, "2 elements, not 1"},
        {plain, {{"/base/points/0/beta/1", {"0", "0"}}}, bad, "2 elements, not 1"},
        {plain,
         {{"/undecided/0", {{"kind", "mood"}, {"region", 0}}}},
         Status::rejected,
         "not an undecided place"},
        {plain,
         {{"/undecided/0", {{"kind", "leaves"}, {"signs", "+"}, {"count", 1}}}},
         Status::rejected,
         "not an undecided place"},
    };
}

void expect(const std::vector<Change>& changes) {
    for (const Change& change : changes) {
        const Outcome got = outcome(edited(certificate(change.certificate), change));
        EXPECT_EQ(static_cast<int>(got.status), static_cast<int>(change.status))
            << change.certificate << " " << change.edits[0].first << " " << change.edits[0].second;
        EXPECT_NE(got.reason.find(change.reason), std::string::npos)
            << change.certificate << " " << change.edits[0].first << " " << change.edits[0].second
            << "\n  " << got.where << ": " << got.reason << "\n  expected: " << change.reason;
    }
}

TEST(Checker, RejectsEveryFalseClaim) { expect(false_claims()); }
TEST(Checker, RejectsEveryFalseClaimOfGroups) { expect(false_claims_of_groups()); }
TEST(Checker, RejectsEveryFalseRefutation) { expect(false_refutations()); }
TEST(Checker, RefusesWhatIsNotVersionOne) { expect(not_understood()); }

/// The fold of `more_folds` beside two coordinates far above one; what is wrong comes after it.
TEST(Checker, AcceptsAFoldOfThreeCoordinates) {
    Json json = certificate("one fold");
    json["instance"]["loss"] = quadratic({{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, {4, 27, 27});
    json["bound"] = {{"rule", "box"}, {"edge", {"1", "1", "1"}}};
    json["regions"] = Json::parse(R"([{"signs": "+++", "kind": "fold",
        "outer": [["31p-5", "33p-5"], ["5p-1", "7p-1"], ["5p-1", "7p-1"]],
        "wide": [["15p-4", "17p-4"], ["2", "4"], ["2", "4"]], "v": ["1", "0", "0"],
        "W": [["1p-4", "0"], ["1", "0"], ["0", "1"]], "B": [["1", "0"], ["0", "1"]],
        "spread": "1p-3"}])");
    EXPECT_EQ(outcome(json).where, "patterns[0]");
    json["regions"][0]["B"][1][0] = "1";
    EXPECT_EQ(outcome(json).reason.substr(0, 2), "F1");
}

/// No number of a sum of squares can be another: the identity fixes each.
TEST(Checker, RejectsEveryOtherSumOfSquares) {
    Named list;
    for (const char* name : {"squares", "sublevel", "sublevel, k = 3", "group, sublevel"})
        list.emplace_back(name, certificate(name));
    for (const char* name : {"rosenbrock_2_3", "valley_2_3", "groups_valley"})
        list.emplace_back(name, Json::parse(hadamard::text_of(
                                    HADAMARD_SOURCE_DIR "/verify/landscape/gallery/certificates/" +
                                    std::string(name) + ".cert")));
    for (const auto& [name, json] : list) {
        std::vector<std::string> places{"/bound/constant"};
        for (std::size_t i = 0; i < json["bound"]["gram"].size(); ++i)
            places.push_back("/bound/gram/" + std::to_string(i));
        for (std::size_t i = 0; i < json["bound"]["monomials"].size(); ++i)
            for (const char* axis : {"/0", "/1"})
                places.push_back("/bound/monomials/" + std::to_string(i) + axis);
        for (const char* axis : {"/0", "/1"})
            if (json["bound"].contains("sigma"))
                places.push_back("/bound/sigma" + std::string(axis));
        for (const std::string& place : places) {
            const Json::json_pointer pointer(place);
            for (const int change : {1, -1}) {
                Json other = json;
                mpq_class value(other[pointer].is_string() ? other[pointer].get<std::string>()
                                                           : other[pointer].dump());
                value += change;
                if (place.find("monomials") == std::string::npos)
                    other[pointer] = value.get_str();
                else
                    other[pointer] = value.get_num().get_si();
                const Outcome got = outcome(other);
                EXPECT_EQ(got.status, Status::rejected) << name << place;
                EXPECT_EQ(got.where, "bound") << name << place << got.reason;
            }
        }
    }
}

/// Beyond the edge on the negative side; what is wrong comes after it.
TEST(Checker, AcceptsAGroupBeyondTheBox) {
    Json json = certificate("group, box");
    json["regions"][1]["kind"] = "outside";
    EXPECT_EQ(outcome(json).where, "regions[1]");
    json["bound"]["edge"] = {"2", "1p-3"};
    EXPECT_EQ(outcome(json).where.find("regions"), std::string::npos);
}

TEST(Checker, RefusesWhatIsNotJson) {
    const check::Limits small{64, 20, 4};
    const auto refusal = [&](const std::string& text) {
        try {
            check::parse(text, small);
        } catch (const check::Failure& failure) {
            EXPECT_EQ(failure.status, Status::not_understood);
            return failure.reason;
        }
        return std::string("none");
    };
    EXPECT_EQ(refusal("{\"a\": [1, {\"a\": 2}]}"), "none");
    EXPECT_EQ(refusal("{\"a\": 1"), "not JSON: byte 8");
    EXPECT_EQ(refusal("{} {}"), "not JSON: byte 4");
    EXPECT_EQ(refusal(""), "not JSON: byte 1");
    EXPECT_EQ(refusal("{\"a\": 1, \"a\": 1}"), "a name twice in one object");
    EXPECT_EQ(refusal("[[[[[[1]]]]]]"), "nested too deeply");
    EXPECT_EQ(refusal("[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]"), "too many values");
    EXPECT_EQ(refusal("[1e3]").substr(0, 12), "a JSON float");
    EXPECT_EQ(refusal("[123456789012345678901234567890]").substr(0, 12), "a JSON float");
    EXPECT_EQ(outcome(std::string("[]")).where, "format");
    EXPECT_EQ(outcome(std::string(1'000'000, '[')).reason, "nested too deeply");
    const std::string whole = certificate("simple").dump();
    for (std::size_t n = 0; n < whole.size(); n += 97)
        EXPECT_EQ(outcome(whole.substr(0, n)).status, Status::not_understood) << n;
}

TEST(Checker, RefusesALongCommonDenominator) {
    // 40 different primes' powers of 4000 digits in all would make numbers of 160,000 digits.
    Json json = certificate("difference");
    json["instance"]["loss"]["X"] = json["instance"]["loss"]["y"] = Json::array();
    for (int i = 0; i < 40; ++i) {
        std::string denominator = "1" + std::string(3000, '0') + std::to_string(2 * i + 1);
        json["instance"]["loss"]["X"].push_back({"1/" + denominator, 1});
        json["instance"]["loss"]["y"].push_back(1);
    }
    EXPECT_EQ(outcome(json).reason, "denominators too long");
}

TEST(Checker, RefusesADeepTree) {
    std::string tree = "S0:3 S0:2 S0:1 ";
    for (int i = 1; i < 70'000; ++i) tree += "S0:1p-" + std::to_string(i) + " ";
    Json json = certificate("simple");
    json[Json::json_pointer(tree_path("simple", "+"))] = tree + "E0";
    const Outcome got = outcome(json);
    EXPECT_EQ(got.status, Status::not_understood);
    EXPECT_EQ(got.where.substr(0, 24), "patterns[1].tree.token 6");
    EXPECT_EQ(got.reason, "a tree that is too deep");
}

using check::Dyadic;
using check::Interval;

TEST(CheckerNumbers, DyadicsAreTheirRationals) {
    std::mt19937 random(1);
    const auto draw = [&] {
        const long m = static_cast<long>(random() % 41) - 20,
                   e = static_cast<long>(random() % 9) - 4;
        return Dyadic(m, e);
    };
    for (int i = 0; i < 20'000; ++i) {
        const Dyadic a = draw(), b = draw();
        const mpq_class p = a.rational(), q = b.rational();
        EXPECT_EQ((a + b).rational(), p + q);
        EXPECT_EQ((a - b).rational(), p - q);
        EXPECT_EQ((a * b).rational(), p * q);
        EXPECT_EQ(a < b, p < q);
        EXPECT_EQ(a > b, p > q);
        EXPECT_EQ(a <= b, p <= q);
        if (check::sign(a) <= 0) continue;
        const mpq_class low = check::inverse(a, 7, false).rational(),
                        high = check::inverse(a, 7, true).rational();
        EXPECT_TRUE(low * p <= 1 && high * p >= 1 && (high - low) * p * 64 <= 1);
    }
}

TEST(CheckerNumbers, RootsAreRoundedOutwards) {
    std::mt19937 random(3);
    for (int i = 0; i < 4'000; ++i) {
        const int k = 2 + static_cast<int>(random() % 4);
        const Dyadic x(1 + static_cast<long>(random() % 1000),
                       static_cast<long>(random() % 41) - 20);
        const mpq_class low = check::root(x, k, 9, false).rational(),
                        high = check::root(x, k, 9, true).rational();
        EXPECT_TRUE(check::power(low, k) <= x.rational() && x.rational() <= check::power(high, k));
        EXPECT_TRUE((high - low) * 256 <= low);
        EXPECT_EQ(check::root(check::power(x, k), k, 9, true).rational(), x.rational());
    }
}

/// G and J of groups over a box hold the difference quotients of P at its points.
TEST(CheckerNumbers, GroupsAreEnclosed) {
    std::mt19937 random(4);
    const auto draw = [&](double scale) {
        return std::ldexp(std::nearbyint(scale * static_cast<double>(random() % 2048)), -11);
    };
    int tried = 0;
    for (int trial = 0; trial < 900; ++trial) {
        const int k = 2 + trial % 4;
        Json json = certificate("groups, k = 3")["instance"];
        json["transfer"]["depth"] = k;
        const check::Problem problem(check::parse(json.dump()));
        const check::Pattern pattern(problem, "**");
        std::vector<Interval> x;
        tiny::Point beta;
        for (int i = 0; i < 3; ++i) {
            const double low = draw(4) - 2, width = draw(0.5);
            x.emplace_back(check::dyadic_of(tiny::dyadic(low)),
                           check::dyadic_of(tiny::dyadic(low + width)));
            beta.push_back(low + draw(1) * width);
        }
        const check::Box box(problem, pattern, x);
        if (!box.avoids_zero() || std::hypot(beta[0], beta[2]) < 0.3 || std::abs(beta[1]) < 0.3)
            continue;
        ++tried;
        const tiny::Loss loss(json["loss"]);
        const auto P = [&](tiny::Point at, double a, std::size_t i, double b, std::size_t j) {
            at[i] += a;
            at[j] += b;
            return loss(tiny::box_at(at), {}).lo +
                   0.25 * (2 * std::pow(std::hypot(at[0], at[2]), 2.0 / k) +
                           std::pow(std::abs(at[1]), 2.0 / k));
        };
        const auto holds = [&](const Interval& found, double value, double error) {
            const double scale = problem.scale.get_d();
            return found.lo.rational().get_d() / scale - error <= value &&
                   value <= found.hi.rational().get_d() / scale + error;
        };
        const double h = 0x1p-12;
        for (std::size_t i = 0; i < 3; ++i) {
            const double slope = (P(beta, h, i, 0, i) - P(beta, -h, i, 0, i)) / (2 * h);
            EXPECT_TRUE(holds(box.residual(i), slope, 1e-5)) << json << i;
            for (std::size_t j = 0; j < 3; ++j) {
                const double bend = (P(beta, h, i, h, j) - P(beta, h, i, -h, j) -
                                     P(beta, -h, i, h, j) + P(beta, -h, i, -h, j)) /
                                    (4 * h * h);
                EXPECT_TRUE(holds(box.jacobian(i, j), bend, 1e-4)) << json << i << j;
            }
        }
        const Interval whole = box.midpoint().jacobian(0, 2);
        EXPECT_LT((whole.hi - whole.lo).rational(), 1e-30);
    }
    EXPECT_GT(tried, 400);
}

TEST(CheckerNumbers, IntervalsAreExactRanges) {
    for (int a = -3; a <= 3; ++a)
        for (int b = a; b <= 3; ++b)
            for (int c = -3; c <= 3; ++c)
                for (int d = c; d <= 3; ++d) {
                    const Interval product =
                        Interval(Dyadic(a), Dyadic(b)) * Interval(Dyadic(c), Dyadic(d));
                    const auto [low, high] = std::minmax({a * c, a * d, b * c, b * d});
                    EXPECT_TRUE(product.lo.rational() == low && product.hi.rational() == high);
                }
    for (int a = -3; a <= 3; ++a)
        for (int b = a; b <= 3; ++b)
            for (int n = 1; n <= 4; ++n) {
                const Interval range = power(Interval(Dyadic(a), Dyadic(b)), n);
                mpq_class low = check::power(mpq_class(a), n), high = low;
                for (int x = a; x <= b; ++x) {
                    low = std::min(low, check::power(mpq_class(x), n));
                    high = std::max(high, check::power(mpq_class(x), n));
                }
                EXPECT_TRUE(range.lo.rational() == low && range.hi.rational() == high);
            }
}

TEST(CheckerNumbers, InertiaInverseAndKernelAgreeWithCongruences) {
    // BᵀDB has the inertia of D for a regular B, and many zeros on its diagonal.
    std::mt19937 random(2);
    for (int trial = 0; trial < 3000; ++trial) {
        const std::size_t n = 1 + random() % 5;
        const auto matrix = [&] { return check::Matrix<mpz_class>(n, check::Integers(n)); };
        check::Matrix<mpz_class> B = matrix(), A = matrix();
        check::Integers D(n), x(n), b(n);
        int negative = 0;
        bool regular = true;
        for (std::size_t i = 0; i < n; ++i) {
            D[i] = static_cast<long>(random() % 5) - 2;
            x[i] = static_cast<long>(random() % 5) - 2;
            negative += D[i] < 0 ? 1 : 0;
            regular = regular && D[i] != 0;
            for (std::size_t j = 0; j < n; ++j) B[i][j] = static_cast<long>(random() % 3) - 1;
        }
        if (check::Spectrum(B).divisor == 0) continue;
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j)
                for (std::size_t l = 0; l < n; ++l) A[i][j] += B[l][i] * D[l] * B[l][j];
        for (std::size_t i = 0; i < n; ++i) b[i] = check::dot(A[i], x).get_num();
        const check::Spectrum found(A);
        EXPECT_EQ(found.negative_eigenvalues, negative);
        ASSERT_EQ(found.divisor != 0, regular);
        // A⁻¹b = x; or, A being singular, what A maps to is orthogonal to its kernel, and the
        // adjugate is a symmetric matrix of kernel vectors, not zero.
        mpz_class trace;
        for (std::size_t i = 0; i < n; ++i) {
            trace += found.adjugate[i][i];
            EXPECT_EQ(check::dot(found.adjugate[i], b),
                      regular ? mpz_class(x[i] * found.divisor) : mpz_class());
            for (std::size_t j = 0; j < n && !regular; ++j)
                EXPECT_EQ(check::dot(A[j], found.adjugate[i]), 0);
        }
        EXPECT_TRUE(regular || trace != 0);
    }
}

// Lies that are consistent in themselves: lists, counts, verdict and sentence agree.

/// Every token R<r> of the trees becomes what `change` makes of r.
void change_region_tokens(Json& json, const std::function<std::string(std::size_t)>& change) {
    for (Json& entry : json["patterns"]) {
        std::istringstream words(entry["tree"].get<std::string>());
        std::string tree, word;
        while (words >> word) {
            if (word[0] == 'R') word = change(std::stoul(word.substr(1)));
            tree += (tree.empty() ? "" : " ") + word;
        }
        entry["tree"] = tree;
    }
}

/// Without this point of Q, its region, and its point of P.
Json without_point(Json json, std::size_t p, const std::string& token) {
    Json& points = json["surrogate"]["points"];
    const std::size_t r = points[p]["region"];
    const Json base = points[p]["base"];
    points.erase(p);
    if (!base.is_null()) json["base"]["points"].erase(base.get<std::size_t>());
    json["regions"].erase(r);
    for (Json* list : {&points, &json["undecided"]})
        for (Json& item : *list) {
            if (item.contains("region") && item["region"] > r)
                item["region"] = item["region"].get<std::size_t>() - 1;
            if (item.contains("base") && !base.is_null() && !item["base"].is_null() &&
                item["base"] > base)
                item["base"] = item["base"].get<std::size_t>() - 1;
        }
    change_region_tokens(json, [&](std::size_t t) {
        return t == r ? token : "R" + std::to_string(t > r ? t - 1 : t);
    });
    Certifier::count(json);
    return json;
}

/// Leaves that may be tried where a point was.
std::vector<std::string> other_leaves(const Json& json, const Json& region) {
    const std::string signs = region["signs"];
    const std::size_t state = std::min(signs.find_first_not_of('0'), signs.size() - 1);
    const std::string axis = std::to_string(state);
    std::string mean = "P1";
    for (std::size_t i = 1; i < region.value("center", region.value("beta", Json())).size(); ++i)
        mean += ",1";
    std::vector<std::string> out{"E" + axis, mean, "X", "R0"};
    const Json& transfer = json["instance"]["transfer"];
    if (!transfer["kind"].get<std::string>().starts_with("group")) return out;
    out[0] = "E" + (transfer.contains("groups") ? transfer["groups"][state][0] : Json(0)).dump();
    out.push_back("N" + axis);
    return out;
}

TEST(Checker, RejectsAPointLeftOut) {
    int lies = 0;
    for (const auto& [name, json] : certificates())
        // A point in undecided leaves may be left out: nothing says that they hold none.
        for (std::size_t p = 0;
             json["verdict"] == "proved" && p < json["surrogate"]["points"].size(); ++p) {
            const auto r = json["surrogate"]["points"][p]["region"].get<std::size_t>();
            for (const std::string& token : other_leaves(json, json["regions"][r])) {
                ++lies;
                EXPECT_NE(outcome(without_point(json, p, token)).status, Status::accepted)
                    << name << " " << p << token;
            }
        }
    EXPECT_GT(lies, 400);
}

TEST(Checker, AcceptsAPointLeftUndecided) {
    // Not a lie: less is claimed. The leaves that held the point are undecided now.
    Json json = without_point(certificate("simple"), 2, "U");
    std::size_t left = 0;
    const std::string tree = json["patterns"][1]["tree"];
    for (const char c : tree) left += c == 'U' ? 1 : 0;
    json["undecided"].push_back({{"kind", "leaves"}, {"signs", "+"}, {"count", left}});
    Certifier::count(json);
    EXPECT_EQ(outcome(json).status, Status::accepted) << outcome(json).reason;
}

TEST(Checker, RejectsAPointTwice) {
    for (const auto& [name, json] : certificates())
        for (const Json& point : json["surrogate"]["points"]) {
            Json lie = json;
            Json region = json["regions"][point["region"].get<std::size_t>()], copy = point;
            if (region["kind"] == "root" && !region["radius"].empty())
                for (Json& radius : region["radius"]) radius = "1p-25";
            lie["regions"].push_back(region);
            copy["region"] = lie["regions"].size() - 1;
            if (!point["base"].is_null()) {
                copy["base"] = lie["base"]["points"].size();
                lie["base"]["points"].push_back(
                    json["base"]["points"][point["base"].get<std::size_t>()]);
            }
            lie["surrogate"]["points"].push_back(copy);
            Certifier::count(lie);
            EXPECT_EQ(outcome(lie).reason, "a point listed before") << name;
        }
}

TEST(Checker, RejectsAWrongClass) {
    for (const auto& [name, json] : certificates())
        for (std::size_t p = 0; p < json["surrogate"]["points"].size(); ++p) {
            Json lie = json;
            Json& point = lie["surrogate"]["points"][p];
            const bool minimizer = point["class"] == "minimizer";
            point["class"] = minimizer ? "saddle" : "minimizer";
            if (!point["index"].is_null()) point["index"] = minimizer ? 1 : 0;
            if (!point["base"].is_null()) {
                Json& base = lie["base"]["points"][point["base"].get<std::size_t>()];
                base["class"] = point["class"];
                base["index"] = minimizer ? 1 : 0;
            }
            Certifier::count(lie);
            EXPECT_EQ(outcome(lie).status, Status::rejected) << name << " " << p;
        }
}

// Random corruptions.

class Corruption {
public:
    explicit Corruption(unsigned seed) : random_(seed) {}

    /// One change somewhere in the certificate.
    Json corrupted(Json json) {
        std::vector<Json::json_pointer> places;
        collect(json, Json::json_pointer(), places);
        Json& place = json[places[pick(places.size())]];
        if (place.is_array())
            change_array(place);
        else if (place.is_string())
            place = changed(place.get<std::string>());
        else if (place.is_number_integer())
            place = changed_integer(place.get<long long>());
        else
            place = pick(2) == 0 ? Json(0) : Json("0");
        return json;
    }

private:
    std::size_t pick(std::size_t n) { return random_() % n; }

    /// Of long lists only some entries, so that a change hits each kind of field.
    void collect(const Json& json, const Json::json_pointer& here,
                 std::vector<Json::json_pointer>& out) {
        if (json.is_object())
            for (const auto& [name, value] : json.items()) collect(value, here / name, out);
        else
            out.push_back(here);
        if (json.is_array())
            for (std::size_t i = 0; i < json.size(); ++i) collect(json[i], here / i, out);
    }

    void change_array(Json& array) {
        if (array.empty()) return array.push_back(0);
        const std::size_t i = pick(array.size()), j = pick(array.size());
        switch (pick(3)) {
            case 0: array.erase(i); break;
            case 1: array.push_back(Json(array[i])); break;
            default: std::swap(array[i], array[j]);
        }
    }

    long long changed_integer(long long n) {
        switch (pick(4)) {
            case 0: return n + 1;
            case 1: return n - 1;
            case 2: return n + n / 100 + 1;
            default: return -n;
        }
    }

    std::string changed(const std::string& text) {
        if (text.find(' ') != std::string::npos && text.find_first_of("SEPRUCN") < 2)
            return changed_tree(text);
        if (text.find_first_not_of("0123456789-p/.") != std::string::npos ||
            text.find_first_of("0123456789") == std::string::npos)
            return changed_word(text);
        const std::size_t end = std::min(text.find_first_of("p/."), text.size());
        const bool is_negative = text.front() == '-';
        if (text.find_first_of("0123456789") != (is_negative ? 1 : 0)) return changed_word(text);
        long long m = std::stoll(text.substr(0, std::min<std::size_t>(end, 18)));
        switch (pick(5)) {
            case 0: ++m; break;
            case 1: --m; break;
            case 2: m += m / 100; break;
            case 3: m -= m / 1000; break;
            default: return "-" + text;
        }
        return std::to_string(m) + text.substr(end);
    }

    std::string changed_word(std::string text) {
        const std::string other[] = {
            "0",      "+",       "-",        "p",         "m",      "++",        "root",
            "fold",   "outside", "exact",    "minimizer", "saddle", "maximizer", "undecided",
            "proved", "energy",  "coercive", "principal", "linear", "box",       "U"};
        if (pick(2) == 0 || text.empty()) return other[pick(std::size(other))];
        char& c = text[pick(text.size())];
        c = "0123456789+-pm*"[pick(15)];
        return text;
    }

    std::string changed_tree(const std::string& text) {
        std::istringstream words(text);
        std::vector<std::string> tokens{std::istream_iterator<std::string>(words), {}};
        const std::size_t i = pick(tokens.size()), j = pick(tokens.size());
        std::string& token = tokens[i];
        switch (pick(6)) {
            case 0: tokens.erase(tokens.begin() + static_cast<long>(i)); break;
            case 1:
                tokens.insert(tokens.begin() + static_cast<long>(i), std::string(tokens[j]));
                break;
            case 2: std::swap(tokens[i], tokens[j]); break;
            case 3: token[0] = "SEPRUCXN"[pick(8)]; break;
            case 4: token.back() = static_cast<char>('0' + pick(10)); break;
            default:
                token = token[0] == 'S' ? token.substr(0, 3) + changed(token.substr(3))
                                        : "E" + std::to_string(pick(2));
        }
        std::string out;
        for (const std::string& word : tokens) out += (out.empty() ? "" : " ") + word;
        return out;
    }

    std::mt19937 random_;
};

/// The corruptions of one certificate. An accepted one states nothing false if
///   it states, on the same instance, what the certificate states that was corrupted; or
///   the instance is another, and Newton's method from a grid finds there what is stated.
struct Tally {
    int corrupted = 0, accepted = 0, other_instance = 0;
};
void corrupt(const std::string& name, const Json& original, int times, bool tiny_instance,
             Tally& tally) {
    Corruption corruption(static_cast<unsigned>(std::hash<std::string>()(name)));
    for (int i = 0; i < times; ++i) {
        const Json json = corruption.corrupted(original);
        if (json == original) continue;
        ++tally.corrupted;
        if (outcome(json).status != Status::accepted) continue;
        ++tally.accepted;
        ASSERT_EQ(json["sentence"], original["sentence"]) << name << ": " << json;
        ASSERT_EQ(json["verdict"], original["verdict"]) << name;
        if (json["instance"] == original["instance"]) continue;
        ++tally.other_instance;
        if (!tiny_instance) continue;
        const bool has_groups =
            json["instance"]["transfer"]["kind"].get<std::string>().starts_with("group");
        Certifier::Options options{json["bound"]};
        options.bound.erase("edge");
        if (Certifier::is_restricted(options.bound))
            options.edge = Certifier::value(json["bound"]["edge"][0]);
        else if (options.bound["rule"] != "linear")
            options.edge = has_groups ? 4 : 16;
        options.folds = Json::array();
        for (const Json& region : json["regions"])
            if (region["kind"] == "fold") options.folds.push_back(region);
        options.deepest = 0;  // the trees do not matter here
        const Json fresh = has_groups
                               ? tiny::GroupCertifier(json["instance"], options).certificate()
                               : Certifier(json["instance"], options).certificate();
        for (const char* count : {"/surrogate/stationary_orbits", "/surrogate/minimizer_orbits",
                                  "/base/stationary", "/base/minimizers"})
            ASSERT_EQ(json[Json::json_pointer(count)], fresh[Json::json_pointer(count)])
                << name << ": " << json["instance"];
    }
}

TEST(CheckerCorruptions, StateNothingFalse) {
    Tally tally;
    for (const auto& [name, json] : certificates()) corrupt(name, json, 700, true, tally);
    EXPECT_GT(tally.corrupted, 10'000);
    EXPECT_LT(tally.accepted, tally.corrupted / 4);
    std::cout << tally.corrupted << " corruptions, " << tally.accepted << " accepted, of them "
              << tally.other_instance << " for another instance\n";
}

TEST(CheckerCorruptions, OfRefutationsStateNothingFalse) {
    int corrupted = 0, accepted = 0;
    for (const auto& [name, original] : refutations()) {
        Corruption corruption(static_cast<unsigned>(std::hash<std::string>()(name)));
        for (int i = 0; i < 3000; ++i) {
            const Json json = corruption.corrupted(original);
            corrupted += json != original ? 1 : 0;
            if (json == original || outcome(json).status != Status::accepted) continue;
            ++accepted;
            ASSERT_EQ(json["sentence"], original["sentence"]);
            ASSERT_TRUE(tiny::Refuted(json).is_true()) << json;
        }
    }
    EXPECT_GT(corrupted, 10'000);
    std::cout << corrupted << " corruptions, " << accepted << " accepted\n";
}

TEST(CheckerCorruptions, OfTheGalleryStateNothingFalse) {
    Tally tally;
    int certificates = 0;
    for (const auto& entry : std::filesystem::directory_iterator(
             HADAMARD_SOURCE_DIR "/verify/landscape/gallery/certificates")) {
        const std::string name = entry.path().filename().string();
        const Json json = Json::parse(hadamard::text_of(entry.path()));
        ASSERT_EQ(outcome(json).status, Status::accepted) << name;
        corrupt(name, json, 400, false, tally);
        ++certificates;
    }
    EXPECT_GE(certificates, 12);
    EXPECT_GT(tally.corrupted, 10'000);
    EXPECT_LT(tally.accepted, tally.corrupted / 4);
    std::cout << tally.corrupted << " corruptions, " << tally.accepted << " accepted\n";
}

// The program.

class CheckerProgram : public hadamard::TemporaryDirectory {
protected:
    /// Runs it by the shell. @returns the exit code; the streams are in files.
    int run(const std::string& words) const {
        const std::string command =
            std::string("ulimit -v 4000000; '" HADAMARD_CHECK_PROGRAM "' ") + words + " >" +
            file("out").string() + " 2>" + file("err").string();
        const int status = std::system(command.c_str());
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    std::string out() const { return hadamard::text_of(file("out")); }
    std::string err() const { return hadamard::text_of(file("err")); }
};

TEST_F(CheckerProgram, AcceptsWithTheSentence) {
    const std::string path = written("cert.json", certificate("simple").dump());
    EXPECT_EQ(run(path), 0);
    EXPECT_EQ(out(), certificate("simple")["sentence"].get<std::string>() + "\n");
    EXPECT_EQ(err(), "");
    EXPECT_EQ(run("- --json - <" + path), 0);
    EXPECT_EQ(Json::parse(out())["verdict"], "proved");
    EXPECT_EQ(run(path + " --json " + file("result").string()), 0);
    EXPECT_EQ(Json::parse(hadamard::text_of(file("result")))["sentence"],
              certificate("simple")["sentence"]);
}

TEST_F(CheckerProgram, RejectsAtTheFirstFailingItem) {
    Json lie = certificate("simple");
    lie["surrogate"]["points"][1]["index"] = 0;
    EXPECT_EQ(run(written("lie.json", lie.dump()) + " --json " + file("result").string()), 1);
    EXPECT_EQ(out(), "");
    EXPECT_EQ(err(), "hadamard-check: rejected: surrogate.points[1].index: not 1\n");
    const Json result = Json::parse(hadamard::text_of(file("result")));
    EXPECT_EQ(result["status"], "rejected");
    EXPECT_EQ(result["where"], "surrogate.points[1].index");
}

TEST_F(CheckerProgram, ExplainsBadUsage) {
    const std::string fine = written("fine.json", certificates().begin()->second.dump());
    EXPECT_EQ(
        std::system(("'" HADAMARD_CHECK_PROGRAM "' " + fine + " >/dev/full 2>/dev/null").c_str()),
        2 << 8);
    EXPECT_EQ(run(fine + " --json /dev/full"), 2);
    EXPECT_EQ(run("--help"), 0);
    EXPECT_EQ(out().substr(0, 22), "usage: hadamard-check ");
    EXPECT_EQ(run(""), 2);
    EXPECT_EQ(err(), "hadamard-check: no certificate; see --help\n");
    EXPECT_EQ(run("--fast x"), 2);
    EXPECT_EQ(run("x --json"), 2);
    EXPECT_EQ(run("x y"), 2);
    EXPECT_EQ(err(), "hadamard-check: more than one certificate\n");
    EXPECT_EQ(run("/nowhere/at.all"), 2);
    EXPECT_EQ(err(), "hadamard-check: cannot be opened\n");
    EXPECT_EQ(run(home().string()), 2);
    EXPECT_EQ(err(), "hadamard-check: cannot be read\n");
    const std::string path = written("cert.json", certificate("simple").dump());
    EXPECT_EQ(run(path + " --json /nowhere/at.all"), 2);
    EXPECT_EQ(run(path + " --json /dev/full"), 2);
    EXPECT_EQ(run(written("other", "{\"format\": \"a\\nb\"}")), 2);
    EXPECT_EQ(err(), "hadamard-check: another format\n");
    EXPECT_EQ(run(written("other",
                          "{\"format\": \"hadamard-landscape\", \"version\": 1, \"instance\": "
                          "{\"a\\nb\": 1}}") +
                  " --json -"),
              2);
    EXPECT_EQ(err(), "hadamard-check: instance: \"a?b\" is not covered by version 1\n");
}

TEST_F(CheckerProgram, BoundsItsMemory) {
    EXPECT_EQ(run("- </dev/zero"), 2);
    EXPECT_EQ(err(), "hadamard-check: longer than 268435456 bytes\n");
    std::string values = "[";
    for (int i = 0; i < 9'000'000; ++i) values += "0,";
    EXPECT_EQ(run(written("values", values + "0]")), 2);
    EXPECT_EQ(err(), "hadamard-check: too many values\n");
    EXPECT_EQ(run(written("nested", std::string(5'000'000, '['))), 2);
    EXPECT_EQ(err(), "hadamard-check: nested too deeply\n");
}

}  // namespace
