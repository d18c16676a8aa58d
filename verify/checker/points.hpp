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
        : problem_(problem), regions_(regions), listed_(regions.size()) {
        in(certificate, "base",
           [&](const Json& json) { named_.resize(array(member(json, "points")).size()); });
        in(certificate, "surrogate", [&](const Json& json) {
            in(json, "points", [&](const Json& list) {
                each(list, [&](const Json& point, size_t) { check_surrogate(point); });
                for (size_t r = 0; r < regions.size(); ++r)
                    if (regions[r].is_point() && !listed_[r])
                        reject("region " + std::to_string(r) + " is missing");
            });
            require(json, "stationary_orbits", orbits);
            require(json, "minimizer_orbits", minimizer_orbits);
        });
        in(certificate, "base", [&](const Json& json) {
            in(json, "points", [&](const Json& list) {
                each(list, [&](const Json& point, size_t p) { check_base(point, p); });
            });
            require(json, "stationary", base);
            require(json, "minimizers", base_minimizers);
        });
    }

private:
    using Ranges = std::vector<Range>;

    static void require(const Json& object, const char* name, const Json& right) {
        in(object, name, [&](const Json& json) {
            if (json != right) reject("not " + right.dump());
        });
    }
    /// An index into a list of this size.
    static size_t index(const Json& object, const char* name, size_t size) {
        return in(object, name, [&](const Json& json) {
            const mpz_class out = integer(json);
            if (out < 0 || out >= size) reject("no such item");
            return out.get_ui();
        });
    }

    void check_surrogate(const Json& json) {
        const size_t r = index(json, "region", regions_.size());
        const Region& region = regions_[r];
        if (!region.is_point() || listed_[r]) reject("this region is no point, or listed before");
        listed_[r] = true;

        const std::optional<int> beyond = groups_beyond(region);
        const int between = std::popcount(region.pattern.between);
        const int descents = region.negative + beyond.value_or(0) + between;
        const char* decided = descents == 0 ? "minimizer" : "saddle";
        require(json, "class", beyond ? decided : "undecided");
        require(json, "index", beyond && has_hessian(region.pattern) ? Json(descents) : Json());
        if (beyond == 0 && between == 0) {
            const Region*& named = named_[index(json, "base", named_.size())];
            if (named != nullptr) reject("this base point is named before");
            named = &region;
        } else {
            require(json, "base", nullptr);
        }
        const std::uint64_t size = orbit_size(region.pattern);
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
            mpq_class low, high;  // of ‖g_j‖²
            for (const size_t i : problem_.groups[j]) {
                const auto [g_low, g_high] = region.slope(problem_, i);
                const mpq_class p = g_low * g_low, q = g_high * g_high;
                if (g_low > 0 || g_high < 0) low += std::min(p, q);
                high += std::max(p, q);
            }
            const mpz_class bound = power(problem_.mu[problem_.groups[j].front()], 2);
            if (high < bound) continue;
            if (low <= bound) return std::nullopt;
            ++out;
        }
        return out;
    }

    /// Shared factors with k = 2 are not twice differentiable where a coordinate or group is zero.
    bool has_hessian(const Pattern& pattern) const {
        return problem_.transfer != Transfer::shared || problem_.depth > 2 ||
               pattern.signs.find('0') == std::string::npos;
    }

    /// The number of points of Q of one orbit.
    std::uint64_t orbit_size(const Pattern& pattern) const {
        const auto states = std::count_if(pattern.signs.begin(), pattern.signs.end(), [](char c) {
            return std::string_view("+-*").find(c) != std::string_view::npos;
        });
        const int flips = problem_.transfer == Transfer::product ? problem_.depth - 1 : 1;
        return std::uint64_t{1} << (flips * states);  // at most 4·13
    }

    void check_base(const Json& json, size_t p) {
        if (named_[p] == nullptr) reject("named by no point of the surrogate");
        const Region& region = *named_[p];
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
        const Ranges claimed = list(json, problem_.size, [](const Json& ends) {
            const auto pair = list(ends, 2, dyadic_or_fraction);
            return Range(pair[0], pair[1]);
        });
        const Ranges found = ranges(region);
        for (size_t i = 0; i < found.size(); ++i)
            if (found[i].first < claimed[i].first || claimed[i].second < found[i].second)
                reject("not around the point");
        std::vector<Ranges>& others = boxes_[region.pattern.signs];
        for (const Ranges& other : others) {
            bool apart = false;
            for (size_t i = 0; i < other.size(); ++i)
                apart = apart || claimed[i].second < other[i].first ||
                        other[i].second < claimed[i].first;
            if (!apart) reject("not disjoint from that of another point");
        }
        others.push_back(claimed);
    }

    /// β(E), or the exact β.
    Ranges ranges(const Region& region) const {
        Ranges out(problem_.size);
        const Box E(problem_, region.pattern, region.inner);
        for (size_t j = 0; j < region.pattern.support.size(); ++j) {
            const size_t i = region.pattern.support[j];
            out[i] = region.is_exact() ? Range(region.beta[j], region.beta[j])
                                       : rational(Dyadic(region.pattern.sign(i)) * E.a(i));
        }
        return out;
    }

    const Problem& problem_;
    const std::vector<Region>& regions_;
    std::vector<bool> listed_;
    std::vector<const Region*> named_;  ///< The point of Q that names each base point.
    std::map<std::string, std::vector<Ranges>> boxes_;
};

}  // namespace check
