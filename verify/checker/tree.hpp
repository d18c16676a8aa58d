#pragma once

#include "region.hpp"

namespace check {

/// Goes through the boxes of one tree. The boxes still to come are a stack of its own.
class Walk {
public:
    Walk(const Problem& problem, const Bound& bound, const std::vector<Region>& regions,
         const Pattern& pattern)
        : problem_(problem), regions_(regions), pattern_(pattern), box_(problem, pattern) {
        for (const size_t i : pattern.support) {
            if (bound.is_linear()) continue;
            box_.set(i, {problem.has_groups ? -bound.edge(i) : Dyadic(), bound.edge(i)});
        }
    }

    /// Takes one token. @returns false after the last leaf.
    bool take(std::string_view token) {
        if (token.starts_with('S')) {
            split(token);
            return true;
        }
        check_leaf(token);
        return next_box();
    }

    size_t undecided() const { return undecided_; }

    static const Region& region(const std::vector<Region>& regions, std::string_view token,
                                const Pattern& pattern) {
        const size_t r = index(token.substr(1));
        if (r >= regions.size() || regions[r].pattern.signs != pattern.signs)
            reject("not a region of this pattern");
        return regions[r];
    }

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

    void split(std::string_view token) {
        const size_t colon = std::min(token.find(':'), token.size() - 1);
        const size_t i = axis(token.substr(1, colon - 1));
        const Dyadic cut = dyadic(token.substr(colon + 1));
        const Interval x = box_.x(i);
        if (cut <= x.lo || x.hi <= cut) reject("a cut that is not inside the box");
        if (cuts_.size() == cuts_limit) not_understood("a tree that is too deep");
        cuts_.push_back({i, x.hi, false});
        box_.set(i, {x.lo, cut});
    }

    bool next_box() {
        for (; !cuts_.empty(); cuts_.pop_back()) {
            const auto [i, saved, in_upper_part] = cuts_.back();
            const Interval x = box_.x(i);
            if (!in_upper_part) {
                box_.set(i, {x.hi, saved});
                cuts_.back() = {i, x.lo, true};
                return true;
            }
            box_.set(i, {saved, x.hi});
        }
        return false;
    }

    void check_leaf(std::string_view token) {
        const bool has_groups = problem_.has_groups;
        if (token.starts_with('E') && has_groups) return check_group(axis(token.substr(1)));
        if (token.starts_with('N') && has_groups) return check_norm(index(token.substr(1)));
        if (token.starts_with('C') && has_groups) reject("groups have no such test");
        if (token.starts_with('E')) return check_equation(axis(token.substr(1)));
        if (token.starts_with('P')) return check_mean_value(token.substr(1));
        if (token.starts_with('C')) return check_combination(token.substr(1));
        if (token.starts_with('R')) return check_region(region(regions_, token, pattern_));
        if (token != "U") not_understood("an unknown token");
        if (pattern_.support.empty()) reject("the pattern of zeros is decided");
        ++undecided_;
    }

    /// x_i^{k−2}·G_i keeps its sign on the box.
    void check_equation(size_t i) const {
        const Interval q = box_.slope(i), &x = box_.x(i);
        const Dyadic mu(problem_.mu[i]);
        const int n = problem_.depth - 2;
        if (sign(q.lo) >= 0 || sign(q.lo * power(x.hi, n) + mu) > 0) return;
        if (sign(q.hi) >= 0 || sign(q.hi * power(x.lo, n) + mu) >= 0)
            reject("equation " + std::to_string(i) + " does not exclude the box");
    }

    /// The equation i of groups has no zero on the box.
    void check_group(size_t i) const {
        if (!box_.avoids_zero_in(problem_.group_of[i])) reject("the box touches zero");
        if (!excludes_zero(box_.residual(i)))
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
        const int k = problem_.depth;
        const Interval left = power(n, k) * power(box_.square(j), k - 2);
        const Dyadic right(power(problem_.mu[problem_.groups[j].front()], 2 * k));
        if (left.hi < right || left.lo > right || sign(product.lo) >= 0) return;
        reject("the norm of group " + std::to_string(j) + " does not exclude the box");
    }

    std::vector<Dyadic> coefficients(std::string_view numbers) const {
        std::vector<Dyadic> c;
        for (size_t start = 0; start <= numbers.size();) {
            const size_t end = std::min(numbers.find(',', start), numbers.size());
            c.emplace_back(integer(numbers.substr(start, end - start)));
            start = end + 1;
        }
        if (c.size() != pattern_.support.size()) not_understood("the wrong number of coefficients");
        return c;
    }

    /// Σ_i c_iG_i has no zero on the box, by the mean value theorem.
    void check_mean_value(std::string_view numbers) {
        const std::vector<size_t>& S = pattern_.support;
        const std::vector<Dyadic> c = coefficients(numbers);
        if (!box_.avoids_zero()) reject("the box touches zero");
        box_.set_bits(box_.bits());
        const Box mid = box_.midpoint();
        Interval sum;
        for (size_t j = 0; j < S.size(); ++j) {
            Interval row;
            for (size_t i = 0; i < S.size(); ++i)
                if (sign(c[i]) != 0) row += c[i] * box_.jacobian(S[i], S[j]);
            sum += c[j] * mid.residual(S[j]) + row * (box_.a(S[j]) - mid.a(S[j]));
        }
        if (!excludes_zero(sum)) reject("the combination does not exclude the box");
    }

    /// Σ_i c_iG_i has no zero on the box: for degree ≤ 2 it is γ + Σ_j (α_ja_j + c_jμ_jx_j^{2−k}).
    void check_combination(std::string_view numbers) const {
        if (!problem_.is_quadratic()) reject("this test is for degree 2");
        const std::vector<size_t>& S = pattern_.support;
        const std::vector<Dyadic> c = coefficients(numbers);
        Interval sum;
        bool is_bounded_below = true, is_bounded_above = true;
        for (size_t j = 0; j < S.size(); ++j) {
            Dyadic alpha;
            for (size_t i = 0; i < S.size(); ++i) {
                const int signs = pattern_.sign(S[i]) * pattern_.sign(S[j]);
                alpha += c[i] * Dyadic(problem_.A[S[i]][S[j]] * signs);
            }
            sum += alpha * box_.a(S[j]) + c[j] * box_.pull(S[j]);
            sum += Interval(c[j] * Dyadic(problem_.b[S[j]] * -pattern_.sign(S[j])));
            if (problem_.depth == 2 || sign(box_.x(S[j]).lo) > 0) continue;
            is_bounded_below = is_bounded_below && sign(c[j]) >= 0;
            is_bounded_above = is_bounded_above && sign(c[j]) <= 0;
        }
        if (!(is_bounded_below && sign(sum.lo) > 0) && !(is_bounded_above && sign(sum.hi) < 0))
            reject("the combination does not exclude the box");
    }

    void check_region(const Region& region) const {
        for (size_t i = 0; i < region.outer.size(); ++i)
            if (!inside(box_.x(pattern_.support[i]), region.outer[i]))
                reject("the box is not inside the region");
    }

    const Problem& problem_;
    const std::vector<Region>& regions_;
    const Pattern& pattern_;
    Box box_;
    std::vector<Cut> cuts_;
    size_t undecided_ = 0;
};

/// FORMAT.md section 6: every pattern has one tree, whose leaves cover its box.
class Trees {
public:
    Trees(const Json& patterns, const Problem& problem, const Bound& bound,
          const std::vector<Region>& regions, LinearSystems& systems)
        : problem_(problem), bound_(bound), regions_(regions), systems_(systems) {
        size_t count = 1;
        for (size_t j = 0; j < problem.groups.size(); ++j) count *= problem.alphabet().size();
        std::set<std::string> seen;
        each(patterns, [&](const Json& entry, size_t) {
            const Pattern pattern(problem, in(entry, "signs", text));
            if (!seen.insert(pattern.signs).second) reject("a pattern twice");
            in(entry, "tree", [&](const Json& tree) { check_tree(text(tree), pattern); });
        });
        if (seen.size() != count)
            reject(std::to_string(seen.size()) + " patterns, not " + std::to_string(count));
    }

    size_t tokens() const { return tokens_; }
    /// The number of U tokens of each pattern that has some.
    const std::map<std::string, size_t>& undecided() const { return undecided_; }

private:
    void check_tree(std::string_view tree, const Pattern& pattern) {
        Walk walk(problem_, bound_, regions_, pattern);
        bool is_open = true;
        for (size_t start = 0, n = 1; start <= tree.size(); ++n, ++tokens_) {
            const size_t end = std::min(tree.find(' ', start), tree.size());
            const std::string_view token = tree.substr(start, end - start);
            within("token " + std::to_string(n), [&] {
                if (!is_open) reject("after the last leaf");
                is_open = bound_.is_linear() ? take_linear(token, pattern) : walk.take(token);
            });
            start = end + 1;
        }
        if (is_open) reject("the tree ends before its boxes do");
        if (walk.undecided() > 0) undecided_[pattern.signs] = walk.undecided();
    }

    /// The one token of the rule `linear`, from the exact solution. @returns false.
    bool take_linear(std::string_view token, const Pattern& pattern) {
        const LinearSystems::Outcome outcome = systems_.solve(pattern).outcome;
        if (outcome == LinearSystems::Outcome::stationary && token.starts_with('R')) {
            Walk::region(regions_, token, pattern);
            return false;
        }
        const char* right = outcome == LinearSystems::Outcome::none   ? "X"
                            : outcome == LinearSystems::Outcome::many ? "U"
                                                                      : "R";
        if (token != right) reject(std::string("this token should be ") + right);
        if (token == "U") undecided_[pattern.signs] = 1;
        return false;
    }

    const Problem& problem_;
    const Bound& bound_;
    const std::vector<Region>& regions_;
    LinearSystems& systems_;
    size_t tokens_ = 0;
    std::map<std::string, size_t> undecided_;
};

}  // namespace check
