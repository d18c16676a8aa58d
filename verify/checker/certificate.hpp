#pragma once

#include "refuted.hpp"
#include "tree.hpp"

namespace check {

/// What an accepted certificate proves.
struct Proof {
    std::string verdict, sentence;
    size_t tokens = 0, regions = 0, undecided = 0;
};

/// FORMAT.md section 9: `undecided` names exactly what the proof leaves open.
inline void check_undecided(const Json& json, const std::vector<Region>& regions,
                            const Trees& trees, const Points& points) {
    using Place = std::pair<std::string, std::string>;
    std::map<Place, size_t> open;  // kind and where; the count of `leaves`
    const auto in_region = [&](const char* kind, size_t r) { open[{kind, std::to_string(r)}] = 1; };
    for (const auto& [signs, count] : trees.undecided()) open[{"leaves", signs}] = count;
    for (size_t r = 0; r < regions.size(); ++r)
        if (regions[r].kind == "fold") in_region("fold", r);
    for (const size_t r : points.degenerate) in_region("degenerate", r);

    each(json, [&](const Json& item, size_t) {
        Place place{in(item, "kind", text), ""};
        if (place.first == "leaves")
            place.second = in(item, "signs", text);
        else
            place.second = in(item, "region", [](const Json& r) { return integer(r).get_str(); });
        const auto found = open.find(place);
        if (found == open.end()) reject("not an undecided place, or named before");
        if (place.first == "leaves" && integer(member(item, "count")) != found->second)
            reject("the count is not " + std::to_string(found->second));
        open.erase(found);
    });
    if (!open.empty())
        reject("does not name " + open.begin()->first.first + " " + open.begin()->first.second);
}

/// Section 10: the sentence that the checks prove.
inline std::string sentence(const Points& points, size_t undecided) {
    const std::string So = std::to_string(points.orbits), Sp = points.points.get_str(),
                      Mo = std::to_string(points.minimizer_orbits),
                      Mp = points.minimizers.get_str(), Bs = std::to_string(points.base),
                      Bm = std::to_string(points.base_minimizers);
    if (undecided == 0)
        return "Q has exactly " + So + " orbits of stationary points (" + Sp + " points), " + Mo +
               " of them of strict local minimizers (" + Mp + " points). P has exactly " + Bs +
               " stationary points, " + Bm +
               " of them strict local minimizers. K maps the orbits "
               "of local minimizers of Q one to one onto the local minimizers of P: Q has no "
               "spurious local minimum and misses none.";
    return "Undecided at " + std::to_string(undecided) + " places. Proved: " + So +
           " orbits of stationary points of Q (" + Sp + " points), " + Mo +
           " of them of strict local minimizers (" + Mp + " points); " + Bs +
           " stationary points of P, " + Bm +
           " of them strict local minimizers, one to one below "
           "these orbits of minimizers. Every other stationary point lies in the undecided places.";
}

/// Verdict and sentence are what is proved.
inline void require_claimed(const Json& json, const Proof& proof) {
    if (in(json, "verdict", text) != proof.verdict) reject("the verdict is not " + proof.verdict);
    if (in(json, "sentence", text) != proof.sentence) reject("proved is only: " + proof.sentence);
}

/// Section 12.
inline Proof checked_refutation(const Json& json, const Problem& problem) {
    const auto regions = in(json, "regions", [&](const Json& x) { return refuting(x, problem); });
    in(json, "witness", [&](const Json& x) { check_witness(x, problem, regions); });
    Proof out;
    out.verdict = "refuted";
    out.sentence =
        "Refuted: Q has a local minimizer whose image under K is not a local minimizer of P.";
    out.regions = regions.size();
    require_claimed(json, out);
    return out;
}

/// Checks everything that FORMAT.md asks for. @throws Failure with the first item that fails.
inline Proof checked(const Json& json) {
    if (in(json, "format", text) != "hadamard-landscape") not_understood("another format");
    if (integer(member(json, "version")) != 1) not_understood("a version other than 1");
    const auto problem =
        in(json, "instance", [](const Json& x) { return InstanceReader().read(x); });
    if (!problem.mutant.empty()) return checked_refutation(json, problem);
    LinearSystems systems(problem);
    const auto bound = in(json, "bound", [&](const Json& x) { return Bound(x, problem); });
    const auto regions = in(json, "regions", [&](const Json& x) {
        return checked_regions(x, problem, bound, systems);
    });
    const auto trees = in(json, "patterns", [&](const Json& x) {
        return Trees(x, problem, bound, regions, systems);
    });
    const Points points(json, problem, regions);
    in(json, "undecided", [&](const Json& x) { check_undecided(x, regions, trees, points); });
    Proof out;
    out.undecided = member(json, "undecided").size();
    out.verdict = out.undecided == 0 ? "proved" : "undecided";
    out.sentence = bound.restriction() + sentence(points, out.undecided) +
                   (bound.is_restricted() ? " Nothing is proved beyond this box." : "");
    out.tokens = trees.tokens();
    out.regions = regions.size();
    require_claimed(json, out);
    return out;
}

}  // namespace check
