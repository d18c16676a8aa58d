#include "landscape/certificate.hpp"

#include "hadamard/data/instance_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace hadamard::landscape {
namespace {

std::string quoted(const std::string& text) { return '"' + text + '"'; }

template <class Items, class Text>
std::string list(const Items& items, Text text) {
    std::string out = "[";
    for (const auto& item : items) {
        if (out.size() > 1) out += ',';
        out += text(item);
    }
    return out + "]";
}

std::string dyadics(const Doubles& numbers) {
    return list(numbers, [](double a) { return quoted(dyadic(a)); });
}
std::string fractions(const std::vector<Rational>& numbers) {
    return list(numbers, [](const Rational& a) { return quoted(a.str()); });
}
template <class Whole>
std::string integers(const std::vector<Whole>& numbers) {
    return list(numbers, [](Whole a) { return fmt::format("{}", a); });
}

std::string box(const Box& box) {
    std::string out = "[";
    for (std::size_t i = 0; i < box.size(); ++i)
        out += fmt::format("{}[\"{}\",\"{}\"]", i > 0 ? "," : "", dyadic(box.lo[i]),
                           dyadic(box.hi[i]));
    return out + "]";
}

std::string rows(const Doubles& entries, std::size_t count) {
    const std::size_t width = count == 0 ? 0 : entries.size() / count;
    std::string out = "[";
    for (std::size_t r = 0; r < count; ++r) {
        const auto begin = entries.begin() + static_cast<std::ptrdiff_t>(r * width);
        out += (r > 0 ? "," : "") +
               dyadics(Doubles(begin, begin + static_cast<std::ptrdiff_t>(width)));
    }
    return out + "]";
}

/// The fields behind others.
std::string text_of(const SumOfSquares& squares) {
    std::vector<Rational> triangle;
    for (std::size_t i = 0; i < squares.gram.size(); ++i)
        for (std::size_t j = 0; j <= i; ++j) triangle.push_back(squares.gram[i][j]);
    return ",\"constant\":" + quoted(squares.constant.str()) +
           ",\"monomials\":" + list(squares.monomials, integers<int>) +
           ",\"gram\":" + fractions(triangle);
}

std::string text_of(const Bound& bound) {
    std::string out = "{\"rule\":" + quoted(bound.rule);
    if (!bound.edges.empty()) out += ",\"edge\":" + dyadics(bound.edges);
    if (bound.rule == "energy") out += ",\"v\":" + fractions(bound.v);
    if (bound.rule == "coercive") out += ",\"radius\":" + quoted(bound.radius.str());
    if (bound.rule == "squares") out += ",\"sigma\":" + fractions(bound.sigma);
    if (bound.squares) out += text_of(*bound.squares);
    return out + "}";
}

const char* name_of(Region::Kind kind) {
    switch (kind) {
        case Region::Kind::root: return "root";
        case Region::Kind::outside: return "outside";
        case Region::Kind::exact: return "exact";
        case Region::Kind::fold: break;
    }
    return "fold";
}

std::string text_of(const Region& region) {
    std::string out =
        fmt::format("{{\"signs\":\"{}\",\"kind\":\"{}\"", region.signs, name_of(region.kind));
    const std::size_t m = region.outer.size();
    switch (region.kind) {
        case Region::Kind::exact: out += ",\"beta\":" + fractions(region.beta); break;
        case Region::Kind::fold:
            out += ",\"outer\":" + box(region.outer) + ",\"wide\":" + box(region.wide) +
                   ",\"v\":" + dyadics(region.v) + ",\"W\":" + rows(region.W, m) +
                   ",\"B\":" + rows(region.B, m - 1) +
                   ",\"spread\":" + quoted(dyadic(region.spread));
            break;
        case Region::Kind::root:
        case Region::Kind::outside:
            out += ",\"center\":" + dyadics(region.center) + ",\"outer\":" + box(region.outer) +
                   ",\"radius\":" + dyadics(region.radius) +
                   ",\"scale\":" + integers(region.scale) + ",\"C\":" + integers(region.C);
            break;
    }
    return out + "}";
}

std::string text_of(const SurrogatePoint& p) {
    return fmt::format(
        "{{\"region\":{},\"class\":\"{}\",\"index\":{},\"points\":{},\"base\":{}}}", p.region,
        to_string(p.kind), p.index < 0 ? "null" : std::to_string(p.index), p.points,
        p.base < 0 ? "null" : std::to_string(p.base));
}

std::string text_of(const BasePoint& p) {
    std::string beta = "[";
    for (std::size_t i = 0; i < p.lo.size(); ++i)
        beta += fmt::format("{}[\"{}\",\"{}\"]", i > 0 ? "," : "", p.lo[i].str(), p.hi[i].str());
    return fmt::format("{{\"signs\":\"{}\",\"beta\":{}],\"index\":{},\"class\":\"{}\"}}", p.signs,
                       beta, p.index, to_string(p.kind));
}

std::string text_of(const UndecidedPlace& place) {
    std::string out = "{\"kind\":" + quoted(place.kind);
    if (place.kind == "leaves")
        out += fmt::format(",\"signs\":\"{}\",\"count\":{}", place.signs, place.count);
    if (place.kind == "fold" || place.kind == "degenerate")
        out += fmt::format(",\"region\":{}", place.region);
    return out + ",\"reason\":" + quoted(place.reason) + "}";
}

std::string text_of(const Tree& tree) {
    return fmt::format("{{\"signs\":\"{}\",\"tree\":\"{}\"}}", tree.signs, tree.tokens);
}

template <class Items>
std::string lines(const Items& items) {
    std::string out = "[";
    for (const auto& item : items) out += (out.size() > 1 ? ",\n" : "\n") + text_of(item);
    return out + "]";
}

/// {, the format and the provenance.
std::string head(const nlohmann::ordered_json& provenance) {
    std::string out = "{\"format\":\"hadamard-landscape\",\"version\":1";
    for (const auto& [key, value] : provenance.items())
        if (key != "format" && key != "format_version")
            out += ",\n" + quoted(key) + ":" + value.dump();
    return out;
}

std::string tail(const std::string& verdict, const std::string& sentence) {
    return ",\n\"verdict\":" + quoted(verdict) + ",\n\"sentence\":" + quoted(sentence) + "}\n";
}

}  // namespace

std::string certificate(const Landscape& l, const nlohmann::ordered_json& provenance) {
    std::string out = head(provenance);
    out += ",\n\"instance\":" + to_json(l.problem.instance).dump();
    out += ",\n\"bound\":" + text_of(l.bound);
    out += ",\n\"patterns\":" + lines(l.trees);
    out += ",\n\"regions\":" + lines(l.regions);
    out += fmt::format(
        ",\n\"surrogate\":{{\"points\":{},\"stationary_orbits\":{},\"minimizer_orbits\":{}}}",
        lines(l.surrogate), l.surrogate.size(), l.minimizer_orbits());
    out += fmt::format(",\n\"base\":{{\"points\":{},\"stationary\":{},\"minimizers\":{}}}",
                       lines(l.base), l.base.size(), l.base_minimizers());
    out += ",\n\"undecided\":" + lines(l.undecided);
    return out + tail(l.verdict, l.sentence);
}

std::string certificate(const Refutation& r, const nlohmann::ordered_json& provenance) {
    nlohmann::ordered_json instance = to_json(r.problem.instance);
    instance["mutant"] = to_string(r.mutant);
    std::string out = head(provenance);
    out += ",\n\"instance\":" + instance.dump();
    out += ",\n\"bound\":" + text_of(r.bound);
    out += ",\n\"regions\":" + lines(r.regions);
    out += ",\n\"witness\":" + (r.mutant == Mutant::square
                                    ? "{\"region\":0,\"edge\":" + integers(r.edge) + "}"
                                    : "{\"u\":" + fractions(r.u) + "}");
    return out + tail("refuted", Refutation::sentence());
}

}  // namespace hadamard::landscape
