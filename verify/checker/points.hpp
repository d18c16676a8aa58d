#pragma once

#include "region.hpp"

namespace check {

/// FORMAT.md section 8: each point of Q judged, each point of P named by exactly one of them.
class Points {
public:
    size_t orbits = 0, minimizer_orbits = 0, base = 0, base_minimizers = 0;
    mpz_class points, minimizers;    ///< Of all orbits.
    std::vector<size_t> degenerate;  ///< Regions of the points of class `undecided`.

    Points(const Json& certificate, const Problem& problem, const std::vector<Region>& regions)
        : problem_(problem), regions_(regions) {
        std::vector<size_t> listed;
        for (size_t r = 0; r < regions.size(); ++r)
            if (regions[r].is_point()) listed.push_back(r);
        in(certificate, "surrogate", [&](const Json& json) {
            in(json, "points", [&](const Json& items) {
                require_count(items, listed.size());
                each(items,
                     [&](const Json& point, size_t n) { check_surrogate(point, listed[n]); });
            });
            require(json, "stationary_orbits", orbits);
            require(json, "minimizer_orbits", minimizer_orbits);
        });
        in(certificate, "base", [&](const Json& json) {
            in(json, "points", [&](const Json& items) {
                require_count(items, named_.size());
                each(items, [&](const Json& point, size_t p) { check_base(point, *named_[p]); });
            });
            require(json, "stationary", base);
            require(json, "minimizers", base_minimizers);
        });
    }

private:
    static void require_count(const Json& items, size_t count) {
        if (array(items).size() != count)
            reject(std::to_string(items.size()) + " points, not " + std::to_string(count));
    }

    void check_surrogate(const Json& json, size_t r) {
        require(json, "region", r);
        const Region& region = regions_[r];
        const std::optional<int> beyond = groups_beyond(region);
        const int between = region.pattern.count("pm");
        const int descents = region.negative + beyond.value_or(0) + between;
        require(json, "class", !beyond ? "undecided" : descents == 0 ? "minimizer" : "saddle");
        require(json, "index", beyond && has_hessian(region.pattern) ? Json(descents) : Json());
        const bool has_base = beyond == 0 && between == 0;
        require(json, "base", has_base ? Json(named_.size()) : Json());
        if (has_base) named_.push_back(&region);
        const int flips = problem_.transfer == Transfer::product ? problem_.depth - 1 : 1;
        const auto size = std::uint64_t{1} << (flips * region.pattern.count("+-*"));  // ≤ 2^(4·13)
        require(json, "points", size);

        ++orbits;
        points += size;
        if (!beyond) degenerate.push_back(r);
        if (beyond && descents == 0) {
            ++minimizer_orbits;
            minimizers += size;
        }
    }

    /// The z of sections 8 and 11: for k = 2, how many groups off S have ‖g_j‖ > λw_j. None if some
    /// ‖g_j‖ is not shown to be smaller or larger.
    std::optional<int> groups_beyond(const Region& region) const {
        int out = 0;
        for (size_t j = 0; j < problem_.groups.size(); ++j) {
            if (problem_.depth > 2 || region.pattern.signs[j] != '0') continue;
            Range<mpq_class> square;  // ‖g_j‖²
            for (const size_t i : problem_.groups[j]) square += power(region.slope(problem_, i), 2);
            const mpz_class bound = power(problem_.mu[problem_.groups[j].front()], 2);
            if (square.hi < bound) continue;
            if (square.lo <= bound) return std::nullopt;
            ++out;
        }
        return out;
    }

    /// Shared factors with k = 2 are not twice differentiable where a coordinate or group is zero.
    bool has_hessian(const Pattern& pattern) const {
        return problem_.transfer != Transfer::shared || problem_.depth > 2 ||
               pattern.count("0") == 0;
    }

    void check_base(const Json& json, const Region& region) {
        const int negative = region.negative;
        const bool is_maximizer = negative == static_cast<int>(problem_.size);
        require(json, "signs", region.pattern.signs);
        require(json, "index", negative);
        require(json, "class", negative == 0 ? "minimizer" : is_maximizer ? "maximizer" : "saddle");
        in(json, "beta", [&](const Json& beta) { check_beta(beta, region); });
        ++base;
        if (negative == 0) ++base_minimizers;
    }

    void check_beta(const Json& json, const Region& region) {
        Image box;
        for (const Fractions& ends : list(json, problem_.size, list, 2U, fraction))
            box.emplace_back(ends[0], ends[1]);
        for (size_t i = 0; i < box.size(); ++i)
            if (!is_inside(region.image[i], box[i])) reject("not around the point");
        for (const Image& other : boxes_[region.pattern.signs])
            if (!are_apart(box, other)) reject("not disjoint from that of another point");
        boxes_[region.pattern.signs].push_back(box);
    }

    const Problem& problem_;
    const std::vector<Region>& regions_;
    std::vector<const Region*> named_;  ///< By the points of Q, one for each base point.
    std::map<std::string, std::vector<Image>> boxes_;
};

}  // namespace check
