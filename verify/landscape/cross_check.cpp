#include "landscape/cross_check.hpp"

#include "hadamard/core/error.hpp"
#include "landscape/factor_search.hpp"
#include "landscape/inertia.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

namespace hadamard::landscape {
namespace {

int variables_of(const Problem& problem) {
    return problem.size * (problem.kind == Kind::product ? problem.depth : 2);
}

/// A double not far above √target whose square is at least that.
double root_above(const Rational& target) {
    double x = std::sqrt(std::max(target.convert_to<double>(), 1e-18));
    while (exactly(x) * exactly(x) < target) x *= 1 + 0x1p-20;
    return x;
}

using Matrix = std::vector<std::vector<Rational>>;

/// ‖M⁻¹‖_∞; nothing if M is singular.
std::optional<Rational> inverse_norm(const Matrix& M) {
    std::vector<Rational> sums(M.size(), Rational(0));
    for (std::size_t c = 0; c < M.size(); ++c) {
        std::vector<Rational> unit(M.size(), Rational(0));
        unit[c] = 1;
        const LinearSolution column = solve(M, std::move(unit));
        if (!column.unique) return std::nullopt;
        for (std::size_t r = 0; r < M.size(); ++r) sums[r] += abs(column.x[r]);
    }
    return *std::max_element(sums.begin(), sums.end());
}

/// Whether A_UU β_U = b_U − (μ s)_U has a solution for some signs s.
bool is_solvable(const Problem& problem, const std::vector<std::size_t>& U, const Matrix& M) {
    for (unsigned long signs = 0; signs < 1UL << U.size(); ++signs) {
        std::vector<Rational> right;
        for (std::size_t r = 0; r < U.size(); ++r) {
            const Rational& mu = problem.mu[U[r]];
            right.push_back(problem.b[U[r]] + (signs >> r & 1 ? mu : Rational(-mu)));
        }
        if (solve(M, std::move(right)).exists) return true;
    }
    return false;
}

/// k = 2, on the support U: A_UU β_U = b_U − (μ s)_U, so max|β_i| ≤ ‖A_UU⁻¹‖_∞ max_i(|b_i| + μ_i).
/// The largest over all U; nothing if some A_UU is singular and the equations have solutions all
/// the same.
std::optional<Rational> largest_solution(const Problem& problem) {
    Rational out = 0;
    for (unsigned long mask = 1; mask < 1UL << problem.size; ++mask) {
        std::vector<std::size_t> U;
        for (std::size_t i = 0; i < problem.b.size(); ++i)
            if (mask >> i & 1) U.push_back(i);
        Matrix M;
        Rational right = 0;
        for (const std::size_t i : U) {
            M.emplace_back();
            for (const std::size_t j : U) M.back().push_back(problem.A[i][j]);
            right = std::max(right, Rational(abs(problem.b[i]) + problem.mu[i]));
        }
        if (const std::optional<Rational> norm = inverse_norm(M))
            out = std::max(out, Rational(*norm * right));
        else if (is_solvable(problem, U, M))
            return std::nullopt;
    }
    return out;
}

/// Σ_i μ_it_i² ≤ ¼bᵀv with Av = b, as A ⪰ 0 (FORMAT.md section 5, energy).
std::optional<Rational> energy(const Problem& problem) {
    if (inertia(problem.A).negative > 0) return std::nullopt;
    const LinearSolution solution = solve(problem.A, problem.b);
    if (!solution.exists) return std::nullopt;
    Rational out = 0;
    for (std::size_t i = 0; i < problem.b.size(); ++i) out += problem.b[i] * solution.x[i] / 4;
    return out;
}

/// What bounds the factors of each coordinate.
std::optional<Doubles> factor_edges(const Landscape& l) {
    const Problem& problem = l.problem;
    Doubles out;
    if (l.bound.rule != "linear") {
        for (const double edge : l.bound.edges)
            out.push_back(problem.depth == 2 ? root_above(exactly(edge)) : edge);
        return out;
    }
    if (const std::optional<Rational> B = energy(problem)) {
        for (const Rational& mu : problem.mu) out.push_back(root_above(Rational(*B / mu)));
        return out;
    }
    const std::optional<Rational> beta = largest_solution(problem);
    if (!beta) return std::nullopt;
    out.assign(problem.mu.size(), root_above(*beta));
    return out;
}

/// Whether position p of `count` in a block takes both signs among representatives (see
/// CrossCheck).
bool takes_both_signs(const Problem& problem, std::size_t p, std::size_t count) {
    if (problem.kind == Kind::product) return p + 1 == count;
    return problem.kind == Kind::shared ? p == 0 : problem.has_doubled_states();
}

FactorDomain fundamental_domain(const Problem& problem, const FactorSystem& system,
                                const Doubles& edges) {
    FactorDomain out;
    out.box = {Doubles(system.size()), Doubles(system.size())};
    for (const Block& block : system.blocks())
        for (std::size_t p = 0; p < block.variables.size(); ++p) {
            const std::size_t v = block.variables[p];
            const double edge = edges[block.coordinate];
            out.box.lo[v] = takes_both_signs(problem, p, block.variables.size()) ? -edge : 0.0;
            out.box.hi[v] = edge;
        }
    for (std::size_t v = 0; problem.has_doubled_states() && v < system.size(); v += 2)
        out.sums.emplace_back(v, v + 1);
    return out;
}

/// −1, 0, 1: the sign of a variable over the inner box of a root; nothing if it is open.
std::optional<int> sign_of(const Box& inner, std::size_t v) {
    if (inner.lo[v] > 0) return 1;
    if (inner.hi[v] < 0) return -1;
    if (inner.lo[v] == 0 && inner.hi[v] == 0) return 0;
    return std::nullopt;
}

/// What a root says of each coordinate.
struct Reading {
    bool decided = true, representative = true, possible = true;
    std::string signs;
    Ranges sizes;     ///< t of the coordinates of the support
    Ranges image;     ///< K
    long points = 1;  ///< of its orbit
};

/// Whether a root with these signs is in the domain. In a sum one is 0 or both have the same size.
bool is_in(const FactorDomain& domain, const std::vector<int>& signs) {
    for (std::size_t v = 0; v < signs.size(); ++v)
        if (signs[v] < 0 && domain.box.lo[v] == 0) return false;
    for (const auto& [a, b] : domain.sums)
        if (signs[a] + signs[b] < 0) return false;
    return true;
}

/// The state of a coordinate of a representative; ? if no stationary point can be so.
char state_of(const Problem& problem, const std::vector<int>& signs) {
    const int first = signs.front(), last = signs.back();
    if (problem.kind == Kind::product) return last == 0 ? '0' : last > 0 ? '+' : '-';
    if (problem.kind == Kind::shared) return first == 0 ? '0' : first > 0 ? '+' : '-';
    if (first == 0 || last == 0) return first > 0 ? '+' : last > 0 ? '-' : '0';
    return first == last || !problem.has_doubled_states() ? '?' : first > 0 ? 'p' : 'm';
}

/// The points of the orbit in this coordinate: flips of an even number of signs (product), of v
/// (shared), of u and of v (even difference, one of them 0), (u, v) → (−v, −u) (odd difference).
long images(const Problem& problem, const std::vector<int>& signs) {
    if (signs.front() == 0 && signs.back() == 0) return 1;
    if (problem.has_doubled_states()) return signs[0] + signs[1] == 0 ? 1 : 2;
    return problem.kind == Kind::product ? 1L << (signs.size() - 1) : 2;
}

Reading reading_of(const Problem& problem, const FactorSystem& system, const FactorDomain& domain,
                   const Box& inner) {
    Reading out;
    std::vector<int> all(system.size());
    Ranges xi(system.size());
    for (std::size_t v = 0; v < system.size(); ++v) {
        const std::optional<int> sign = sign_of(inner, v);
        out.decided = out.decided && sign;
        all[v] = sign.value_or(0);
        xi[v] = inner[v];
    }
    out.representative = is_in(domain, all);
    if (!out.decided || !out.representative) return out;
    system.image(xi, out.image);
    std::vector<std::vector<int>> signs(system.coordinates());
    Ranges sizes(system.coordinates(), Range(0.0));
    for (const Block& block : system.blocks())
        for (const std::size_t v : block.variables) {
            signs[block.coordinate].push_back(all[v]);
            if (all[v] != 0) sizes[block.coordinate] = all[v] > 0 ? xi[v] : -xi[v];
        }
    for (std::size_t i = 0; i < signs.size(); ++i) {
        out.signs += state_of(problem, signs[i]);
        out.possible = out.possible && out.signs.back() != '?';
        out.points *= images(problem, signs[i]);
        if (out.signs.back() != '0') out.sizes.push_back(sizes[i]);
    }
    return out;
}

/// A root as the comparison sees it.
struct Root {
    Reading reading;
    int index = 0;
};

bool meets(const Range& a, const Rational& lo, const Rational& hi) {
    return exactly(a.lo()) <= hi && lo <= exactly(a.hi());
}

/// Whether the root is the zero of this region: same states, and within the box that holds no
/// other.
bool is_in(const Problem& problem, const Reading& root, const Region& region) {
    if (root.signs != region.signs) return false;
    const std::vector<int> S = support(region.signs);
    for (std::size_t j = 0; j < S.size(); ++j) {
        const Range& image = root.image[static_cast<std::size_t>(S[j])];
        if (region.kind == Region::Kind::exact) {
            if (!meets(image, region.beta[j], region.beta[j])) return false;
            continue;
        }
        const Range size = image.lo() < 0 ? -image : image;
        const Range& x = problem.depth == 2 ? size : root.sizes[j];
        if (!(x.lo() >= region.outer.lo[j] && x.hi() <= region.outer.hi[j])) return false;
    }
    return true;
}

/// K of the root against the point of P that the list puts below the orbit.
bool is_above(const Reading& root, const BasePoint& base) {
    for (std::size_t i = 0; i < root.image.size(); ++i)
        if (!meets(root.image[i], base.lo[i], base.hi[i])) return false;
    return true;
}

std::string place_of(const Reading& root) {
    std::string out = "signs " + root.signs + ", beta";
    for (const Range& entry : root.image) out += fmt::format(" {:.12g}", entry.middle());
    return out;
}

/// The roots of the second enumeration against the list.
class Comparison {
public:
    Comparison(const Landscape& landscape, CrossCheck& out)
        : l_(landscape), out_(out), hit_(landscape.surrogate.size()) {}

    void run(const std::vector<Root>& roots) {
        out_.outcome = CrossCheck::Outcome::agrees;
        for (const Root& root : roots)
            if (!compare(root)) return;
        for (std::size_t s = 0; s < hit_.size(); ++s) {
            const SurrogatePoint& point = l_.surrogate[s];
            if (hit_[s] != point.points) {
                disagree(fmt::format("the orbit of signs {} (region {}) has {} points, not {}",
                                     l_.regions[point.region].signs, point.region, hit_[s],
                                     point.points));
                return;
            }
            ++out_.orbits;
        }
    }

private:
    bool disagree(std::string reason) {
        out_.outcome = CrossCheck::Outcome::disagrees;
        out_.reason = std::move(reason);
        return false;
    }

    bool compare(const Root& root) {
        const Reading& reading = root.reading;
        if (!reading.decided) {
            out_.outcome = CrossCheck::Outcome::unfinished;
            out_.reason = "a factor of a stationary point is 0 or not: undecided";
            return false;
        }
        if (!reading.representative) return true;
        if (const std::optional<bool> inside = is_claimed(reading); !inside || !*inside) {
            if (inside) return true;
            out_.outcome = CrossCheck::Outcome::unfinished;
            out_.reason = "a stationary point on the edge of the box, or not: undecided";
            return false;
        }
        const std::string place = place_of(reading);
        if (!reading.possible)
            return disagree("both factors of a coordinate are nonzero: " + place);
        std::optional<std::size_t> at;
        for (std::size_t s = 0; s < hit_.size(); ++s) {
            if (!is_in(l_.problem, reading, l_.regions[l_.surrogate[s].region])) continue;
            if (at)
                return disagree("a stationary point of Q is in two orbits of the list: " + place);
            at = s;
        }
        if (!at) return disagree("a stationary point of Q is in no orbit of the list: " + place);
        hit_[*at] += reading.points;
        out_.points += reading.points;
        return classes_agree(l_.surrogate[*at], root.index, reading, place);
    }

    /// Whether the root is within the box that all claims are restricted to, if they are.
    std::optional<bool> is_claimed(const Reading& root) const {
        std::optional<bool> out = true;
        if (!l_.bound.is_restricted()) return out;
        for (std::size_t i = 0, j = 0; i < root.signs.size(); ++i) {
            if (root.signs[i] == '0') continue;
            const Range& t = root.sizes[j++];
            const Range x = l_.problem.depth > 2     ? t
                            : root.image[i].lo() < 0 ? -root.image[i]
                                                     : root.image[i];
            const double edge = l_.bound.edges[i];
            if (x.lo() > edge) return false;
            if (x.hi() > edge) out = std::nullopt;
        }
        return out;
    }

    bool classes_agree(const SurrogatePoint& point, int index, const Reading& reading,
                       const std::string& place) {
        if (point.index >= 0 && point.index != index)
            return disagree(
                fmt::format("the Hessian has {} negative eigenvalues, listed are {}: {}", index,
                            point.index, place));
        if ((point.kind == PointClass::minimizer) != (index == 0))
            return disagree("listed as a " + to_string(point.kind) +
                            fmt::format(", with {} negative eigenvalues: ", index) + place);
        if (point.base >= 0 && !is_above(reading, l_.base[static_cast<std::size_t>(point.base)]))
            return disagree("K leads beside the listed point of P: " + place);
        return true;
    }

    const Landscape& l_;
    CrossCheck& out_;
    std::vector<long> hit_;
};

/// The part that rounds upwards.
struct Enumeration {
    FactorZeros zeros;
    std::vector<Root> roots;
};

__attribute__((noinline)) Enumeration enumerate(const Problem& problem, const Doubles& edges,
                                                const SearchLimits& limits) {
    const FactorSystem system(problem);
    const FactorDomain domain = fundamental_domain(problem, system, edges);
    Enumeration out;
    out.zeros = zeros_of(system, domain, limits);
    for (const FactorRoot& root : out.zeros.roots)
        out.roots.push_back({reading_of(problem, system, domain, root.inner), root.index});
    return out;
}

Enumeration enumerate_upwards(const Problem& problem, const Doubles& edges,
                              const SearchLimits& limits) {
    const RoundUpwards upwards;
    return enumerate(problem, edges, limits);
}

void search_and_compare(const Landscape& l, const Doubles& edges, const SearchLimits& limits,
                        CrossCheck& out) {
    const Enumeration found = enumerate_upwards(l.problem, edges, limits);
    out.leaves = found.zeros.leaves;
    if (found.zeros.undecided.empty()) {
        Comparison(l, out).run(found.roots);
        return;
    }
    out.reason = found.zeros.undecided + ", at";
    for (std::size_t v = 0; v < found.zeros.place.size(); ++v)
        out.reason += fmt::format(" {:.6g}", found.zeros.place[v].middle());
}

}  // namespace

std::string to_string(CrossCheck::Outcome outcome) {
    switch (outcome) {
        case CrossCheck::Outcome::agrees: return "agrees";
        case CrossCheck::Outcome::disagrees: return "disagrees";
        case CrossCheck::Outcome::unfinished: break;
    }
    return "unfinished";
}

std::string summary(const CrossCheck& check) {
    const std::string size = fmt::format("over all D = {} variables: ", check.variables);
    const std::string effort = fmt::format(" ({} leaves, {:.2g} s)", check.leaves, check.seconds);
    if (check.outcome == CrossCheck::Outcome::agrees)
        return size + fmt::format("{} orbits, {} points, agrees", check.orbits, check.points) +
               effort;
    return size + to_string(check.outcome) + ": " + check.reason + effort;
}

void require_cross_checkable(const Problem& problem) {
    if (problem.kind != Kind::product && problem.kind != Kind::difference &&
        problem.kind != Kind::shared)
        throw InputError("the cross-check is for coordinate transfers, not for groups");
    const int D = variables_of(problem);
    if (D > largest_cross_check)
        throw InputError(fmt::format(
            "the cross-check searches all D = {} variables of Q: each box costs D^3 = {} interval "
            "products, and the boxes grow exponentially; at most D = {} is taken",
            D, D * D * D, largest_cross_check));
}

CrossCheck cross_check(const Landscape& l, const SearchLimits& limits) {
    using Clock = std::chrono::steady_clock;
    require_cross_checkable(l.problem);
    CrossCheck out;
    out.variables = variables_of(l.problem);
    if (!l.undecided.empty()) {
        out.reason = "the list has undecided places";
        return out;
    }
    const Clock::time_point start = Clock::now();
    if (const std::optional<Doubles> edges = factor_edges(l))
        search_and_compare(l, *edges, limits, out);
    else
        out.reason = "no a-priori box is known";
    out.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return out;
}

}  // namespace hadamard::landscape
