#include "points.hpp"

#include "read.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace check {
namespace {

using std::size_t;

/// What a stationary point of Q is, from section 8.
struct Judged {
    int descents = 0;  ///< Negative eigenvalues of ∇²Q.
    int outside = 0;   ///< z
    bool is_decided = true;

    const char* name() const {
        if (!is_decided) return "undecided";
        return descents == 0 ? "minimizer" : "saddle";
    }
};

/// μ_i against g_i for k = 2, i off the support: +1 strictly outside, −1 strictly inside, 0 neither.
template <class Number>
int side(const Number& low, const Number& high, const Number& mu) {
    if (low > -mu && high < mu) return -1;
    return low > mu || high < -mu ? 1 : 0;
}

int side_of_root(const Problem& problem, const Box& E, int i) {
    const Interval g = E.slope(i);
    return side<Dyadic>(g.lo, g.hi, problem.scaled_mu[static_cast<size_t>(i)]);
}

int side_of_exact(const Problem& problem, const Region& region, int i) {
    const auto at_i = static_cast<size_t>(i);
    mpq_class g = -problem.b[at_i];
    for (size_t j = 0; j < region.beta.size(); ++j)
        g += problem.A[at_i][static_cast<size_t>(region.pattern.support[j])] * region.beta[j];
    return side<mpq_class>(g, g, problem.mu[at_i]);
}

Judged judge(const Problem& problem, const Region& region) {
    Judged out;
    const Box E = box_over(problem, region.pattern, region.inner);
    for (int i = 0; i < problem.size && problem.depth == 2; ++i) {
        if (region.pattern.on(i)) continue;
        const int where = region.kind == Region::Kind::exact ? side_of_exact(problem, region, i)
                                                             : side_of_root(problem, E, i);
        if (where == 0) out.is_decided = false;
        if (where > 0) ++out.outside;
    }
    out.descents = region.negative + out.outside + region.pattern.between;
    return out;
}

/// The number of points of Q of one orbit.
mpz_class orbit_size(const Problem& problem, const Pattern& pattern) {
    const size_t free = pattern.support.size() - static_cast<size_t>(pattern.between);
    const size_t flips = problem.transfer == Transfer::product
                             ? static_cast<size_t>(problem.depth - 1) * free
                             : free;
    return mpz_class(1) << flips;
}

/// Where Q is twice differentiable the index is that of ∇²Q; elsewhere there is none.
bool has_hessian(const Problem& problem, const Pattern& pattern) {
    return problem.transfer != Transfer::shared || problem.depth > 2 ||
           pattern.support.size() == static_cast<size_t>(problem.size);
}

void require_integer(const Value& object, const char* name, const mpz_class& right) {
    in(object, name, [&](const Value& value) {
        if (integer(value) != right) reject("not " + right.get_str());
    });
}

void require_text(const Value& object, const char* name, const char* right) {
    in(object, name, [&](const Value& value) {
        if (value.text() != right) reject(std::string("not \"") + right + "\"");
    });
}

/// An index into a list of this size.
size_t index(const Value& value, size_t size) {
    const mpz_class out = integer(value);
    if (out < 0 || out >= size) reject("no such item");
    return out.get_ui();
}

/// [lo, hi] of each coordinate of β: fractions, as they may come from exact solutions.
struct Range {
    mpq_class lo, hi;
};

Range range_of_beta(const Region& region, const Box& E, int i, size_t& position) {
    if (!region.pattern.on(i)) return {};
    const size_t here = position++;
    if (region.kind == Region::Kind::exact) return {region.beta[here], region.beta[here]};
    const Interval a = E.a(i);
    if (region.pattern.sign(i) > 0) return {a.lo.rational(), a.hi.rational()};
    return {-a.hi.rational(), -a.lo.rational()};
}

/// Goes through both lists; each point of P must be named by one point of Q.
class Matching {
public:
    Matching(const Problem& problem, const std::vector<Region>& regions, size_t base_size)
        : problem_(&problem), regions_(&regions), listed_(regions.size()), named_(base_size) {}

    void check_surrogate(const Value& point) {
        const size_t r = in(point, "region",
                            [&](const Value& v) { return index(v, regions_->size()); });
        const Region& region = (*regions_)[r];
        if (!region.is_point() || listed_[r]) reject("region " + std::to_string(r) + " here");
        listed_[r] = true;
        const Judged judged = judge(*problem_, region);
        require_text(point, "class", judged.name());
        in(point, "index", [&](const Value& index) {
            const bool known = judged.is_decided && has_hessian(*problem_, region.pattern);
            if (index.is_null() != !known) reject(known ? "missing" : "not null");
            if (known && integer(index) != judged.descents)
                reject("not " + std::to_string(judged.descents));
        });
        const mpz_class size = orbit_size(*problem_, region.pattern);
        require_integer(point, "points", size);
        in(point, "base", [&](const Value& base) { match(base, region, judged); });
        count(r, judged, size);
    }

    void check_base(const Value& point, size_t p) {
        if (named_[p] == nullptr) reject("named by no point of the surrogate");
        const Region& region = *named_[p];
        require_text(point, "signs", region.pattern.signs.c_str());
        require_integer(point, "index", region.negative);
        const bool is_maximizer = region.negative == problem_->size;
        const char* other = is_maximizer ? "maximizer" : "saddle";
        require_text(point, "class", region.negative == 0 ? "minimizer" : other);
        in(point, "beta", [&](const Value& beta) { check_beta(beta, region); });
        ++out_.base_stationary;
        if (region.negative == 0) ++out_.base_minimizers;
    }

    const Points& points() const { return out_; }

    void require_all_listed() const {
        for (size_t r = 0; r < regions_->size(); ++r)
            if ((*regions_)[r].is_point() && !listed_[r])
                reject("region " + std::to_string(r) + " is missing");
    }

private:
    void match(const Value& base, const Region& region, const Judged& judged) {
        const bool is_base_point =
            judged.is_decided && judged.outside == 0 && region.pattern.between == 0;
        if (base.is_null() == is_base_point) reject(is_base_point ? "missing" : "not null");
        if (!is_base_point) return;
        const size_t p = index(base, named_.size());
        if (named_[p] != nullptr) reject("named before");
        named_[p] = &region;
    }

    void count(size_t r, const Judged& judged, const mpz_class& size) {
        ++out_.stationary_orbits;
        out_.stationary_points += size;
        if (!judged.is_decided) {
            out_.degenerate.push_back(r);
        } else if (judged.descents == 0) {
            ++out_.minimizer_orbits;
            out_.minimizer_points += size;
        }
    }

    void check_beta(const Value& value, const Region& region) {
        const std::vector<Range> beta =
            list(value, static_cast<size_t>(problem_->size), [](const Value& v) {
                const auto ends = list(v, 2, dyadic_or_fraction);
                return Range{ends[0], ends[1]};
            });
        const Box E = box_over(*problem_, region.pattern, region.inner);
        size_t position = 0;
        for (int i = 0; i < problem_->size; ++i) {
            const Range range = range_of_beta(region, E, i, position);
            const Range& claimed = beta[static_cast<size_t>(i)];
            if (range.lo < claimed.lo || claimed.hi < range.hi) reject("not around the point");
        }
        std::vector<std::vector<Range>>& others = boxes_[region.pattern.signs];
        for (const std::vector<Range>& other : others)
            if (!apart(beta, other)) reject("not disjoint from that of another point");
        others.push_back(beta);
    }

    static bool apart(const std::vector<Range>& a, const std::vector<Range>& b) {
        for (size_t i = 0; i < a.size(); ++i)
            if (a[i].hi < b[i].lo || b[i].hi < a[i].lo) return true;
        return false;
    }

    const Problem* problem_;
    const std::vector<Region>* regions_;
    std::vector<bool> listed_;
    std::vector<const Region*> named_;  ///< The point of Q that names each base point.
    std::map<std::string, std::vector<std::vector<Range>>> boxes_;
    Points out_;
};

}  // namespace

Points checked_points(const Value& surrogate, const Value& base, const Problem& problem,
                      const std::vector<Region>& regions) {
    const size_t base_size = within("base", [&] {
        return in(base, "points", [](const Value& v) { return v.array().size(); });
    });
    Matching matching(problem, regions, base_size);
    const Points& out = matching.points();
    within("surrogate", [&] {
        in(surrogate, "points", [&](const Value& points) {
            points.each([&](const Value& point, size_t) { matching.check_surrogate(point); });
            matching.require_all_listed();
        });
        require_integer(surrogate, "stationary_orbits", out.stationary_orbits);
        require_integer(surrogate, "minimizer_orbits", out.minimizer_orbits);
    });
    within("base", [&] {
        in(base, "points", [&](const Value& points) {
            points.each([&](const Value& point, size_t p) { matching.check_base(point, p); });
        });
        require_integer(base, "stationary", out.base_stationary);
        require_integer(base, "minimizers", out.base_minimizers);
    });
    return out;
}

}  // namespace check
