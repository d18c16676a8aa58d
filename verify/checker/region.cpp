#include "region.hpp"

#include "read.hpp"

#include <algorithm>
#include <map>

namespace check {
namespace {

using std::size_t;
constexpr long scale_limit = 65536;

Region::Kind kind_of(const std::string& name) {
    if (name == "root") return Region::Kind::root;
    if (name == "outside") return Region::Kind::outside;
    if (name == "exact") return Region::Kind::exact;
    if (name == "fold") return Region::Kind::fold;
    not_understood("unknown kind \"" + name.substr(0, 40) + "\"");
}

/// C of section 7 as C_ij = integer_ij·2^(f_i + f_j).
struct Preconditioner {
    Matrix<mpz_class> integers;
    std::vector<long> scale;

    Dyadic operator()(size_t i, size_t j) const { return {integers[i][j], scale[i] + scale[j]}; }
};

Preconditioner preconditioner(const Value& region, size_t m) {
    Preconditioner out;
    out.scale = in(region, "scale", [&](const Value& value) {
        return list(value, m, [](const Value& f) { return small_integer(f, scale_limit); });
    });
    const Integers triangle = in(region, "C", [&](const Value& value) {
        return list(value, m * (m + 1) / 2, [](const Value& c) { return integer(c); });
    });
    for (size_t i = 0; i < m; ++i) {
        out.integers.emplace_back();
        for (size_t j = 0; j < m; ++j) {
            const size_t row = std::max(i, j), column = std::min(i, j);
            out.integers[i].push_back(triangle[row * (row + 1) / 2 + column]);
        }
    }
    return out;
}

/// Krawczyk's operator of G in the variables a, all times `scale`.
class Krawczyk {
public:
    Krawczyk(const Problem& problem, const Box& z, Preconditioner C)
        : support_(&z.pattern().support), scale_(problem.scale), C_(std::move(C)) {
        const size_t m = support_->size();
        for (const int i : *support_) {
            center_.push_back(z.a(i));
            residual_.push_back(z.residual(i));
        }
        for (size_t i = 0; i < m; ++i) {
            newton_.push_back(scale_ * center_[i]);
            for (size_t j = 0; j < m; ++j) newton_[i] -= C_(i, j) * residual_[j];
        }
    }

    /// Does a(z) − C·G(z) + (I − C·J(B))(a(B) − a(z)) lie in the interior of a(B)?
    bool maps_into_interior(const Box& B) const {
        const size_t m = support_->size();
        Matrix<Interval> J(m, std::vector<Interval>(m));
        for (size_t i = 0; i < m; ++i)
            for (size_t j = 0; j <= i; ++j)
                J[i][j] = J[j][i] = B.jacobian((*support_)[i], (*support_)[j]);
        for (size_t i = 0; i < m; ++i) {
            Interval image = newton_[i];
            for (size_t j = 0; j < m; ++j)
                image += defect(J, i, j) * (B.a((*support_)[j]) - center_[j]);
            if (!strictly_inside(image, scale_ * B.a((*support_)[i]))) return false;
        }
        return true;
    }

private:
    /// (I − C·J)_ij.
    Interval defect(const Matrix<Interval>& J, size_t i, size_t j) const {
        Interval out(i == j ? scale_ : Dyadic());
        for (size_t l = 0; l < J.size(); ++l) out -= C_(i, l) * J[l][j];
        return out;
    }

    const std::vector<int>* support_;
    Dyadic scale_;
    Preconditioner C_;
    std::vector<Interval> center_, residual_, newton_;
};

void check_ends(const Problem& problem, const Region& region) {
    const bool is_root = region.kind == Region::Kind::root;
    for (size_t i = 0; i < region.outer.size(); ++i) {
        if (!inside(region.inner[i], region.outer[i])) reject("E is not inside N");
        if (is_root && region.inner[i].lo.sign() <= 0) reject("E touches zero");
        if (problem.depth > 2 && region.outer[i].lo.sign() <= 0) reject("N touches zero");
    }
    if (is_root) return;
    if (problem.depth != 2) reject("this kind is for k = 2");
    if (std::none_of(region.inner.begin(), region.inner.end(),
                     [](const Interval& x) { return x.hi.sign() <= 0; }))
        reject("E may hold a point with all x > 0");
}

void read_root(const Value& value, const Problem& problem, Region& out) {
    const size_t m = out.pattern.support.size();
    const auto dyadics = [&](const Value& v) {
        return list(v, m, [](const Value& x) { return dyadic(x); });
    };
    const std::vector<Dyadic> center = in(value, "center", dyadics);
    const std::vector<Dyadic> radius = in(value, "radius", dyadics);
    Box z(problem, out.pattern);
    for (size_t i = 0; i < m; ++i) {
        if (radius[i].sign() <= 0) reject("a radius that is not positive");
        out.inner.emplace_back(center[i] - radius[i], center[i] + radius[i]);
        z.set(out.pattern.support[i], Interval(center[i]));
    }
    check_ends(problem, out);

    Box E = box_over(problem, out.pattern, out.inner);
    Box N = box_over(problem, out.pattern, out.outer);
    for (Box* box : {&z, &N, &E}) box->set_bits(bits_for(E));
    Preconditioner C = preconditioner(value, m);
    out.negative = inertia(C.integers).negative;
    const Krawczyk krawczyk(problem, z, std::move(C));
    if (!krawczyk.maps_into_interior(N)) reject("N is not mapped into its interior");
    if (!krawczyk.maps_into_interior(E)) reject("E is not mapped into its interior");
}

void read_exact(const Value& value, LinearSystems& systems, Region& out) {
    out.beta = in(value, "beta", [&](const Value& v) {
        return list(v, out.pattern.support.size(), [](const Value& x) { return fraction(x); });
    });
    const LinearSystems::Solution solution = systems.solve(out.pattern);
    if (solution.outcome != LinearSystems::Outcome::stationary)
        reject("no unique stationary point has these signs");
    if (solution.beta != out.beta) reject("beta is not the solution");
    out.negative = solution.negative;
}

Region checked_region(const Value& value, const Problem& problem, LinearSystems& systems) {
    Region out;
    out.kind = in(value, "kind", [](const Value& v) { return kind_of(v.text()); });
    out.pattern = in(value, "signs", [&](const Value& v) { return pattern(problem, v.text()); });
    if (out.kind == Region::Kind::exact) {
        read_exact(value, systems, out);
        return out;
    }
    out.outer = in(value, "outer", [&](const Value& v) {
        return list(v, out.pattern.support.size(), [](const Value& x) { return interval(x); });
    });
    if (out.kind == Region::Kind::fold)
        check_fold(value, problem, out.pattern, out.outer);
    else
        read_root(value, problem, out);
    return out;
}

bool apart(const Region& a, const Region& b) {
    for (size_t i = 0; i < a.inner.size(); ++i)
        if (disjoint(a.inner[i], b.inner[i])) return true;
    return false;
}

/// No point is listed twice: not in the FORMAT's words only for `root`, but for each kind.
class Distinct {
public:
    void add(const Region& region, Bound::Rule rule) {
        const bool is_linear = rule == Bound::Rule::linear;
        const bool is_exact = region.kind == Region::Kind::exact;
        if (is_linear != is_exact && !region.pattern.support.empty())
            reject(is_linear ? "this kind is not for the rule linear"
                             : "this kind is for the rule linear alone");
        if (!region.is_point()) return;
        std::vector<const Region*>& others = points_[region.pattern.signs];
        for (const Region* other : others)
            if (is_linear || !apart(region, *other)) reject("a point that is listed before");
        others.push_back(&region);
    }

private:
    std::map<std::string, std::vector<const Region*>> points_;
};

/// With the rule `none` the sentence counts what lies inside the bound: so must each point.
void check_inside(const Region& region, const Bound& bound) {
    if (bound.rule != Bound::Rule::none || region.kind != Region::Kind::root) return;
    for (size_t i = 0; i < region.inner.size(); ++i)
        if (region.inner[i].hi > bound.edge[static_cast<size_t>(region.pattern.support[i])])
            reject("a point that is not inside the bound");
}

}  // namespace

Box box_over(const Problem& problem, const Pattern& pattern, const std::vector<Interval>& x) {
    Box out(problem, pattern);
    for (size_t i = 0; i < x.size(); ++i) out.set(pattern.support[i], x[i]);
    return out;
}

std::vector<Region> checked_regions(const Value& regions, const Problem& problem,
                                    const Bound& bound, LinearSystems& systems) {
    std::vector<Region> out;
    out.reserve(regions.array().size());  // so that pointers to them stay valid
    Distinct distinct;
    regions.each([&](const Value& value, size_t) {
        out.push_back(checked_region(value, problem, systems));
        distinct.add(out.back(), bound.rule);
        check_inside(out.back(), bound);
    });
    return out;
}

}  // namespace check
