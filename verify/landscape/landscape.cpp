#include "landscape/landscape.hpp"

#include "landscape/base_side.hpp"
#include "landscape/fold.hpp"
#include "landscape/inertia.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace hadamard::landscape {
namespace {

/// The tokens with region numbers moved up by `offset`.
std::string renumbered(const std::string& tokens, std::size_t offset) {
    if (offset == 0) return tokens;
    std::string out;
    for (std::size_t at = 0; at < tokens.size();) {
        const std::size_t end = std::min(tokens.find(' ', at), tokens.size());
        if (tokens[at] == 'R')
            out += fmt::format("R{}", std::stoul(tokens.substr(at + 1, end - at - 1)) + offset);
        else
            out.append(tokens, at, end - at);
        if (end < tokens.size()) out += ' ';
        at = end + 1;
    }
    return out;
}

OffSupport compare(const Range& g, const Range& threshold) {
    if (g.is_inside(-threshold.lo(), threshold.lo())) return OffSupport::inside;
    if (g.lo() > threshold.hi()) return OffSupport::above;
    return g.hi() < -threshold.hi() ? OffSupport::below : OffSupport::open;
}

OffSupport compare(const Rational& g, const Rational& threshold) {
    if (g > threshold) return OffSupport::above;
    if (g < -threshold) return OffSupport::below;
    return g < threshold && g > -threshold ? OffSupport::inside : OffSupport::open;
}

/// ∂_iL at β, exactly, for a quadratic loss.
Rational slope(const Problem& problem, std::size_t i, const Region& region) {
    const std::vector<int> S = support(region.signs);
    Rational out = -problem.b[i];
    for (std::size_t j = 0; j < S.size(); ++j)
        out += problem.A[i][static_cast<std::size_t>(S[j])] * region.beta[j];
    return out;
}

/// The ranges of a(E).
template <class Equations>
Ranges inner_bases(const Equations& system, const Region& region) {
    const Box inner = region.inner();
    Ranges out;
    for (std::size_t i = 0; i < inner.size(); ++i) out.push_back(system.base(i, inner[i]));
    return out;
}

/// ‖g_j‖ against λw_j for each group off the support, in squares.
std::vector<OffSupport> groups_off_support(const Problem& problem, const Region& region) {
    const RoundUpwards upwards;
    const GroupSystem system(problem, region.signs);
    const Ranges a = inner_bases(system, region);
    std::vector<OffSupport> out;
    for (std::size_t j = 0; j < problem.groups.size(); ++j) {
        if (region.signs[j] != '0') continue;
        Range n(0.0);
        for (const int i : problem.groups[j]) n += power(system.slope_off_support(i, a), 2);
        const Rational& mu = problem.mu[static_cast<std::size_t>(problem.groups[j][0])];
        out.push_back(compare(n, enclosure(mu * mu)));
    }
    return out;
}

bool disjoint(const Box& a, const Box& b) {
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a.hi[i] < b.lo[i] || b.hi[i] < a.lo[i]) return true;
    return false;
}

/// The tree of a pattern by linear algebra: k = 2, quadratic.
Tree linear_tree(const Problem& problem, const std::string& signs) {
    const std::vector<int> S = support(signs);
    std::vector<std::vector<Rational>> M;
    std::vector<Rational> right;
    for (const int i : S) {
        const std::size_t at = static_cast<std::size_t>(i);
        M.emplace_back();
        for (const int j : S) M.back().push_back(problem.A[at][static_cast<std::size_t>(j)]);
        right.push_back(problem.b[at] - problem.mu[at] * sign_of_state(signs[at]));
    }
    Tree out;
    out.signs = signs;
    out.leaves = 1;
    const LinearSolution solution = solve(M, std::move(right));
    if (solution.exists && !solution.unique) {
        out.tokens = "U";
        out.undecided = 1;
        return out;
    }
    bool here = solution.exists;
    for (std::size_t j = 0; here && j < S.size(); ++j)
        here = sign_of_state(signs[static_cast<std::size_t>(S[j])]) * solution.x[j] > 0;
    out.tokens = here ? "R0" : "X";
    if (!here) return out;
    Region region;
    region.signs = signs;
    region.kind = Region::Kind::exact;
    region.beta = solution.x;
    region.negative = inertia(std::move(M)).negative;
    out.regions.push_back(std::move(region));
    return out;
}

Tree empty_tree(const Problem& problem, const std::string& signs) {
    Tree out;
    out.signs = signs;
    out.tokens = "R0";
    out.leaves = 1;
    Region region;
    region.signs = signs;
    region.kind = problem.is_linear() ? Region::Kind::exact : Region::Kind::root;
    out.regions.push_back(std::move(region));
    return out;
}

/// Whether a box that no test decided is at an edge.
bool is_on_edge(const Tree& tree, const Doubles& edges) {
    for (const Box& box : tree.open)
        for (std::size_t i = 0; i < edges.size(); ++i)
            if (box.hi[i] == edges[i]) return true;
    return false;
}

Tree tree_of(const Problem& problem, const Bound& bound, const std::string& signs,
             const SearchLimits& limits) {
    const std::vector<int> S = support(problem, signs);
    if (S.empty()) return empty_tree(problem, signs);
    if (problem.is_linear()) return linear_tree(problem, signs);
    Doubles edges;
    for (const int i : S) edges.push_back(bound.edges[static_cast<std::size_t>(i)]);
    const RoundUpwards upwards;
    if (problem.has_groups()) return search(GroupSystem(problem, signs), edges, limits);
    const System system(problem, signs);
    Tree tree = search(system, edges, limits);
    if (tree.undecided == 0 || (limits.is_restricted && is_on_edge(tree, edges))) return tree;
    return with_folds(system, edges, limits, std::move(tree));
}

void require_distinct(const std::vector<Region>& regions) {
    const RoundUpwards upwards;
    for (std::size_t r = 0; r < regions.size(); ++r)
        for (std::size_t l = 0; l < r; ++l)
            require(regions[l].kind != Region::Kind::root ||
                        regions[r].kind != Region::Kind::root ||
                        disjoint(regions[l].inner(), regions[r].inner()),
                    "landscape: two enclosures of zeros meet");
}

void add(Landscape& out, Tree tree) {
    const std::size_t offset = out.regions.size();
    tree.tokens = renumbered(tree.tokens, offset);
    require_distinct(tree.regions);
    for (std::size_t r = 0; r < tree.regions.size(); ++r) {
        if (tree.regions[r].kind == Region::Kind::fold)
            out.undecided.push_back({"fold", tree.signs, offset + r, 0,
                                     "the Hessian is singular or nearly so: at most two stationary "
                                     "points, at most one of them a minimizer"});
        out.regions.push_back(std::move(tree.regions[r]));
    }
    tree.regions.clear();
    if (tree.undecided > 0)
        out.undecided.push_back(
            {"leaves", tree.signs, 0, tree.undecided,
             out.problem.is_linear()
                 ? "a principal submatrix of the Hessian is singular: there may be a curve of "
                   "stationary points"
                 : "boxes in which no test decides: the Hessian may be singular there, the numbers "
                   "beyond what doubles resolve (rescale), a point on the edge of the box that "
                   "is claimed, or --leaves too few"});
    out.leaves += tree.leaves;
    out.trees.push_back(std::move(tree));
}

int doubled_states(const std::string& signs) {
    return static_cast<int>(std::count_if(signs.begin(), signs.end(),
                                          [](char c) { return multiplicity(c) == 2; }));
}

/// Index and class of the orbit of a region; whether P is stationary at its image.
bool classify(Landscape& out, std::size_t r) {
    const Problem& problem = out.problem;
    const Region& region = out.regions[r];
    SurrogatePoint point;
    point.region = r;
    point.points = orbit_size(problem, region.signs);
    const std::vector<OffSupport> zeros = off_support(problem, region);
    const long outside = std::count(zeros.begin(), zeros.end(), OffSupport::above) +
                         std::count(zeros.begin(), zeros.end(), OffSupport::below);
    const bool open = std::find(zeros.begin(), zeros.end(), OffSupport::open) != zeros.end();
    const int doubled = doubled_states(region.signs);
    if (open) {
        out.undecided.push_back({"degenerate", region.signs, r, 0,
                                 problem.has_groups()
                                     ? "the norm of g_j is lambda w_j at a group that is 0, or too "
                                       "close"
                                     : "abs(g_i) = lambda w_i at a coordinate that is 0, or too "
                                       "close"});
    } else {
        const int index = region.negative + static_cast<int>(outside) + doubled;
        point.kind = index == 0 ? PointClass::minimizer : PointClass::saddle;
        const bool smooth = !problem.is_shared() || problem.depth > 2 || zeros.empty();
        point.index = smooth ? index : -1;
    }
    out.surrogate.push_back(point);
    return !open && outside == 0 && doubled == 0;
}

/// K of the enclosure: d exact intervals.
std::pair<std::vector<Rational>, std::vector<Rational>> image(const Problem& problem,
                                                              const Region& region) {
    const std::size_t d = static_cast<std::size_t>(problem.size);
    std::vector<Rational> lo(d), hi(d);
    const std::vector<int> S = support(problem, region.signs);
    for (std::size_t j = 0; j < S.size(); ++j) {
        const std::size_t at = static_cast<std::size_t>(S[j]);
        if (region.kind == Region::Kind::exact) {
            lo[at] = hi[at] = region.beta[j];
            continue;
        }
        const Rational z = exactly(region.center[j]), r = exactly(region.radius[j]);
        if (problem.has_groups()) {
            lo[at] = z - r;
            hi[at] = z + r;
            continue;
        }
        Rational low = multiplicity(region.signs[at]), high = low;
        for (int l = 0; l < problem.exponent(); ++l) low *= z - r, high *= z + r;
        const bool positive = sign_of_state(region.signs[at]) > 0;
        lo[at] = positive ? low : Rational(-high);
        hi[at] = positive ? high : Rational(-low);
    }
    return {std::move(lo), std::move(hi)};
}

bool has_open_leaves(const Landscape& l, const std::string& signs) {
    return std::any_of(l.trees.begin(), l.trees.end(), [&](const Tree& tree) {
        return tree.signs == signs && tree.undecided > 0;
    });
}

/// Leaves out the points of P below none of Q: they lie in open leaves of Q's trees, or this program
/// is wrong. The others are put in the order of their points of Q.
void drop_unmatched(Landscape& out, const std::vector<bool>& taken) {
    for (std::size_t p = 0; p < taken.size(); ++p)
        require(taken[p] || has_open_leaves(out, out.base[p].signs),
                "landscape: a stationary point of P with no point of Q above it");
    std::vector<BasePoint> kept;
    for (SurrogatePoint& point : out.surrogate) {
        if (point.base < 0) continue;
        kept.push_back(std::move(out.base[static_cast<std::size_t>(point.base)]));
        point.base = static_cast<int>(kept.size()) - 1;
    }
    out.base = std::move(kept);
}

/// Pairs each orbit of Q that lies above a stationary point of P with that point. Where P's side
/// gave up on a pattern, Q's enclosure stands for the point: the trees of the pattern are about P as
/// well (FORMAT.md section 4). Anywhere else a point without its partner is an error of this program.
void match(Landscape& out, const std::vector<std::size_t>& stationary,
           const std::vector<std::string>& open) {
    std::vector<bool> taken(out.base.size(), false);
    for (const std::size_t s : stationary) {
        SurrogatePoint& point = out.surrogate[s];
        const Region& region = out.regions[point.region];
        auto [lo, hi] = image(out.problem, region);
        for (std::size_t p = 0; p < out.base.size(); ++p) {
            const BasePoint& base = out.base[p];
            if (base.signs != region.signs) continue;
            bool inside = true;
            for (std::size_t i = 0; i < lo.size(); ++i)
                inside = inside && base.lo[i] <= lo[i] && hi[i] <= base.hi[i];
            if (!inside) continue;
            require(point.base < 0 && !taken[p],
                    "landscape: the points of P and Q are not matched one to one");
            point.base = static_cast<int>(p);
            taken[p] = true;
            require(base.index == region.negative,
                    "landscape: P and Q disagree on the index of a point");
        }
        if (point.base >= 0) continue;
        require(std::find(open.begin(), open.end(), region.signs) != open.end(),
                "landscape: a stationary point of Q with no point of P below it");
        point.base = static_cast<int>(out.base.size());
        taken.push_back(true);
        out.base.push_back(base_point(out.problem, region.signs, std::move(lo), std::move(hi),
                                      region.negative));
    }
    drop_unmatched(out, taken);
}

std::string sentence_of(const Landscape& l) {
    long points = 0, minimizer_points = 0;
    for (const SurrogatePoint& point : l.surrogate) {
        points += point.points;
        if (point.kind == PointClass::minimizer) minimizer_points += point.points;
    }
    const std::string orbits =
        fmt::format("{} orbits of stationary points", l.surrogate.size());
    const std::string sizes = fmt::format(
        " ({} points), {} of them of strict local minimizers ({} points)", points,
        l.minimizer_orbits(), minimizer_points);
    const std::string minimizers =
        fmt::format(", {} of them strict local minimizers", l.base_minimizers());
    const std::string base = fmt::format("{} stationary points", l.base.size());
    const std::string claims =
        l.undecided.empty()
            ? "Q has exactly " + orbits + sizes + ". P has exactly " + base + minimizers +
                  ". K maps the orbits of local minimizers of Q one to one onto the local "
                  "minimizers of P: Q has no spurious local minimum and misses none."
            : fmt::format("Undecided at {} places. Proved: ", l.undecided.size()) + orbits +
                  " of Q" + sizes + "; " + base + " of P" + minimizers +
                  ", one to one below these orbits of minimizers. Every other stationary point "
                  "lies in the undecided places.";
    return restriction(l.problem, l.bound) + claims +
           (l.bound.is_restricted() ? " Nothing is proved beyond this box." : "");
}

}  // namespace

std::string to_string(PointClass c) {
    switch (c) {
        case PointClass::minimizer: return "minimizer";
        case PointClass::saddle: return "saddle";
        case PointClass::maximizer: return "maximizer";
        case PointClass::undecided: break;
    }
    return "undecided";
}

long Landscape::minimizer_orbits() const {
    return std::count_if(surrogate.begin(), surrogate.end(), [](const SurrogatePoint& p) {
        return p.kind == PointClass::minimizer;
    });
}

long Landscape::base_minimizers() const {
    return std::count_if(base.begin(), base.end(),
                         [](const BasePoint& p) { return p.kind == PointClass::minimizer; });
}

std::vector<OffSupport> off_support(const Problem& problem, const Region& region) {
    std::vector<OffSupport> out;
    if (problem.depth > 2) return out;
    if (problem.has_groups()) return groups_off_support(problem, region);
    const RoundUpwards upwards;
    const System system(problem, region.signs);
    const Ranges a = inner_bases(system, region);  // none of an exact region
    for (int i = 0; i < problem.size; ++i) {
        const std::size_t at = static_cast<std::size_t>(i);
        if (region.signs[at] != '0') continue;
        if (region.kind == Region::Kind::exact)
            out.push_back(compare(slope(problem, at, region), problem.mu[at]));
        else
            out.push_back(compare(system.slope_at(i, a), enclosure(problem.mu[at])));
    }
    return out;
}

Landscape landscape_of(const Problem& problem, const Settings& settings) {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point start = Clock::now();
    Landscape out;
    out.problem = problem;
    out.bound = bound_of(problem);
    Settings within = settings;
    within.limits.is_restricted = out.bound.is_restricted();
    const std::vector<std::string> all = patterns(problem);
    for (std::size_t p = 0; p < all.size(); ++p) {
        if (settings.limits.stop && settings.limits.stop()) throw Interrupted();
        add(out, tree_of(problem, out.bound, all[p], within.limits));
        if (settings.progress)
            settings.progress(fmt::format("Q: {}/{} sign patterns, {} leaves, {} regions", p + 1,
                                          all.size(), out.leaves, out.regions.size()));
    }
    std::vector<std::size_t> stationary;
    for (std::size_t r = 0; r < out.regions.size(); ++r) {
        const Region::Kind kind = out.regions[r].kind;
        if (kind != Region::Kind::root && kind != Region::Kind::exact) continue;
        if (classify(out, r)) stationary.push_back(out.surrogate.size() - 1);
    }
    out.search_seconds = std::chrono::duration<double>(Clock::now() - start).count();
    BaseSide base = base_side(problem, out.bound, settings);
    out.base = std::move(base.points);
    match(out, stationary, base.open);
    out.verdict = out.undecided.empty() ? "proved" : "undecided";
    out.sentence = sentence_of(out);
    return out;
}

}  // namespace hadamard::landscape
