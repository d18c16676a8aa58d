#include "tree.hpp"

#include "read.hpp"

#include <charconv>
#include <string_view>

namespace check {
namespace {

using std::size_t;
constexpr size_t pending_limit = 65536;

/// The tokens of a tree, separated by one space each.
class Tokens {
public:
    explicit Tokens(std::string_view text) : rest_(text) {}

    bool at_end() const { return ended_; }
    std::uint64_t count() const { return count_; }
    std::string_view next() {
        const size_t space = rest_.find(' ');
        const std::string_view token = rest_.substr(0, space);
        if (token.empty()) not_understood("an empty token");
        ended_ = space == std::string_view::npos;
        rest_.remove_prefix(ended_ ? rest_.size() : space + 1);
        ++count_;
        return token;
    }

private:
    std::string_view rest_;
    std::uint64_t count_ = 0;
    bool ended_ = false;
};

size_t index(std::string_view text) {
    size_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc() || end != text.data() + text.size()) not_understood("not an index");
    return out;
}

const Region& region_of(const std::vector<Region>& regions, std::string_view token,
                        const Pattern& pattern) {
    const size_t r = index(token.substr(1));
    if (r >= regions.size()) reject("no such region");
    if (regions[r].pattern.signs != pattern.signs) reject("a region of another pattern");
    return regions[r];
}

/// Goes through the boxes of one tree. The boxes still to come are a stack of its own.
class Walk {
public:
    Walk(const Problem& problem, const Bound& bound, const std::vector<Region>& regions,
         const Pattern& pattern)
        : problem_(&problem), regions_(&regions), pattern_(&pattern), box_(problem, pattern) {
        for (const int i : pattern.support)
            box_.set(i, {Dyadic(), bound.edge[static_cast<size_t>(i)]});
    }

    /// Takes one token. @returns false after the last leaf.
    bool take(std::string_view token) {
        if (token.front() == 'S') {
            split(token);
            return true;
        }
        check_leaf(token);
        return next_box();
    }

    std::uint64_t undecided() const { return undecided_; }

private:
    /// A cut of the box: while the lower part is walked `saved` is the upper end, then the lower.
    struct Pending {
        int axis;
        Dyadic saved;
        bool in_upper_part;
    };

    int axis(std::string_view text) const {
        const size_t i = index(text);
        if (i >= static_cast<size_t>(problem_->size) || !pattern_->on(static_cast<int>(i)))
            reject("an index that is not in the support");
        return static_cast<int>(i);
    }

    void split(std::string_view token) {
        const size_t colon = std::min(token.find(':'), token.size() - 1);
        const int i = axis(token.substr(1, colon - 1));
        Dyadic cut = dyadic(token.substr(colon + 1));
        const Interval x = box_.x(i);
        if (cut <= x.lo || x.hi <= cut) reject("a cut that is not inside the box");
        if (pending_.size() == pending_limit) not_understood("a tree that is too deep");
        pending_.push_back({i, x.hi, false});
        box_.set(i, {x.lo, std::move(cut)});
    }

    bool next_box() {
        while (!pending_.empty()) {
            Pending& top = pending_.back();
            const Interval x = box_.x(top.axis);
            if (!top.in_upper_part) {
                box_.set(top.axis, {x.hi, top.saved});
                top = {top.axis, x.lo, true};
                return true;
            }
            box_.set(top.axis, {top.saved, x.hi});
            pending_.pop_back();
        }
        return false;
    }

    void check_leaf(std::string_view token) {
        switch (token.front()) {
            case 'E': check_equation(axis(token.substr(1))); break;
            case 'P': check_mean_value(token.substr(1)); break;
            case 'R': check_region(token); break;
            case 'U':
                if (token.size() > 1) not_understood("an unknown token");
                if (pattern_->support.empty()) reject("the pattern of zeros is decided");
                ++undecided_;
                break;
            default: not_understood("an unknown token");
        }
    }

    /// x_i^{k−2}·G_i keeps its sign on the box.
    void check_equation(int i) const {
        const Interval q = box_.slope(i);
        if (q.lo.sign() >= 0) return;
        const Dyadic mu(problem_->scaled_mu[static_cast<size_t>(i)]);
        const int n = problem_->depth - 2;
        if ((q.lo * power(box_.x(i).hi, n) + mu).sign() > 0) return;
        if (q.hi.sign() < 0 && (q.hi * power(box_.x(i).lo, n) + mu).sign() < 0) return;
        reject("equation " + std::to_string(i) + " does not exclude the box");
    }

    /// Σ_i c_iG_i has no zero on the box, by the mean value theorem.
    void check_mean_value(std::string_view numbers) {
        const std::vector<int>& S = pattern_->support;
        const std::vector<Dyadic> c = coefficients(numbers);
        for (const int i : S)
            if (problem_->depth > 2 && box_.x(i).lo.sign() <= 0) reject("the box touches zero");
        Box mid = midpoint(*problem_, box_);
        const long bits = bits_for(box_);
        box_.set_bits(bits);
        mid.set_bits(bits);
        Interval sum;
        for (size_t j = 0; j < S.size(); ++j) {
            Interval row;
            for (size_t i = 0; i < S.size(); ++i)
                if (c[i].sign() != 0) row += c[i] * box_.jacobian(S[i], S[j]);
            sum += c[j] * mid.residual(S[j]) + row * (box_.a(S[j]) - mid.a(S[j]));
        }
        if (!sum.excludes_zero()) reject("the combination does not exclude the box");
    }

    std::vector<Dyadic> coefficients(std::string_view numbers) const {
        std::vector<Dyadic> out;
        for (size_t comma = 0; comma != std::string_view::npos;) {
            comma = numbers.find(',');
            const std::string_view number = numbers.substr(0, comma);
            if (number.find('p') != std::string_view::npos) not_understood("not an integer");
            out.push_back(dyadic(number));
            numbers.remove_prefix(std::min(comma, numbers.size() - 1) + 1);
        }
        if (out.size() != pattern_->support.size())
            reject(std::to_string(out.size()) + " coefficients instead of " +
                   std::to_string(pattern_->support.size()));
        return out;
    }

    void check_region(std::string_view token) const {
        const Region& region = region_of(*regions_, token, *pattern_);
        for (size_t i = 0; i < region.outer.size(); ++i)
            if (!inside(box_.x(pattern_->support[i]), region.outer[i]))
                reject("the box is not inside the region");
    }

    const Problem* problem_;
    const std::vector<Region>* regions_;
    const Pattern* pattern_;
    Box box_;
    std::vector<Pending> pending_;
    std::uint64_t undecided_ = 0;
};

/// Goes through one tree. @returns the number of its U tokens.
std::uint64_t walk(Tokens& tokens, Walk walk) {
    bool is_open = true;
    while (is_open) {
        if (tokens.at_end()) reject("the tree ends before its boxes do");
        is_open = walk.take(tokens.next());
    }
    return walk.undecided();
}

/// The one token of the rule `linear`. @returns 1 for U.
std::uint64_t check_linear(std::string_view token, const Pattern& pattern,
                           const std::vector<Region>& regions, LinearSystems& systems) {
    switch (systems.solve(pattern).outcome) {
        case LinearSystems::Outcome::none:
            if (token != "X") reject("no stationary point has these signs, so X");
            return 0;
        case LinearSystems::Outcome::many:
            if (token != "U") reject("the solutions are not unique, so U");
            return 1;
        default:
            if (token.front() != 'R') reject("there is a stationary point of these signs");
            region_of(regions, token, pattern);
            return 0;
    }
}

}  // namespace

Trees checked_trees(const Value& patterns, const Problem& problem, const Bound& bound,
                    const std::vector<Region>& regions, LinearSystems& systems) {
    const std::uint64_t count = number_of_patterns(problem);
    if (patterns.array().size() != count)
        reject(std::to_string(patterns.array().size()) + " patterns instead of " +
               std::to_string(count));
    Trees out;
    std::vector<bool> seen(count);
    patterns.each([&](const Value& entry, size_t) {
        const Pattern here =
            in(entry, "signs", [&](const Value& v) { return pattern(problem, v.text()); });
        const std::uint64_t rank = rank_of(problem, here.signs);
        if (seen[rank]) reject("pattern " + here.signs + " twice");
        seen[rank] = true;
        in(entry, "tree", [&](const Value& text) {
            Tokens tokens(text.text());
            std::uint64_t undecided = 0;
            const auto take = [&] {
                undecided = bound.rule == Bound::Rule::linear
                                ? check_linear(tokens.next(), here, regions, systems)
                                : walk(tokens, Walk(problem, bound, regions, here));
                if (!tokens.at_end()) reject("tokens after the last leaf");
            };
            try {
                take();
            } catch (Failure& failure) {
                failure.enclose("token " + std::to_string(tokens.count()));
                throw;
            }
            out.tokens += tokens.count();
            if (undecided > 0) out.undecided.emplace_back(here.signs, undecided);
        });
    });
    return out;
}

}  // namespace check
