#include "verdict.hpp"

#include "read.hpp"

#include <map>

namespace check {
namespace {

using std::size_t;

/// What must be named, and the count that its item must carry.
using Places = std::map<std::string, std::uint64_t>;

std::string region_place(const char* kind, const std::string& region) {
    return kind + (" of region " + region);
}

Places places_of(const Bound& bound, const std::vector<Region>& regions, const Trees& trees,
                 const Points& points) {
    Places out;
    for (const auto& [signs, count] : trees.undecided) out["leaves of pattern " + signs] = count;
    for (size_t r = 0; r < regions.size(); ++r)
        if (regions[r].kind == Region::Kind::fold) out[region_place("fold", std::to_string(r))] = 1;
    for (const size_t r : points.degenerate) out[region_place("degenerate", std::to_string(r))] = 1;
    if (bound.rule == Bound::Rule::none) out["bound"] = 1;
    return out;
}

std::string place_of(const Value& item) {
    const std::string& kind = in(item, "kind", [](const Value& v) -> auto& { return v.text(); });
    const auto region = [&] {
        return in(item, "region", [](const Value& v) { return integer(v).get_str(); });
    };
    if (kind == "leaves")
        return "leaves of pattern " +
               in(item, "signs", [](const Value& v) -> auto& { return v.text(); });
    if (kind == "fold") return region_place("fold", region());
    if (kind == "degenerate") return region_place("degenerate", region());
    if (kind == "bound") return "bound";
    not_understood("unknown kind \"" + kind.substr(0, 40) + "\"");
}

}  // namespace

size_t checked_undecided(const Value& undecided, const Bound& bound,
                         const std::vector<Region>& regions, const Trees& trees,
                         const Points& points) {
    Places places = places_of(bound, regions, trees, points);
    undecided.each([&](const Value& item, size_t) {
        const auto found = places.find(place_of(item));
        if (found == places.end()) reject("not an undecided place, or named before");
        if (found->first.starts_with("leaves"))
            in(item, "count", [&](const Value& count) {
                if (integer(count) != found->second) reject("not " + std::to_string(found->second));
            });
        places.erase(found);
    });
    if (!places.empty()) reject("does not name: " + places.begin()->first);
    return undecided.array().size();
}

std::string sentence(const Points& points, size_t undecided, const Bound& bound) {
    const auto text = [](size_t n) { return std::to_string(n); };
    const std::string of_q = text(points.stationary_orbits) + " orbits of stationary points (" +
                             points.stationary_points.get_str() + " points), " +
                             text(points.minimizer_orbits) +
                             " of them of strict local minimizers (" +
                             points.minimizer_points.get_str() + " points)";
    const std::string of_p = "P has exactly " + text(points.base_stationary) +
                             " stationary points, " + text(points.base_minimizers) +
                             " of them strict local minimizers";
    if (undecided == 0)
        return "Q has exactly " + of_q + ". " + of_p +
               ". K maps the orbits of local minimizers of Q one to one onto the local minimizers "
               "of P: Q has no spurious local minimum and misses none.";
    const char* where = bound.rule == Bound::Rule::none ? "inside the bound " : "";
    return "Undecided at " + text(undecided) + " places. Apart from them " + where +
           "Q has exactly " + of_q + "; " + of_p +
           "; K maps these orbits of local minimizers one to one onto these local minimizers.";
}

}  // namespace check
