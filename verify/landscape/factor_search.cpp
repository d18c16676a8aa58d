#include "landscape/factor_search.hpp"

#include "hadamard/core/error.hpp"

#include <Eigen/Eigenvalues>

#include <cmath>
#include <optional>

namespace hadamard::landscape {
namespace {

Ranges ranges(const Box& box) {
    Ranges out(box.size());
    for (std::size_t v = 0; v < box.size(); ++v) out[v] = box[v];
    return out;
}

Box intersection(const Box& a, const Box& b) {
    Box out = a;
    for (std::size_t v = 0; v < a.size(); ++v) {
        out.lo[v] = std::max(a.lo[v], b.lo[v]);
        out.hi[v] = std::min(a.hi[v], b.hi[v]);
    }
    return out;
}

bool is_empty(const Box& box) {
    for (std::size_t v = 0; v < box.size(); ++v)
        if (box.lo[v] > box.hi[v]) return true;
    return false;
}

Range magnitude(const Range& a) {
    return a.lo() >= 0 ? a : a.hi() <= 0 ? -a : Range(0.0, std::max(-a.lo(), a.hi()));
}

double magnitude(const Box& box, std::size_t v) {
    return std::max(std::fabs(box.lo[v]), std::fabs(box.hi[v]));
}

double width(const Box& box, std::size_t v) { return box.hi[v] - box.lo[v]; }

/// How far the sides of a box are from those of the box it was, where it is narrowed most.
double least_ratio(const Box& now, const Box& before) {
    double out = 1;
    for (std::size_t v = 0; v < now.size(); ++v)
        if (width(before, v) > 0) out = std::min(out, width(now, v) / width(before, v));
    return out;
}

/// The abs(ξ_v) of a block, one number t at a zero.
Range common_size(const Block& block, const Box& box) {
    Range out(0.0, std::numeric_limits<double>::infinity());
    for (const std::size_t v : block.variables) {
        const Range size = magnitude(box[v]);
        out = Range(std::max(out.lo(), size.lo()), std::min(out.hi(), size.hi()));
    }
    return out;
}

/// Leaves of each variable of the block what has its absolute value in t.
void restrict_to(const Range& t, const Block& block, Box& box) {
    for (const std::size_t v : block.variables) {
        double &lo = box.lo[v], &hi = box.hi[v];
        lo = std::max(lo, lo > -t.lo() ? t.lo() : -t.hi());
        hi = std::min(hi, hi < t.lo() ? -t.lo() : t.hi());
    }
}

/// sgn of the block's product of powers; 0 if a variable may have either sign.
int sign_over(const Block& block, const Box& box) {
    int out = 1;
    for (std::size_t p = 0; p < block.variables.size(); ++p) {
        const std::size_t v = block.variables[p];
        if (box.lo[v] >= 0 || block.exponents[p] % 2 == 0) continue;
        out = box.hi[v] <= 0 ? -out : 0;
        if (out == 0) return 0;
    }
    return out;
}

/// a^{1/n}, rounded somehow.
double root(double a, int n) { return n == 1 ? a : n == 2 ? std::sqrt(a) : std::cbrt(a); }

/// What −q·t^{k−2} = μ says of t > 0 in a block.
struct Sizes {
    bool possible = true;
    double least = 0, most = std::numeric_limits<double>::infinity();
};

/// @param q  sign·sgn(m)·g_i over the box. Each end is tested, not trusted.
Sizes sizes_allowed(const Range& q, const Range& t, const Range& mu, int k) {
    Sizes out;
    const int n = k - 2;
    out.possible = !(q * power(t, n) + mu).excludes_zero();
    if (n == 0 || !out.possible) return out;
    if (q.lo() < 0) {
        const double c = root(mu.lo() / -q.lo(), n) * (1 - 1e-9);
        if (std::isfinite(c) && (scaled(-q.lo(), power(Range(c), n))).hi() < mu.lo()) out.least = c;
    }
    if (q.hi() < 0) {
        const double c = root(mu.hi() / -q.hi(), n) * (1 + 1e-9);
        if (std::isfinite(c) && (scaled(-q.hi(), power(Range(c), n))).lo() > mu.hi()) out.most = c;
    }
    return out;
}

/// For a block whose product of powers has this sign, or either (0), at a slope of L within g.
Sizes sizes_allowed(const Range& g, int sign, const Range& t, const Range& mu, int k) {
    if (sign != 0) return sizes_allowed(sign > 0 ? g : -g, t, mu, k);
    const Sizes plus = sizes_allowed(g, t, mu, k), minus = sizes_allowed(-g, t, mu, k);
    if (!plus.possible) return minus;
    if (!minus.possible) return plus;
    return {true, std::min(plus.least, minus.least), std::max(plus.most, minus.most)};
}

/// C·M for an n × n matrix C of numbers.
Ranges product(const Doubles& C, const Ranges& M, std::size_t n) {
    Ranges out(n * n, Range(0.0));
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t l = 0; l < n; ++l) {
            const double c = C[i * n + l];
            if (c == 0) continue;
            for (std::size_t j = 0; j < n; ++j) out[i * n + j] += scaled(c, M[l * n + j]);
        }
    return out;
}

Doubles middles(const Ranges& M) {
    Doubles out;
    for (const Range& entry : M) out.push_back(entry.middle());
    return out;
}

/// Approximately M⁻¹, symmetric; nothing if M is singular to rounding.
std::optional<Doubles> symmetric_inverse(Doubles M, std::size_t n) {
    if (!invert(M, n)) return std::nullopt;
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            M[i * n + j] = M[j * n + i] = 0.5 * (M[i * n + j] + M[j * n + i]);
            if (!std::isfinite(M[i * n + j])) return std::nullopt;
        }
    return M;
}

/// z − C·∇Q(z) + (I − C·∇²Q(X))·(X − z).
Ranges krawczyk(const FactorSystem& system, const Doubles& z, const Doubles& C, const Box& box) {
    const std::size_t n = system.size();
    Ranges at(z.begin(), z.end()), G, H;
    system.gradient(at, G);
    system.hessian(ranges(box), H);
    const Ranges CH = product(C, H, n);
    Ranges out = at;
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) {
            out[i] -= scaled(C[i * n + j], G[j]);
            out[i] += (Range(i == j ? 1.0 : 0.0) - CH[i * n + j]) * (box[j] - at[j]);
        }
    return out;
}

bool is_strictly_inside(const Ranges& image, const Box& box) {
    for (std::size_t v = 0; v < image.size(); ++v)
        if (!image[v].is_inside(box.lo[v], box.hi[v])) return false;
    return true;
}

/// Rounds to nearest while it lives: Eigen's iterations stop by tests that expect it.
class RoundToNearest {
public:
    RoundToNearest() : before_(std::fegetround()) { std::fesetround(FE_TONEAREST); }
    ~RoundToNearest() { std::fesetround(before_); }
    RoundToNearest(const RoundToNearest&) = delete;
    RoundToNearest& operator=(const RoundToNearest&) = delete;

private:
    int before_;
};

/// Approximate eigenvectors of a symmetric matrix, row by row.
__attribute__((noinline)) Doubles eigenvectors(const Doubles& M, std::size_t n) {
    using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const Eigen::Index size = static_cast<Eigen::Index>(n);
    const Eigen::SelfAdjointEigenSolver<Matrix> solver(
        Matrix(Eigen::Map<const Matrix>(M.data(), size, size)));
    const Matrix rows = solver.eigenvectors().transpose();
    return Doubles(rows.data(), rows.data() + rows.size());
}

Doubles eigenvectors_to_nearest(const Doubles& M, std::size_t n) {
    const RoundToNearest nearest;
    return eigenvectors(M, n);
}

/// The negative eigenvalues of every symmetric matrix in H: with V approximate eigenvectors of the
/// middle, the discs of Gershgorin of VᵀHV avoid 0 (which shows V regular as well).
std::optional<int> negative_directions(const Ranges& H, std::size_t n) {
    const Doubles transposed = eigenvectors_to_nearest(middles(H), n);
    const Ranges half = product(transposed, H, n);
    int negative = 0;
    for (std::size_t i = 0; i < n; ++i) {
        Range diagonal(0.0), radius(0.0);
        for (std::size_t j = 0; j < n; ++j) {
            Range entry(0.0);
            for (std::size_t l = 0; l < n; ++l)
                entry += scaled(transposed[j * n + l], half[i * n + l]);
            if (j == i)
                diagonal = entry;
            else
                radius += magnitude(entry);
        }
        if ((diagonal + radius).is_negative())
            ++negative;
        else if (!(diagonal - radius).is_positive())
            return std::nullopt;
    }
    return negative;
}

class FactorSearch {
public:
    FactorSearch(const FactorSystem& system, const FactorDomain& domain, const SearchLimits& limits)
        : system_(system),
          domain_(domain),
          start_(domain.box),
          limits_(limits),
          n_(system.size()),
          gaps_(system.blocks().size()) {}

    FactorZeros run() {
        stack_.push_back(start_);
        for (long steps = 0; !stack_.empty() && out_.undecided.empty(); ++steps) {
            if (steps % 64 == 0 && limits_.stop && limits_.stop()) throw Interrupted();
            Box box = std::move(stack_.back());
            stack_.pop_back();
            visit(std::move(box));
        }
        return std::move(out_);
    }

private:
    void visit(Box box) {
        if (!reduce(box) || in_outer(box)) {
            ++out_.leaves;
            return;
        }
        look_for_zero(box);
        if (in_outer(box)) {
            ++out_.leaves;
            return;
        }
        if (out_.leaves >= limits_.leaves)
            give_up("the limit of leaves is reached", box);
        else if (is_tiny(box))
            give_up("no test decides", box);
        else
            bisect(box);
    }

    void give_up(const std::string& why, const Box& box) {
        out_.undecided = why;
        out_.place = box;
    }

    bool in_outer(const Box& box) const {
        for (const FactorRoot& root : out_.roots)
            if (box.is_within(root.outer)) return true;
        return false;
    }

    bool is_tiny(const Box& box) const {
        for (std::size_t v = 0; v < n_; ++v)
            if (width(box, v) >
                limits_.width * std::max(magnitude(box, v), 1e-6 * magnitude(start_, v)))
                return false;
        return true;
    }

    /// Takes away what holds no zero, as long as that is much. False if nothing is left.
    bool reduce(Box& box) {
        for (int round = 0; round < 12; ++round) {
            const Box before = box;
            if (!sums_allow(box) || !contract(box) || !gradient_allows(box) ||
                !newton_contract(box))
                return false;
            if (least_ratio(box, before) > 0.75) break;
        }
        return contract(box);
    }

    /// ξ_a ≥ −ξ_b and ξ_b ≥ −ξ_a. False if nothing is left.
    bool sums_allow(Box& box) const {
        for (const auto& [a, b] : domain_.sums) {
            box.lo[a] = std::max(box.lo[a], -box.hi[b]);
            box.lo[b] = std::max(box.lo[b], -box.hi[a]);
            if (box.lo[a] > box.hi[a] || box.lo[b] > box.hi[b]) return false;
        }
        return true;
    }

    bool gradient_allows(const Box& box) {
        system_.gradient(ranges(box), G_);
        for (const Range& component : G_)
            if (component.excludes_zero()) return false;
        return true;
    }

    /// One t in each block, and t = 0 or the equation of its size (Block).
    bool contract(Box& box) {
        for (int sweep = 0; sweep < 20; ++sweep) {
            system_.image(ranges(box), beta_);
            system_.slope(beta_, slope_);
            double gain = 0;
            for (std::size_t b = 0; b < gaps_.size(); ++b) {
                const Range before = common_size(system_.blocks()[b], box);
                if (!contract_block(b, box)) return false;
                const Range after = common_size(system_.blocks()[b], box);
                if (before.hi() > before.lo())
                    gain =
                        std::max(gain, 1 - (after.hi() - after.lo()) / (before.hi() - before.lo()));
            }
            if (gain < 0.1) break;
        }
        return true;
    }

    bool contract_block(std::size_t b, Box& box) {
        const Block& block = system_.blocks()[b];
        Range t = common_size(block, box);
        gaps_[b] = 0;
        if (t.lo() > t.hi()) return false;
        Range& slope = slope_[block.coordinate];
        const int sign = block.sign * sign_over(block, box);
        const Sizes sizes = sizes_allowed(slope, sign, t, block.mu, system_.depth());
        if (t.lo() > 0) {
            if (!sizes.possible) return false;
            t = Range(std::max(t.lo(), sizes.least), std::min(t.hi(), sizes.most));
        } else if (!sizes.possible || sizes.least > t.hi()) {
            t = Range(0.0);
        } else {
            t = Range(0.0, std::min(t.hi(), sizes.most));
            gaps_[b] = sizes.least;
        }
        if (t.lo() > t.hi()) return false;
        restrict_to(t, block, box);
        for (const std::size_t v : block.variables)
            if (box.lo[v] > box.hi[v]) return false;
        return sign == 0 || !t.is_positive() || narrow_slope(slope, sign, t, block.mu);
    }

    /// g_i = −sign·μ t^{2−k}, for the other block of the coordinate as well. False if it is not.
    bool narrow_slope(Range& slope, int sign, const Range& t, const Range& mu) const {
        const Range size = mu * negative_power(t, system_.depth() - 2);
        const Range wanted = sign > 0 ? -size : size;
        slope = Range(std::max(slope.lo(), wanted.lo()), std::min(slope.hi(), wanted.hi()));
        return slope.lo() <= slope.hi();
    }

    /// The rows of C·∇Q by the mean value theorem, each solved for its variable. False if one has
    /// no zero in the box.
    bool newton_contract(Box& box) {
        const Ranges X = ranges(box);
        system_.hessian(X, H_);
        const std::optional<Doubles> C = symmetric_inverse(middles(H_), n_);
        if (!C) return true;
        Ranges middle(n_);
        for (std::size_t v = 0; v < n_; ++v) middle[v] = Range(X[v].middle());
        system_.gradient(middle, G_);
        const Ranges CH = product(*C, H_, n_);
        for (std::size_t i = 0; i < n_; ++i) {
            Range rest(0.0);
            for (std::size_t j = 0; j < n_; ++j) {
                rest += scaled((*C)[i * n_ + j], G_[j]);
                if (j != i) rest += CH[i * n_ + j] * (box[j] - middle[j]);
            }
            const Range& pivot = CH[i * n_ + i];
            if ((rest + pivot * (box[i] - middle[i])).excludes_zero()) return false;
            if (!pivot.is_positive()) continue;
            const Range zero = middle[i] - rest * reciprocal(pivot);
            box.lo[i] = std::max(box.lo[i], zero.lo());
            box.hi[i] = std::min(box.hi[i], zero.hi());
            if (box.lo[i] > box.hi[i]) return false;
        }
        return true;
    }

    /// Newton's method in plain doubles from the middle of the box; numbers that are 0 to rounding
    /// are made so.
    std::optional<Doubles> newton(const Box& box) const {
        Doubles z(n_), G, H;
        for (std::size_t v = 0; v < n_; ++v) z[v] = box[v].middle();
        double change = 1;
        for (int step = 0; step < 12 && change > 1e-14; ++step) {
            system_.gradient(z, G);
            system_.hessian(z, H);
            if (!invert(H, n_)) return std::nullopt;
            double size = 0;
            change = 0;
            for (std::size_t i = 0; i < n_; ++i) {
                double delta = 0;
                for (std::size_t j = 0; j < n_; ++j) delta += H[i * n_ + j] * G[j];
                z[i] -= delta;
                size = std::max(size, std::fabs(z[i]));
                change = std::max(change, std::fabs(delta));
            }
            if (!std::isfinite(size) || !std::isfinite(change)) return std::nullopt;
            change /= 1 + size;
        }
        if (change > 1e-9) return std::nullopt;
        for (double& entry : z)
            if (std::fabs(entry) < 1e-9) entry = 0;
        return z;
    }

    bool is_near_domain(const Doubles& z) const {
        for (std::size_t v = 0; v < n_; ++v)
            if (z[v] < start_.lo[v] - 1e-9 || z[v] > start_.hi[v] + 1e-9) return false;
        for (const auto& [a, b] : domain_.sums)
            if (z[a] + z[b] < -1e-9) return false;
        return true;
    }

    void look_for_zero(const Box& box) {
        const std::optional<Doubles> z = newton(box);
        if (!z || !is_near_domain(*z)) return;
        Box point{*z, *z};
        if (!in_outer(point)) prove(*z);
    }

    /// A zero near z: the smallest and the largest box around z in which Krawczyk's test shows one.
    void prove(const Doubles& z) {
        Doubles H;
        system_.hessian(z, H);
        const std::optional<Doubles> C = symmetric_inverse(std::move(H), n_);
        if (!C) return;
        FactorRoot root;
        double tight = 0x1p-50;
        while (tight < 0.5 && !holds_one(z, *C, root.inner = box_around(z, tight))) tight *= 4;
        if (!(tight < 0.5)) return;
        root.outer = root.inner;
        for (double factor = 0.5; factor > tight; factor *= 0.5) {
            Box wide = box_around(z, factor);
            if (!holds_one(z, *C, wide)) continue;
            root.outer = std::move(wide);
            break;
        }
        add(std::move(root));
    }

    Box box_around(const Doubles& z, double factor) const {
        double largest = 0;
        for (const double entry : z) largest = std::max(largest, std::fabs(entry));
        Box out{z, z};
        for (std::size_t v = 0; v < n_; ++v) {
            const double reach = factor * (z[v] == 0 ? 0.1 * (1 + largest) : std::fabs(z[v]));
            out.lo[v] -= reach;
            out.hi[v] += reach;
        }
        return out;
    }

    bool holds_one(const Doubles& z, const Doubles& C, const Box& box) const {
        return is_strictly_inside(krawczyk(system_, z, C, box), box);
    }

    /// Finds the index of a proven zero, and lists it unless it is listed.
    void add(FactorRoot root) {
        require(contract(root.inner),
                "cross-check: a proven zero does not obey the equations of its factors");
        for (const FactorRoot& other : out_.roots) {
            if (root.inner.is_within(other.outer)) return;
            if (is_empty(intersection(root.inner, other.inner))) continue;
            give_up("two enclosures of zeros meet", root.inner);
            return;
        }
        system_.hessian(ranges(root.inner), H_);
        const std::optional<int> index = negative_directions(H_, n_);
        if (!index) {
            give_up("the Hessian is not shown to be regular", root.inner);
            return;
        }
        root.index = *index;
        out_.roots.push_back(std::move(root));
    }

    void split(const Box& box, std::size_t v, double place) {
        Box lower = box, upper = box;
        lower.hi[v] = place;
        upper.lo[v] = place;
        stack_.push_back(std::move(upper));
        stack_.push_back(std::move(lower));
    }

    /// Where a block is known to be 0 or at least some size, there; else where its sign changes;
    /// else in the middle of the largest block.
    void bisect(const Box& box) {
        if (split_at_gap(box) || split_signs(box)) return;
        std::size_t axis = 0;
        double most = -1;
        for (const Block& block : system_.blocks())
            for (const std::size_t v : block.variables) {
                const double share = v == block.lead ? 1.0 : 0.5;  // the others follow the lead
                const double relative = share * width(box, v) / magnitude(start_, v);
                if (relative > most) most = relative, axis = v;
            }
        split(box, axis, box[axis].middle());
    }

    bool split_at_gap(const Box& box) {
        double best = 0.02, place = 0;
        std::size_t axis = 0;
        for (std::size_t b = 0; b < gaps_.size(); ++b) {
            const std::size_t v = system_.blocks()[b].lead;
            const double gap = gaps_[b];
            if (!(gap > best * magnitude(box, v))) continue;
            if (gap < box.hi[v])
                place = gap;
            else if (-gap > box.lo[v])
                place = -gap;
            else
                continue;
            best = gap / magnitude(box, v);
            axis = v;
        }
        if (!(best > 0.02)) return false;
        split(box, axis, place);
        return true;
    }

    bool split_signs(const Box& box) {
        for (const Block& block : system_.blocks()) {
            if (!common_size(block, box).is_positive()) continue;
            for (const std::size_t v : block.variables)
                if (box.lo[v] < 0 && box.hi[v] > 0) {
                    split(box, v, 0.0);
                    return true;
                }
        }
        return false;
    }

    const FactorSystem& system_;
    const FactorDomain& domain_;
    const Box& start_;
    const SearchLimits& limits_;
    std::size_t n_;
    std::vector<Box> stack_;
    FactorZeros out_;
    Doubles gaps_;  ///< By block, of the box contracted last: t is 0 or at least this.
    Ranges beta_, slope_, G_, H_;
};

}  // namespace

__attribute__((noinline)) FactorZeros zeros_of(const FactorSystem& system,
                                               const FactorDomain& domain,
                                               const SearchLimits& limits) {
    return FactorSearch(system, domain, limits).run();
}

}  // namespace hadamard::landscape
