#include "landscape/branching.hpp"

namespace hadamard::landscape {
namespace {

class Search : public Branching<System> {
public:
    Search(const System& system, const Doubles& edges, const SearchLimits& limits,
           std::vector<Region> known)
        : Branching(system, edges, limits, std::move(known)) {
        if (!system.is_quadratic()) return;
        precondition_ = system.quadratic_part();
        if (!invert(precondition_, m_)) precondition_.clear();
        for (const double entry : precondition_)
            if (!std::isfinite(entry)) {
                precondition_.clear();
                return;
            }
    }

private:
    void visit(const Box& box) override {
        if (in_region(box) || excluded_by_equation(box)) return;
        if (cut(box)) return;
        if (system_.is_quadratic() && excluded_by_combinations(box, precondition_)) return;
        if (cut(box)) return;
        if (system_.is_regular(box)) {
            if (prepare_rows(box)) {
                if (system_.is_quadratic() && excluded_by_combinations(box, inverse_)) return;
                if (excluded_by_rows(box)) return;
            }
            look_for_zero(box);
            if (in_region(box)) return;
            cut_at_regions(box);
            if (cut(box)) return;
        }
        if (tree_.leaves >= limits_.leaves || is_tiny(box))
            leave_open(box);
        else
            bisect(box);
    }

    bool is_tiny(const Box& box) const {
        for (std::size_t i = 0; i < m_; ++i)
            if (box.hi[i] - box.lo[i] > limits_.width * std::max(box.hi[i], 1e-6 * edges_[i]))
                return false;
        return true;
    }

    bool excluded_by_equation(const Box& box) {
        load(box);
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
            if (sum.excludes_zero() && leaf_in_integers('C', c, [&](const double* whole) {
                    return sum_of_combination(whole, terms);
                }))
                return true;
            if (c[i] <= 0) continue;
            // α_i a_i + c_iμ_i x_i^{2−k} = −rest with α_i ≈ 1: a_i ≤ −rest.lo.
            const double most = -rest.lo();
            if (std::isfinite(most) && most < a_[i].hi() && most > 0)
                shave(box, i, box.lo[i], system_.root(i, most) * (1 + 1e-9), 0.5);
        }
        return false;
    }

    Range sum_of_combination(const double* c, Ranges& terms) const {
        system_.combination(c, x_, a_, terms);
        Range out(0.0);
        for (const Range& term : terms) out += term;
        return out;
    }

    Box domain() const override { return {Doubles(m_, 0.0), outer_edges()}; }

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
        halve(box, axis);
    }

    Ranges slope_;
    Doubles precondition_;
};

}  // namespace

__attribute__((noinline)) Tree search(const System& system, const Doubles& edges,
                                      const SearchLimits& limits, std::vector<Region> known) {
    Box root;
    root.lo.assign(system.size(), 0.0);
    root.hi = edges;
    return Search(system, edges, limits, std::move(known)).run(std::move(root));
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
