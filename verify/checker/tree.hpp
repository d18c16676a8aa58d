#pragma once

#include "region.hpp"

#include <charconv>

namespace check {

/// FORMAT.md section 6: goes through the boxes of one tree, which its leaves cover. The boxes still
/// to come are a stack of its own.
class Walk {
public:
    Walk(const Problem& problem, const Bound& bound, const std::vector<Region>& regions,
         LinearSystems& systems, const Pattern& pattern)
        : problem_(problem),
          is_linear_(bound.is_linear()),
          regions_(regions),
          systems_(systems),
          pattern_(pattern),
          box_(problem, pattern) {
        for (const size_t i : pattern.support)
            if (!is_linear_)
                box_.set(i, {problem.has_groups ? -bound.edge(i) : Dyadic(), bound.edge(i)});
    }

    /// Takes one token. @returns false after the last leaf.
    bool take(std::string_view token) {
        const char kind = token.empty() ? ' ' : token.front();
        const std::string_view rest = token.substr(token.empty() ? 0 : 1);
        if (is_linear_) require_right(token);
        if (kind == 'S') {
            split(rest);
            return true;
        }
        if (kind == 'E')
            check_equation(axis(rest));
        else if (kind == 'N' && problem_.has_groups)
            check_norm(index(rest));
        else if (kind == 'P')
            check_mean_value(coefficients(rest));
        else if (kind == 'C')
            check_combination(coefficients(rest));
        else if (kind == 'R')
            check_region(index(rest));
        else if (token == "U" && pattern_.support.empty())
            reject("the pattern of zeros is decided");
        else if (token == "U")
            ++undecided_;
        else if (!is_linear_)
            not_understood("an unknown token");
        return next_box();
    }

    size_t undecided() const { return undecided_; }

private:
    /// A cut of the box: while the lower part is walked `saved` is the upper end, then the lower.
    struct Cut {
        size_t axis;
        Dyadic saved;
        bool in_upper_part;
    };
    static constexpr size_t cuts_limit = 65536;

    static size_t index(std::string_view text) {
        size_t out = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
        if (error != std::errc() || end != text.data() + text.size())
            not_understood("not an index");
        return out;
    }

    size_t axis(std::string_view text) const {
        const size_t i = index(text);
        if (i >= problem_.size || !pattern_.on(i)) reject("an index that is not in the support");
        return i;
    }

    Integers coefficients(std::string_view numbers) const {
        Integers c;
        for (size_t start = 0; start <= numbers.size();) {
            const size_t end = std::min(numbers.find(',', start), numbers.size());
            c.push_back(integer_of(numbers.substr(start, end - start)));
            start = end + 1;
        }
        if (c.size() != pattern_.support.size()) not_understood("the wrong number of coefficients");
        return c;
    }

    void split(std::string_view text) {
        const size_t colon = std::min(text.find(':'), text.size());
        const size_t i = axis(text.substr(0, colon));
        Dyadic cut = dyadic_of(text.substr(std::min(colon + 1, text.size())));
        const Interval& x = box_.x(i);
        if (cut <= x.lo || x.hi <= cut) reject("a cut that is not inside the box");
        if (cuts_.size() == cuts_limit) not_understood("a tree that is too deep");
        cuts_.push_back({i, x.hi, false});
        box_.set(i, {x.lo, std::move(cut)});
    }

    bool next_box() {
        for (; !cuts_.empty(); cuts_.pop_back()) {
            auto& [i, saved, in_upper_part] = cuts_.back();
            auto [lo, hi] = box_.x(i);
            if (std::exchange(in_upper_part, true)) {
                box_.set(i, {std::move(saved), std::move(hi)});
                continue;
            }
            box_.set(i, {std::move(hi), std::exchange(saved, std::move(lo))});
            return true;
        }
        return false;
    }

    /// With the rule `linear` the one token is determined.
    void require_right(std::string_view token) {
        const std::string right(1, systems_.solve(pattern_).token);
        if (right == "R" ? !token.starts_with('R') : token != right)
            reject("this token should be " + right);
    }

    /// G_i, or without groups x_i^{k−2}·G_i, has no zero on the box.
    void check_equation(size_t i) const {
        if (problem_.has_groups && !box_.avoids_zero_at(i)) reject("the box touches zero");
        if (!excludes_zero(problem_.has_groups ? box_.residual(i) : box_.scaled_residual(i)))
            reject("equation " + std::to_string(i) + " does not exclude the box");
    }

    /// ‖g_j‖^{2k}(r_j²)^{k−2} = μ_j^{2k} and β_j·g_j < 0 do not both hold on the box.
    void check_norm(size_t j) const {
        if (j >= problem_.groups.size() || pattern_.signs[j] != '*')
            reject("a group that is not in the support");
        Interval n, product;  // ‖g_j‖², β_j·g_j
        for (const size_t i : problem_.groups[j]) {
            const Interval g = box_.slope(i);
            n += power(g, 2);
            product += box_.a(i) * g;
        }
        if (sign(product.lo) >= 0) return;
        const int k = problem_.depth;
        const Interval left = power(n, k) * power(box_.square(j), k - 2);
        const Dyadic right(power(problem_.mu[problem_.groups[j].front()], 2 * k));
        if (left.hi < right || left.lo > right) return;
        reject("the norm of group " + std::to_string(j) + " does not exclude the box");
    }

    /// Σ_i c_iG_i has no zero on the box, by the mean value theorem.
    void check_mean_value(const Integers& c) const {
        const std::vector<size_t>& S = pattern_.support;
        if (!box_.avoids_zero()) reject("the box touches zero");
        const Box mid = box_.midpoint();
        std::vector<Interval> row(S.size());  // cᵀJ(X)
        for (size_t i = 0; i < S.size(); ++i)
            for (size_t j = 0; j <= i; ++j) {
                const Interval J = box_.jacobian(S[i], S[j]);
                row[j].add_product(1, c[i], J);
                if (i != j) row[i].add_product(1, c[j], J);
            }
        Interval sum;
        for (size_t j = 0; j < S.size(); ++j) {
            sum.add_product(1, c[j], mid.residual(S[j]));
            sum += row[j] * (box_.a(S[j]) - mid.a(S[j]));
        }
        if (!excludes_zero(sum)) reject("the combination does not exclude the box");
    }

    /// Σ_i c_iG_i has no zero on the box: for degree ≤ 2 it is γ + Σ_j (α_ja_j + c_jμ_jx_j^{2−k}).
    void check_combination(const Integers& c) const {
        if (problem_.has_groups) reject("groups have no such test");
        if (!problem_.is_quadratic()) reject("this test is for degree 2");
        const std::vector<size_t>& S = pattern_.support;
        Interval sum;
        bool is_bounded_below = true, is_bounded_above = true;
        for (size_t j = 0; j < S.size(); ++j) {
            const int s = pattern_.sign(S[j]);
            mpz_class alpha;
            for (size_t i = 0; i < S.size(); ++i)
                alpha += c[i] * pattern_.sign(S[i]) * problem_.A[S[i]][S[j]];
            sum.add_product(s, alpha, box_.a(S[j]));
            sum.add_product(1, c[j] * problem_.mu[S[j]], box_.pull(S[j]));
            sum.add_product(-s, c[j], Interval(Dyadic(problem_.b[S[j]])));
            if (box_.avoids_zero_at(S[j])) continue;
            is_bounded_below = is_bounded_below && sign(c[j]) >= 0;
            is_bounded_above = is_bounded_above && sign(c[j]) <= 0;
        }
        if (!(is_bounded_below && sign(sum.lo) > 0) && !(is_bounded_above && sign(sum.hi) < 0))
            reject("the combination does not exclude the box");
    }

    void check_region(size_t r) const {
        if (r >= regions_.size() || regions_[r].pattern.signs != pattern_.signs)
            reject("not a region of this pattern");
        for (size_t i = 0; i < regions_[r].outer.size(); ++i)
            if (!is_inside(box_.x(pattern_.support[i]), regions_[r].outer[i]))
                reject("the box is not inside the region");
    }

    const Problem& problem_;
    const bool is_linear_;
    const std::vector<Region>& regions_;
    LinearSystems& systems_;
    const Pattern& pattern_;
    Box box_;
    std::vector<Cut> cuts_;
    size_t undecided_ = 0;
};

/// What the trees say.
struct Trees {
    size_t tokens = 0;
    std::map<std::string, size_t> undecided;  ///< The number of U tokens of each pattern with some.
};

/// Every pattern has one tree.
inline Trees checked_trees(const Json& patterns, const Problem& problem, const Bound& bound,
                           const std::vector<Region>& regions, LinearSystems& systems) {
    Trees out;
    std::set<std::string> seen;
    each(patterns, [&](const Json& entry, size_t) {
        const Pattern pattern(problem, in(entry, "signs", text));
        if (!seen.insert(pattern.signs).second) reject("a pattern twice");
        Walk walk(problem, bound, regions, systems, pattern);
        in(entry, "tree", [&](const Json& json) {
            const std::string_view tree = text(json);
            bool is_open = true;
            size_t n = 1;
            within([&] { return "token " + std::to_string(n); },
                   [&] {
                       for (size_t start = 0; start <= tree.size(); ++n) {
                           const size_t end = std::min(tree.find(' ', start), tree.size());
                           if (!is_open) reject("after the last leaf");
                           is_open = walk.take(tree.substr(start, end - start));
                           start = end + 1;
                       }
                   });
            out.tokens += n - 1;
            if (is_open) reject("the tree ends before its boxes do");
        });
        if (walk.undecided() > 0) out.undecided[pattern.signs] = walk.undecided();
    });
    const mpz_class count =
        power(mpz_class(problem.alphabet().size()), static_cast<int>(problem.groups.size()));
    if (seen.size() != count)
        reject(std::to_string(seen.size()) + " patterns, not " + count.get_str());
    return out;
}

}  // namespace check
