#pragma once

#include "points.hpp"
#include "refuted.hpp"
#include "tree.hpp"

namespace check {

/// What an accepted certificate proves.
struct Proof {
    std::string verdict, sentence;
    size_t tokens = 0, regions = 0, undecided = 0;
};

/// FORMAT.md section 9: `undecided` names exactly what the proof leaves open. @returns how much.
inline size_t check_undecided(const Json& json, const std::vector<Region>& regions,
                              const Trees& trees, const Points& points) {
    std::map<Json, Json> open;  // each place, and the count of leaves there
    const auto in_region = [&](const char* kind, size_t r) {
        open[{{"kind", kind}, {"region", r}}] = nullptr;
    };
    for (const auto& [signs, count] : trees.undecided)
        open[{{"kind", "leaves"}, {"signs", signs}}] = count;
    for (size_t r = 0; r < regions.size(); ++r)
        if (regions[r].kind == "fold") in_region("fold", r);
    for (const size_t r : points.degenerate) in_region("degenerate", r);

    each(json, [&](const Json& item, size_t) {
        Json place = item, count;
        if (place.is_object()) {
            place.erase("reason");
            std::swap(place["count"], count);
            place.erase("count");
        }
        const auto found = open.find(place);
        if (found == open.end()) reject("not an undecided place, or named before");
        if (count != found->second) reject("the count is not " + found->second.dump());
        open.erase(found);
    });
    if (!open.empty()) reject("does not name " + open.begin()->first.dump());
    return json.size();
}

/// Section 10: the sentence that the checks prove.
inline std::string sentence(const Points& points, size_t undecided) {
    std::string out =
        undecided == 0
            ? "Q has exactly # orbits of stationary points (# points), # of them of strict local "
              "minimizers (# points). P has exactly # stationary points, # of them strict local "
              "minimizers. K maps the orbits of local minimizers of Q one to one onto the local "
              "minimizers of P: Q has no spurious local minimum and misses none."
            : "Undecided at " + std::to_string(undecided) +
                  " places. Proved: # orbits of stationary points of Q (# points), # of them of "
                  "strict local minimizers (# points); # stationary points of P, # of them strict "
                  "local minimizers, one to one below these orbits of minimizers. Every other "
                  "stationary point lies in the undecided places.";
    for (const mpz_class& number :
         {mpz_class(points.orbits), points.points, mpz_class(points.minimizer_orbits),
          points.minimizers, mpz_class(points.base), mpz_class(points.base_minimizers)})
        out.replace(out.find('#'), 1, number.get_str());
    return out;
}

/// Checks everything that FORMAT.md asks for. @throws Failure with the first item that fails.
inline Proof checked(const Json& json) {
    if (in(json, "format", text) != "hadamard-landscape") not_understood("another format");
    if (in(json, "version", integer) != 1) not_understood("a version other than 1");
    const auto problem = in(json, "instance", [](const Json& x) { return Problem(x); });
    Proof out{
        "refuted",
        "Refuted: Q has a local minimizer whose image under K is not a local minimizer of P."};
    if (!problem.mutant.empty()) {
        out.regions = checked_refutation(json, problem).size();
    } else {
        LinearSystems systems(problem);
        const Bound bound = in(json, "bound", [&](const Json& x) { return Bound(x, problem); });
        const auto regions =
            in(json, "regions", checked_regions, problem, bound, std::ref(systems));
        const Trees trees =
            in(json, "patterns", checked_trees, problem, bound, regions, std::ref(systems));
        const Points points(json, problem, regions);
        out.undecided = in(json, "undecided", check_undecided, regions, trees, points);
        out.verdict = out.undecided == 0 ? "proved" : "undecided";
        out.sentence = bound.restriction() + sentence(points, out.undecided) +
                       (bound.is_restricted() ? " Nothing is proved beyond this box." : "");
        out.tokens = trees.tokens;
        out.regions = regions.size();
    }
    if (in(json, "verdict", text) != out.verdict) reject("the verdict is not " + out.verdict);
    if (in(json, "sentence", text) != out.sentence) reject("proved is only: " + out.sentence);
    return out;
}

}  // namespace check
