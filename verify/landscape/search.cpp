#include "landscape/search.hpp"

#include <fmt/format.h>

#include <cmath>

namespace hadamard::landscape {
namespace {

/// A split whose one side holds no zero, as some leaf test shows. Only that test, repeated on that
/// side when its turn comes, proves anything.
struct Cut {
    std::size_t axis = 0;
    double place = 0;
    double fraction = 0;  // of the box that is cut off; 0: no cut
};

class Search {
public:
    Search(const System& system, const Doubles& edges, const SearchLimits& limits,
           std::vector<Region> known)
        : system_(system), limits_(limits), edges_(edges), m_(system.size()), a_(m_), x_(m_) {
        tree_.signs = system.signs();
        tree_.regions = std::move(known);
        if (!system.is_quadratic()) return;
        precondition_ = system.quadratic_part();
        if (!invert(precondition_, m_)) precondition_.clear();
        for (const double entry : precondition_)
            if (!std::isfinite(entry)) {
                precondition_.clear();
                return;
            }
    }

    Tree run() {
        Box root;
        root.lo.assign(m_, 0.0);
        root.hi = edges_;
        stack_.push_back(std::move(root));
        for (long steps = 0; !stack_.empty(); ++steps) {
            if (steps % 64 == 0 && limits_.stop && limits_.stop()) throw Interrupted();
            const Box box = std::move(stack_.back());
            stack_.pop_back();
            visit(box);
        }
        return std::move(tree_);
    }

private:
    void visit(const Box& box) {
        best_ = Cut{};
        if (in_region(box) || excluded_by_equation(box)) return;
        if (cut(box)) return;
        if (system_.is_quadratic() && excluded_by_combinations(box, precondition_)) return;
        if (cut(box)) return;
        if (!system_.singular_at_zero() || is_positive(box)) {
            if (excluded_by_row(box)) return;
            look_for_zero(box);
            if (in_region(box)) return;
            cut_at_regions(box);
            if (cut(box)) return;
        }
        if (tree_.leaves >= limits_.leaves || is_tiny(box)) {
            leaf("U");
            ++tree_.undecided;
            tree_.open.push_back(box);
            return;
        }
        bisect(box);
    }

    bool is_positive(const Box& box) const {
        for (const double low : box.lo)
            if (!(low > 0)) return false;
        return true;
    }

    bool is_tiny(const Box& box) const {
        for (std::size_t i = 0; i < m_; ++i)
            if (box.hi[i] - box.lo[i] > limits_.width * std::max(box.hi[i], 1e-6 * edges_[i]))
                return false;
        return true;
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

    bool excluded_by_equation(const Box& box) {
        for (std::size_t i = 0; i < m_; ++i) {
            x_[i] = box[i];
            a_[i] = system_.base(i, x_[i]);
        }
        system_.slope(a_, slope_);
        const int n = system_.depth() - 2;
        for (std::size_t i = 0; i < m_; ++i) {
            const Range& q = slope_[i];
            const Range& mu = system_.mu(i);
            const Range high = scaled(q.lo(), power(Range(box.hi[i]), n)) + Range(mu.lo());
            const Range low = scaled(q.hi(), power(Range(box.lo[i]), n)) + Range(mu.hi());
            if (q.lo() >= 0 || high.lo() > 0 || (q.hi() < 0 && low.hi() < 0)) {
                leaf(fmt::format("E{}", system_.support()[i]));
                return true;
            }
        }
        if (n == 0) return false;
        // x^{k−2}·(−s_ig_i) = μ_i.
        for (std::size_t i = 0; i < m_; ++i) {
            const double least = root(system_.mu(i).lo() / -slope_[i].lo(), n) * (1 - 1e-9);
            const double most = slope_[i].hi() < 0
                                    ? root(system_.mu(i).hi() / -slope_[i].hi(), n) * (1 + 1e-9)
                                    : box.hi[i];
            shave(box, i, least, most, 0.4);
        }
        return false;
    }

    static double root(double a, int n) { return n == 1 ? a : n == 2 ? std::sqrt(a) : std::cbrt(a); }

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

    /// Σ_i c_iG_i summed by coordinate (token C) for every row of `rows`, and the cuts that its zeros
    /// allow.
    bool excluded_by_combinations(const Box& box, const Doubles& rows) {
        Ranges terms;
        for (std::size_t i = 0; i * m_ < rows.size(); ++i) {
            const double* c = &rows[i * m_];
            system_.combination(c, x_, a_, terms);
            Range sum(0.0), rest(0.0);
            for (std::size_t j = 0; j <= m_; ++j) {
                sum += terms[j];
                if (j != i) rest += terms[j];
            }
            if (sum.excludes_zero() && leaf_of_combination(c)) return true;
            if (c[i] <= 0) continue;
            // α_i a_i + c_iμ_i x_i^{2−k} = −rest with α_i ≈ 1: a_i ≤ −rest.lo.
            const double most = -rest.lo();
            if (std::isfinite(most) && most < a_[i].hi() && most > 0)
                shave(box, i, box.lo[i], system_.root(i, most) * (1 + 1e-9), 0.5);
        }
        return false;
    }

    bool leaf_of_combination(const double* c) {
        double largest = 0;
        for (std::size_t i = 0; i < m_; ++i) largest = std::max(largest, std::fabs(c[i]));
        if (!(largest > 0) || !std::isfinite(largest)) return false;
        Doubles whole(m_);
        Ranges terms;
        for (const double size : {9.0, 99.0, 9999.0, 99999999.0}) {
            for (std::size_t i = 0; i < m_; ++i)
                whole[i] = std::floor(c[i] / largest * size + 0.5);
            system_.combination(whole.data(), x_, a_, terms);
            Range sum(0.0);
            for (const Range& term : terms) sum += term;
            if (!sum.excludes_zero()) continue;
            std::string token = "C";
            for (std::size_t i = 0; i < m_; ++i)
                token += fmt::format("{}{}", i > 0 ? "," : "", static_cast<long>(whole[i]));
            leaf(token);
            return true;
        }
        return false;
    }

    bool excluded_by_row(const Box& box) {
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
        if (!invert(inverse_, m_)) return false;
        if (system_.is_quadratic() && excluded_by_combinations(box, inverse_)) return true;
        Ranges row(m_);
        for (std::size_t i = 0; i < m_; ++i) {
            const double* c = &inverse_[i * m_];
            const Range sum = mean_value(c, row);
            if (sum.excludes_zero() && leaf_of_row(c)) return true;
            if (!row[i].is_positive()) continue;
            // Σ c·G = 0 solved for a_i: the rest of the sum over the coefficient of a_i.
            Range rest(0.0);
            for (std::size_t j = 0; j < m_; ++j) {
                rest += scaled(c[j], G_[j]);
                if (j != i) rest += row[j] * offset_[j];
            }
            const Range zero = middle_base_[i] - rest * reciprocal(row[i]);
            const bool at_most = zero.hi() < a_[i].hi(), at_least = zero.lo() > a_[i].lo();
            const bool certain = system_.singular_at_zero();
            const double low = at_least && (!certain || zero.lo() > 0)
                                   ? system_.root(i, zero.lo()) : box.lo[i];
            const double high = at_most && (!certain || zero.hi() > 0)
                                    ? system_.root(i, zero.hi()) : box.hi[i];
            shave(box, i, low - 1e-12 * std::fabs(low), high + 1e-12 * std::fabs(high), 0.5);
        }
        return false;
    }

    /// Emits P with the row in short integers, if they still exclude the box.
    bool leaf_of_row(const double* c) {
        double largest = 0;
        for (std::size_t i = 0; i < m_; ++i) largest = std::max(largest, std::fabs(c[i]));
        if (!(largest > 0) || !std::isfinite(largest)) return false;
        Doubles whole(m_);
        Ranges row(m_);
        for (const double size : {9.0, 99.0, 9999.0, 99999999.0}) {
            for (std::size_t i = 0; i < m_; ++i)
                whole[i] = std::floor(c[i] / largest * size + 0.5);
            if (!mean_value(whole.data(), row).excludes_zero()) continue;
            std::string token = "P";
            for (std::size_t i = 0; i < m_; ++i)
                token += fmt::format("{}{}", i > 0 ? "," : "", static_cast<long>(whole[i]));
            leaf(token);
            return true;
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
        if (!system_.singular_at_zero()) {
            const Box inner = region->inner();
            bool positive = true, outside = false;
            for (std::size_t i = 0; i < m_; ++i) {
                positive = positive && inner.lo[i] > 0;
                outside = outside || inner.hi[i] <= 0;
            }
            if (!positive && !outside) return;
            if (outside) {
                region->kind = Region::Kind::outside;
                bool meets = true;  // of no use elsewhere
                for (std::size_t i = 0; i < m_; ++i)
                    meets = meets && region->outer.hi[i] >= box.lo[i] &&
                            region->outer.lo[i] <= box.hi[i];
                if (!meets) return;
            }
        }
        tree_.regions.push_back(std::move(*region));
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

    /// In the middle of the coordinate that moves β most, for its size.
    void bisect(const Box& box) {
        std::size_t axis = 0;
        double most = -1;
        for (std::size_t i = 0; i < m_; ++i) {
            const double width = box.hi[i] - box.lo[i];
            const double relative =
                width / (system_.singular_at_zero() ? box.hi[i] : edges_[i]);
            const double moves = std::sqrt(relative) * (a_[i].hi() - a_[i].lo());
            if (moves > most) most = moves, axis = i;
        }
        const double width = box.hi[axis] - box.lo[axis];
        double place = 0.5 * (box.lo[axis] + box.hi[axis]);
        const double near = short_place(place, width, true, 3);
        if (near > box.lo[axis] && near < box.hi[axis]) place = near;
        split(box, axis, place);
    }

    const System& system_;
    const SearchLimits& limits_;
    const Doubles& edges_;
    std::size_t m_;
    Tree tree_;
    std::vector<Box> stack_;
    Cut best_;  // of the box that is visited
    Ranges a_, x_, slope_, middle_, middle_base_, offset_, G_, J_;
    Doubles inverse_, precondition_;
};

}  // namespace

__attribute__((noinline)) Tree search(const System& system, const Doubles& edges,
                                      const SearchLimits& limits, std::vector<Region> known) {
    return Search(system, edges, limits, std::move(known)).run();
}

std::string dyadic(double a) {
    if (a == 0) return "0";
    int exponent = 0;
    double mantissa = std::frexp(a, &exponent);
    long whole = static_cast<long>(std::ldexp(mantissa, 53));
    exponent -= 53;
    while (whole % 2 == 0) whole /= 2, ++exponent;
    // Small positive exponents are shorter written out.
    if (exponent >= 0 && exponent <= 6) return fmt::format("{}", whole << exponent);
    return fmt::format("{}p{}", whole, exponent);
}

}  // namespace hadamard::landscape
