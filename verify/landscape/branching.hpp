#pragma once

/// @file
/// What the searches of both kinds of system share: the stack of boxes, the stream of tokens, cuts,
/// the rows of an approximate inverse, and the regions.

#include "landscape/search.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace hadamard::landscape {

/// A split whose one side holds no zero, as some leaf test shows. Only that test, repeated on that
/// side when its turn comes, proves anything.
struct Cut {
    std::size_t axis = 0;
    double place = 0;
    double fraction = 0;  // of the box that is cut off; 0: no cut
};

/// Branch and bound with `visit` for the tests of one box.   `Equations`: `System` or `GroupSystem`.
template <class Equations>
class Branching {
public:
    Branching(const Equations& system, const Doubles& edges, const SearchLimits& limits,
              std::vector<Region> known)
        : system_(system), limits_(limits), edges_(edges), m_(system.size()), a_(m_), x_(m_) {
        tree_.signs = system.signs();
        tree_.regions = std::move(known);
    }
    virtual ~Branching() = default;
    Branching(const Branching&) = delete;
    Branching& operator=(const Branching&) = delete;

    Tree run(Box root) {
        stack_.push_back(std::move(root));
        for (long steps = 0; !stack_.empty(); ++steps) {
            if (steps % 64 == 0 && limits_.stop && limits_.stop()) throw Interrupted();
            const Box box = std::move(stack_.back());
            stack_.pop_back();
            best_ = Cut{};
            visit(box);
        }
        return std::move(tree_);
    }

protected:
    /// Emits one leaf, or one split whose sides are then on the stack.
    virtual void visit(const Box& box) = 0;
    /// Where zeros are listed: lo < x ≤ hi. Infinite where none lies beyond.
    virtual Box domain() const = 0;

    /// Whether a proven region is of use; says of what kind it is. One whose zero is beyond the domain
    /// is, near the box alone; one whose zero may be on the border is not.
    bool keep(Region& region, const Box& box) const {
        const Box inner = region.inner(), in = domain();
        bool inside = true, beyond = false, meets = true;
        for (std::size_t i = 0; i < m_; ++i) {
            inside = inside && inner.lo[i] > in.lo[i] && inner.hi[i] <= in.hi[i];
            beyond = beyond || inner.hi[i] < in.lo[i] || inner.lo[i] > in.hi[i];
            meets = meets && region.outer.hi[i] >= box.lo[i] && region.outer.lo[i] <= box.hi[i];
        }
        if (beyond) region.kind = Region::Kind::outside;
        return inside || (beyond && meets);
    }

    /// The edge of the claims, if zeros beyond it are possible.
    Doubles outer_edges() const {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        return limits_.is_restricted ? edges_ : Doubles(m_, infinity);
    }

    void load(const Box& box) {
        for (std::size_t i = 0; i < m_; ++i) {
            x_[i] = box[i];
            a_[i] = system_.base(i, x_[i]);
        }
    }

    void leave_open(const Box& box) {
        leaf("U");
        ++tree_.undecided;
        tree_.open.push_back(box);
    }

    void leaf(const std::string& token) {
        append(token);
        ++tree_.leaves;
    }

    void append(const std::string& token) {
        if (!tree_.tokens.empty()) tree_.tokens += ' ';
        tree_.tokens += token;
    }

    bool in_region(const Box& box) {
        for (std::size_t r = 0; r < tree_.regions.size(); ++r)
            if (box.is_within(tree_.regions[r].outer)) {
                leaf(fmt::format("R{}", r));
                return true;
            }
        return false;
    }

    /// a number near `place`, of few bits, not beyond it in the direction of `down`.
    static double short_place(double place, double width, bool down, int bits = 5) {
        const double unit = std::ldexp(1.0, std::ilogb(width) - bits);
        return (down ? std::floor(place / unit) : std::ceil(place / unit)) * unit;
    }

    /// Notes that coordinate i has no zero below `low` and none above `high`, if a cut there takes
    /// away `least` of the box or frees it from 0, and more than the best cut so far.
    void shave(const Box& box, std::size_t i, double low, double high, double least) {
        const double width = box.hi[i] - box.lo[i];
        if (!(width > 0)) return;
        const bool from_zero = system_.singular_at_zero() && box.lo[i] == 0;
        if (low > box.lo[i]) {
            double place = short_place(low, width, true);
            if (from_zero && !(place > 0) && low > 1e-3 * width)
                place = short_place(low, low, true, 2);
            note(box, {i, place, (place - box.lo[i]) / width}, from_zero ? 0.0 : least);
        }
        if (high < box.hi[i]) {
            const double place = short_place(high, width, false);
            note(box, {i, place, (box.hi[i] - place) / width}, least);
        }
    }

    void note(const Box& box, const Cut& cut, double least) {
        if (cut.place > box.lo[cut.axis] && cut.place < box.hi[cut.axis] && cut.fraction >= least &&
            cut.fraction > best_.fraction)
            best_ = cut;
    }

    /// "c_1,…,c_m" behind a letter.
    std::string combination_token(char letter, const Doubles& whole) const {
        std::string out(1, letter);
        for (std::size_t i = 0; i < m_; ++i)
            out += fmt::format("{}{}", i > 0 ? "," : "", static_cast<long>(whole[i]));
        return out;
    }

    /// Emits the token with the row in short integers, if they still exclude the box.
    template <class Sum>
    bool leaf_in_integers(char letter, const double* c, Sum sum) {
        double largest = 0;
        for (std::size_t i = 0; i < m_; ++i) largest = std::max(largest, std::fabs(c[i]));
        if (!(largest > 0) || !std::isfinite(largest)) return false;
        Doubles whole(m_);
        for (const double size : {9.0, 99.0, 9999.0, 99999999.0}) {
            for (std::size_t i = 0; i < m_; ++i) whole[i] = std::floor(c[i] / largest * size + 0.5);
            if (!sum(whole.data()).excludes_zero()) continue;
            leaf(combination_token(letter, whole));
            return true;
        }
        return false;
    }

    /// Σ_i c_i G_i(mid) + Σ_j (Σ_i c_i J_ij(X)) (a_j(X) − a_j(mid)), with the row's sums kept.
    Range mean_value(const double* c, Ranges& row) const {
        Range out(0.0);
        for (std::size_t i = 0; i < m_; ++i) out += scaled(c[i], G_[i]);
        for (std::size_t j = 0; j < m_; ++j) {
            row[j] = Range(0.0);
            for (std::size_t i = 0; i < m_; ++i) row[j] += scaled(c[i], J_[i * m_ + j]);
            out += row[j] * offset_[j];
        }
        return out;
    }

    /// The middle of the box, G there, J over the box and an inverse of its middle; false if that is
    /// singular.
    bool prepare_rows(const Box& box) {
        middle_.resize(m_);
        offset_.resize(m_);
        middle_base_.resize(m_);
        for (std::size_t i = 0; i < m_; ++i) {
            middle_[i] = scaled(0.5, Range(box.lo[i]) + Range(box.hi[i]));
            middle_base_[i] = system_.base(i, middle_[i]);
            offset_[i] = a_[i] - middle_base_[i];
        }
        system_.value(middle_, middle_base_, G_);
        system_.jacobian(x_, a_, J_);
        inverse_.resize(m_ * m_);
        for (std::size_t i = 0; i < m_ * m_; ++i) inverse_[i] = J_[i].middle();
        return invert(inverse_, m_);
    }

    /// Rows of C·G in mean-value form (token P), C an inverse of J, and the cuts that they allow.
    /// @pre `prepare_rows`
    bool excluded_by_rows(const Box& box) {
        Ranges row(m_);
        for (std::size_t i = 0; i < m_; ++i) {
            const double* c = &inverse_[i * m_];
            const Range sum = mean_value(c, row);
            if (sum.excludes_zero() && leaf_in_integers('P', c, [&](const double* whole) {
                    return mean_value(whole, row);
                }))
                return true;
            if (!row[i].is_positive()) continue;
            // Σ c·G = 0 solved for a_i: the rest of the sum over the coefficient of a_i.
            Range rest(0.0);
            for (std::size_t j = 0; j < m_; ++j) {
                rest += scaled(c[j], G_[j]);
                if (j != i) rest += row[j] * offset_[j];
            }
            const Range zero = middle_base_[i] - rest * reciprocal(row[i]);
            const bool at_most = zero.hi()<a_[i].hi(), at_least = zero.lo()> a_[i].lo();
            const bool certain = system_.singular_at_zero();
            const double low =
                at_least && (!certain || zero.lo() > 0) ? system_.root(i, zero.lo()) : box.lo[i];
            const double high =
                at_most && (!certain || zero.hi() > 0) ? system_.root(i, zero.hi()) : box.hi[i];
            shave(box, i, low - 1e-12 * std::fabs(low), high + 1e-12 * std::fabs(high), 0.5);
        }
        return false;
    }

    void look_for_zero(const Box& box) {
        Doubles x(m_);
        for (std::size_t i = 0; i < m_; ++i) x[i] = 0.5 * (box.lo[i] + box.hi[i]);
        const std::optional<Doubles> z = newton(system_, std::move(x));
        if (!z) return;
        for (const Region& region : tree_.regions) {
            bool inside = true;
            for (std::size_t i = 0; i < m_; ++i)
                inside = inside && (*z)[i] >= region.outer.lo[i] && (*z)[i] <= region.outer.hi[i];
            if (inside) return;
        }
        std::optional<Region> region = prove_zero(system_, *z);
        if (!region) return;
        if (keep(*region, box)) tree_.regions.push_back(std::move(*region));
    }

    /// The largest cut that leaves of the box what a region covers, where that is much of it.
    void cut_at_regions(const Box& box) {
        for (const Region& region : tree_.regions) {
            Cut largest;
            bool worth = true;
            for (std::size_t i = 0; i < m_ && worth; ++i) {
                const double low = std::max(box.lo[i], region.outer.lo[i]);
                const double high = std::min(box.hi[i], region.outer.hi[i]);
                const double width = box.hi[i] - box.lo[i];
                worth = high - low > 0.25 * width;
                const auto consider = [&](double place, double removed) {
                    if (removed / width > largest.fraction) largest = {i, place, removed / width};
                };
                if (low > box.lo[i]) {
                    const double place = short_place(low, high - low, false);
                    consider(place, place - box.lo[i]);
                }
                if (high < box.hi[i]) {
                    const double place = short_place(high, high - low, true);
                    consider(place, box.hi[i] - place);
                }
            }
            if (worth) note(box, largest, 0.0);
        }
    }

    void split(const Box& box, std::size_t axis, double place) {
        append(fmt::format("S{}:{}", system_.support()[axis], dyadic(place)));
        Box lower = box, upper = box;
        lower.hi[axis] = place;
        upper.lo[axis] = place;
        stack_.push_back(std::move(upper));
        stack_.push_back(std::move(lower));
    }

    /// Makes the best cut, if there is one.
    bool cut(const Box& box) {
        if (!(best_.fraction > 0)) return false;
        split(box, best_.axis, best_.place);
        return true;
    }

    /// A place of few bits near the middle of the coordinate.
    void halve(const Box& box, std::size_t axis) {
        const double width = box.hi[axis] - box.lo[axis];
        double place = 0.5 * (box.lo[axis] + box.hi[axis]);
        const double near = short_place(place, width, true, 3);
        if (near > box.lo[axis] && near < box.hi[axis]) place = near;
        split(box, axis, place);
    }

    const Equations& system_;
    const SearchLimits& limits_;
    const Doubles& edges_;
    std::size_t m_;
    Tree tree_;
    std::vector<Box> stack_;
    Cut best_;  // of the box that is visited
    Ranges a_, x_, middle_, middle_base_, offset_, G_, J_;
    Doubles inverse_;
};

}  // namespace hadamard::landscape
