#include "certificate.hpp"

#include "verdict.hpp"

namespace check {
namespace {

void require_known(const Value& certificate) {
    in(certificate, "format", [](const Value& value) {
        if (value.text() != "hadamard-landscape") not_understood("not \"hadamard-landscape\"");
    });
    in(certificate, "version", [](const Value& value) {
        if (value.integer() != "1") not_understood("this checker understands version 1");
    });
}

}  // namespace

Proof checked(const Value& certificate) {
    require_known(certificate);
    const Problem instance = in(certificate, "instance", problem);
    LinearSystems systems(instance);
    const Bound bound =
        in(certificate, "bound", [&](const Value& v) { return checked_bound(v, instance); });
    const std::vector<Region> regions = in(certificate, "regions", [&](const Value& v) {
        return checked_regions(v, instance, bound, systems);
    });
    const Trees trees = in(certificate, "patterns", [&](const Value& v) {
        return checked_trees(v, instance, bound, regions, systems);
    });
    const Points points = checked_points(in(certificate, "surrogate", [](const Value& v) { return v; }),
                                         certificate.at("base"), instance, regions);
    Proof out;
    out.undecided = in(certificate, "undecided", [&](const Value& v) {
        return checked_undecided(v, bound, regions, trees, points);
    });
    out.verdict = out.undecided == 0 ? "proved" : "undecided";
    out.sentence = sentence(points, out.undecided, bound);
    out.regions = regions.size();
    out.patterns = number_of_patterns(instance);
    out.tokens = trees.tokens;
    in(certificate, "verdict", [&](const Value& v) {
        if (v.text() != out.verdict) reject("not \"" + out.verdict + "\"");
    });
    in(certificate, "sentence", [&](const Value& v) {
        if (v.text() != out.sentence) reject("proved is only: " + out.sentence);
    });
    return out;
}

}  // namespace check
