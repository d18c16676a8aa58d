#include "custom_fibre.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/QR>

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

namespace hadamard::custom {
namespace {

using Point = Vector<double>;

constexpr double flat = 1e-7;  // eigenvalues below it, relative, are not told from 0 in double

/// The free coordinates of a factor vector; the others are 0.
struct Support {
    IndexList free;
    bool constrained = true;  ///< K is not constant on it.
    Point natural = {};       ///< Sizes to expect of all coordinates; empty: not known.
};

/// The sizes in which coordinates are measured.
Point sizes(const Point& xi, const Point& natural) {
    const double largest = std::max(xi.lpNorm<Eigen::Infinity>(), 1e-300);
    Point out = xi.cwiseAbs();
    for (Index i = 0; i < out.size(); ++i)
        out[i] = std::max(out[i], natural.size() == 0 ? 1e-3 * largest : 1e-2 * natural[i]);
    return out;
}

bool all_finite(const Jet<double>& jet) {
    return std::isfinite(jet.value) && jet.gradient.allFinite() && jet.hessian.allFinite();
}

/// An orthonormal basis of what is orthogonal to g.
Matrix<double> complement_of(const Point& g) {
    const Matrix<double> column = g;
    const Matrix<double> Q = Eigen::HouseholderQR<Matrix<double>>(column).householderQ();
    return Q.rightCols(g.size() - 1);
}

/// A descent of S on one fibre within one support, in double.
class Descent {
public:
    Descent(const Expression& K, const Expression& S, double b, const Support& support)
        : K_(K), S_(S), b_(b), support_(support) {}

    enum class End { minimum, escaped, failed };

    /// Saddle-free Newton steps along the fibre, in units of the coordinates themselves, each followed
    /// by a return to it.
    End run(Point& xi) const {
        if (!restore(xi)) return End::failed;
        for (int step = 0; step < 300; ++step) {
            const Jet<double> k = K_.evaluate(xi, 2), s = S_.evaluate(xi, 2);
            if (!all_finite(k) || !all_finite(s)) return End::failed;
            if (xi.lpNorm<Eigen::Infinity>() > 1e30 * std::max(1.0, std::abs(b_)))
                return End::escaped;
            const Point unit = units(xi);
            const Point gk = local(k.gradient, unit), gs = local(s.gradient, unit);
            if (support_.constrained && gk.norm() == 0) return End::failed;
            const double nu = support_.constrained ? gk.dot(gs) / gk.squaredNorm() : 0;
            const Matrix<double> Z =
                support_.constrained
                    ? complement_of(gk)
                    : Matrix<double>(Matrix<double>::Identity(gs.size(), gs.size()));
            if (Z.cols() == 0) return End::minimum;
            const Matrix<double> H = local(Matrix<double>(s.hessian - nu * k.hessian), unit);
            const Eigen::SelfAdjointEigenSolver<Matrix<double>> eigen(
                Matrix<double>(Z.transpose() * H * Z));
            const Point slope = eigen.eigenvectors().transpose() * (Z.transpose() * gs);
            const double size = std::max(eigen.eigenvalues().cwiseAbs().maxCoeff(), 1e-300);
            Point move(slope.size());
            for (Index i = 0; i < slope.size(); ++i)
                move[i] = -slope[i] / std::max(std::abs(eigen.eigenvalues()[i]), 1e-10 * size);
            const bool is_flat = move.norm() < 1e-9;
            if (is_flat && eigen.eigenvalues()[0] > -flat * size) return End::minimum;
            if (is_flat) move[0] = 0.1;  // leave the saddle
            if (move.norm() > 0.7) move *= 0.7 / move.norm();
            const Point direction = Z * (eigen.eigenvectors() * move);
            if (!advance(xi, unit, direction, s.value, is_flat)) return End::minimum;
        }
        return xi.lpNorm<Eigen::Infinity>() > 1e8 * std::max(1.0, std::abs(b_)) ? End::escaped
                                                                                : End::failed;
    }

private:
    Point units(const Point& xi) const {
        return gather(sizes(xi, support_.natural), support_.free);
    }
    Point local(const Point& g, const Point& unit) const {
        return gather(g, support_.free).cwiseProduct(unit);
    }
    Matrix<double> local(const Matrix<double>& H, const Point& unit) const {
        const Matrix<double> block = H(support_.free, support_.free);
        return unit.asDiagonal() * block * unit.asDiagonal();
    }
    Point moved(const Point& xi, const Point& unit, const Point& direction, double length) const {
        Point out = xi;
        for (Index i = 0; i < direction.size(); ++i)
            out[support_.free[static_cast<std::size_t>(i)]] += length * unit[i] * direction[i];
        return out;
    }

    bool advance(Point& xi, const Point& unit, const Point& direction, double value,
                 bool from_saddle) const {
        for (double length = 1; length > 1e-10; length /= 2) {
            Point next = moved(xi, unit, direction, length);
            if (!restore(next)) continue;
            const double lower = S_.value(next);
            if (!(lower < value) && !(from_saddle && lower <= value)) continue;
            xi = next;
            return true;
        }
        return false;
    }

    /// Newton's method on K = b by the shortest steps.
    bool restore(Point& xi) const {
        if (!support_.constrained) return true;
        for (int step = 0; step < 40; ++step) {
            const Jet<double> k = K_.evaluate(xi, 1);
            const double excess = k.value - b_;
            if (!std::isfinite(excess) || !k.gradient.allFinite()) return false;
            const Point unit = units(xi), g = local(k.gradient, unit);
            if (std::abs(excess) <= 1e-13 * std::max(std::abs(b_), std::abs(k.value) * 1e-3))
                return true;
            // K is computed to a few units of rounding of its terms, which ‖g‖ measures.
            if (std::abs(excess) <= (b_ == 0 ? 1e-14 : 1e-15) * g.norm()) return true;
            if (g.squaredNorm() == 0) return false;
            double length = -excess / g.squaredNorm();
            if (std::abs(length) * g.norm() > 0.9) length *= 0.9 / (std::abs(length) * g.norm());
            xi = moved(xi, unit, g, length);
        }
        return false;
    }

    const Expression& K_;
    const Expression& S_;
    double b_;
    const Support& support_;
};

/// Draws points with K = b: all coordinates but one at random sizes and signs, that one solved for.
class Starts {
public:
    Starts(const Expression& K, double b, std::uint64_t seed) : K_(K), b_(b), rng_(seed) {}

    std::optional<Point> draw(const Support& support) {
        Point xi = Point::Zero(K_.arity());
        const double size = b_ == 0 ? 0 : std::log10(std::abs(b_));
        // Sizes from 1 to b's own: where K(0) ≠ 0, a small b asks for factors of size 1.
        const double share = std::max(0.0, uniform(-0.5, 1));
        for (const Index i : support.free)
            xi[i] = sign() * std::pow(10, uniform(-1, 1)) *
                    (support.natural.size() == 0 ? std::pow(10, share * size) : support.natural[i]);
        if (!support.constrained) return xi;
        const Index j = support.free[static_cast<std::size_t>(
            uniform(0, static_cast<double>(support.free.size()) - 1e-9))];
        return solved_for(xi, j);
    }

private:
    double uniform(double low, double high) {
        // The standard distributions differ between libraries; the engine does not.
        return low + (high - low) * static_cast<double>(rng_() >> 11) * 0x1p-53;
    }
    double sign() { return uniform(-1, 1) < 0 ? -1 : 1; }

    double excess(Point& xi, Index j, double t) const {
        xi[j] = t;
        return K_.value(xi) - b_;
    }

    /// The first sign change of K − b on a logarithmic grid of ξ_j, then bisection.
    std::optional<Point> solved_for(Point xi, Index j) {
        const double side = sign();
        std::vector<double> grid;
        for (double e = 20; e >= -20; e -= 0.5) grid.push_back(-side * std::pow(10, e));
        grid.push_back(0);
        for (double e = -20; e <= 20; e += 0.5) grid.push_back(side * std::pow(10, e));
        for (std::size_t i = 1; i < grid.size(); ++i) {
            double low = grid[i - 1], high = grid[i];
            const double at_low = excess(xi, j, low), at_high = excess(xi, j, high);
            if (!std::isfinite(at_low) || !std::isfinite(at_high)) continue;
            if (at_low * at_high > 0 || at_low == at_high) continue;
            for (int step = 0; step < 200 && low != high; ++step) {
                const double middle = low / 2 + high / 2;
                if (middle == low || middle == high) break;
                ((excess(xi, j, middle) > 0) == (at_low > 0) ? low : high) = middle;
            }
            xi[j] = high;
            return xi;
        }
        return std::nullopt;
    }

    const Expression& K_;
    double b_;
    std::mt19937_64 rng_;
};

/// K takes one value on the support, as far as five drawn points show.
std::optional<double> constant_value(const Expression& K, const IndexList& free,
                                     std::uint64_t seed) {
    std::mt19937_64 rng(seed);
    std::optional<double> out;
    for (int n = 0; n < 5; ++n) {
        Point xi = Point::Zero(K.arity());
        for (const Index i : free) xi[i] = (static_cast<double>(rng() >> 11) * 0x1p-53 - 0.4) * 3;
        const double value = K.value(xi);
        if (out && std::abs(value - *out) > 1e-12) return std::nullopt;
        out = value;
    }
    return out;
}

R200 distance(const Vector<R200>& a, const Vector<R200>& b) {
    R200 out(0), size(0);
    for (Index i = 0; i < a.size(); ++i) {
        out = std::max<R200>(out, abs(R200(a[i] - b[i])));
        size = std::max<R200>(size, abs(a[i]));
    }
    return size == 0 ? out : R200(out / size);
}

bool is_strict_minimum(const Expression& K, const Expression& S, const Vector<R200>& xi) {
    const Vector<double> x = xi.template cast<double>();
    const Jet<double> k = K.evaluate(x, 2), s = S.evaluate(x, 2);
    if (!all_finite(k) || !all_finite(s) || k.gradient.norm() == 0) return false;
    const Point unit = sizes(x, {});
    const Point gk = k.gradient.cwiseProduct(unit), gs = s.gradient.cwiseProduct(unit);
    const Matrix<double> Z = complement_of(gk);
    if (Z.cols() == 0) return true;
    const double nu = gk.dot(gs) / gk.squaredNorm();
    const Matrix<double> H =
        unit.asDiagonal() * Matrix<double>(s.hessian - nu * k.hessian) * unit.asDiagonal();
    const Eigen::SelfAdjointEigenSolver<Matrix<double>> eigen(
        Matrix<double>(Z.transpose() * H * Z));
    return eigen.eigenvalues()[0] > flat * H.norm();
}

}  // namespace

std::optional<FibrePoint> polished(const Expression& K, const Expression& S, const Rational& b,
                                   const Vector<R200>& start) {
    const R200 target = from_rational<R200>(b);
    IndexList free;
    for (Index i = 0; i < start.size(); ++i)
        if (start[i] != 0) free.push_back(i);
    const Index n = static_cast<Index>(free.size());
    FibrePoint out{start, R200(0)};
    if (n == 0) {
        if (K.value(start) != target) return std::nullopt;
        out.S = S.value(start);
        out.digits = 200;
        return out;
    }
    R200 nu(0);
    {
        const Vector<R200> gk = gather(K.evaluate(start, 1).gradient, free);
        const Vector<R200> gs = gather(S.evaluate(start, 1).gradient, free);
        const R200 square = gk.squaredNorm();
        if (square != 0) nu = gk.dot(gs) / square;
    }
    const R200 wanted("1e-180");
    R200 length(1);
    for (int step = 0; step < 14 && length > wanted; ++step) {
        const Jet<R200> k = K.evaluate(out.xi, 2), s = S.evaluate(out.xi, 2);
        Matrix<R200> system = Matrix<R200>::Zero(n + 1, n + 1);
        Vector<R200> residual(n + 1);
        for (Index j = 0; j < n; ++j) {
            const Index l = free[static_cast<std::size_t>(j)];
            for (Index i = 0; i < n; ++i) {
                const Index m = free[static_cast<std::size_t>(i)];
                system(i, j) = s.hessian(m, l) - nu * k.hessian(m, l);
            }
            system(j, n) = -k.gradient[l];
            system(n, j) = k.gradient[l];
            residual[j] = s.gradient[l] - nu * k.gradient[l];
        }
        residual[n] = k.value - target;
        const Vector<R200> move = Eigen::PartialPivLU<Matrix<R200>>(system).solve(residual);
        length = R200(0);
        for (Index i = 0; i < n; ++i) {
            const Index l = free[static_cast<std::size_t>(i)];
            if (!is_finite(move[i])) return std::nullopt;
            const R200 size = abs(out.xi[l]);
            length = std::max<R200>(length, abs(move[i]) / (size == 0 ? R200(1) : size));
            out.xi[l] -= move[i];
        }
        nu -= move[n];
    }
    if (length > wanted || distance(start, out.xi) > R200("1e-4")) return std::nullopt;
    out.S = S.value(out.xi);
    out.digits = 180;
    out.is_strict = is_strict_minimum(K, S, out.xi);
    return out;
}

namespace {

/// Newton's method on K = b alone, in 200 digits, ends next to the point: it is one of the fibre but for
/// rounding, and not of a place where K only tends to b.
bool is_beside_fibre(const Expression& K, const Rational& b, const Vector<R200>& start) {
    const R200 target = from_rational<R200>(b);
    Vector<R200> xi = start;
    for (int step = 0; step < 12; ++step) {
        const Jet<R200> k = K.evaluate(xi, 1);
        const R200 excess = k.value - target, square = k.gradient.squaredNorm();
        if (abs(excess) <= R200("1e-150") * (abs(target) + 1)) break;
        if (square == 0 || !is_finite(square)) return false;
        xi -= k.gradient * R200(excess / square);
    }
    const R200 excess = K.value(xi) - target;
    return abs(excess) <= R200("1e-150") * (abs(target) + 1) && distance(start, xi) < R200("1e-4");
}

/// The Lagrange conditions hold in the coordinates that are 0 too, as far as K and S have slopes there.
/// On K = b singular at ξ they say nothing.
bool is_critical_at_zeros(const Expression& K, const Expression& S, const Vector<R200>& xi) {
    const Vector<R200> k = K.evaluate(xi, 1).gradient, s = S.evaluate(xi, 1).gradient;
    const R200 square = k.squaredNorm();
    if (square == 0 || !is_finite(square) || !is_finite(R200(s.squaredNorm()))) return true;
    const R200 nu = R200(k.dot(s)) / square;
    for (Index i = 0; i < xi.size(); ++i)
        if (xi[i] == 0 &&
            abs(R200(s[i] - nu * k[i])) > R200("1e-80") * (abs(s[i]) + abs(R200(nu * k[i]))))
            return false;
    return true;
}

/// A point in double, with coordinates that are 0 but for rounding set to 0 where that still polishes.
FibrePoint refined(const Expression& K, const Expression& S, const Rational& b, const Point& found,
                   const Point& natural) {
    const double largest = found.lpNorm<Eigen::Infinity>();
    Vector<R200> snapped(found.size());
    for (Index i = 0; i < found.size(); ++i)
        snapped[i] = std::abs(found[i]) <= 1e-7 * (natural.size() == 0 ? largest : natural[i])
                         ? R200(0)
                         : R200(found[i]);
    const Vector<R200> given = found.template cast<R200>();
    for (const Vector<R200>& start : {snapped, given}) {
        const std::optional<FibrePoint> exact = polished(K, S, b, start);
        // Setting a coordinate to 0 must not have left the fibre's critical set.
        const R200 before(S.value(given));
        if (exact && exact->S <= before * R200("1.000001") + R200("1e-300")) return *exact;
    }
    FibrePoint out;
    out.xi = given;
    out.S = S.value(given);
    out.digits = 10;
    return out;
}

}  // namespace

FibreMinima FibreSearch::over(const Rational& b, const std::vector<Vector<double>>& known) const {
    const double target = from_rational<double>(b);
    FibreMinima out;
    Starts draws(K, target, seed);
    std::optional<double> lowest_escape;
    const auto take = [&](const Support& support, Point xi) {
        try {
            const Descent::End end = Descent(K, S, target, support).run(xi);
            if (end == Descent::End::failed) return;
            const double value = S.value(xi);
            if (end == Descent::End::escaped) {
                out.reached = true;
                if (!lowest_escape || value < *lowest_escape) {
                    lowest_escape = value;
                    out.escaping = xi;
                }
                return;
            }
            FibrePoint point = refined(K, S, b, xi, support.natural);
            if (point.digits < 100 && support.constrained && !is_beside_fibre(K, b, point.xi))
                return;
            if (!is_critical_at_zeros(K, S, point.xi)) return;
            out.reached = true;
            // The same minimum found twice: the better polished copy stays.
            for (FibrePoint& other : out.minima)
                if (distance(other.xi, point.xi) < R200("1e-5")) {
                    if (other.digits < point.digits) other = std::move(point);
                    return;
                }
            out.minima.push_back(std::move(point));
        } catch (const Error&) {
            // Outside the domain of K or S: not a point.
        }
    };
    Point natural;
    if (!weights.empty() && target != 0) {
        natural.resize(K.arity());
        for (Index i = 0; i < K.arity(); ++i)
            natural[i] =
                std::pow(std::abs(target), weights[static_cast<std::size_t>(i)].as<double>());
    }
    const unsigned m = static_cast<unsigned>(K.arity());
    const auto stopped = [this] { return stop != nullptr && stop->load(); };
    for (unsigned zeros = 0; zeros < (1U << m) && !stopped(); ++zeros) {
        Support support;
        support.natural = natural;
        for (Index i = 0; i < K.arity(); ++i)
            if ((zeros >> i & 1U) == 0) support.free.push_back(i);
        const std::optional<double> constant = constant_value(K, support.free, seed);
        support.constrained = !constant;
        if (constant && *constant != target) continue;
        if (support.free.empty()) {
            take(support, Point::Zero(K.arity()));
            continue;
        }
        if (zeros == 0)
            for (const Point& start : known) take(support, start);
        const int count = zeros == 0 ? starts : std::max(2, starts / 6);
        for (int n = 0; n < count && !stopped(); ++n) try {
                if (const std::optional<Point> start = draws.draw(support)) take(support, *start);
            } catch (const Error&) {
                continue;
            }
    }
    // A minimum with a factor held at 0 is one of the whole fibre only if no descent leads away from it.
    std::erase_if(out.minima, [&](const FibrePoint& point) {
        Support whole;
        whole.natural = natural;
        for (Index i = 0; i < K.arity(); ++i) whole.free.push_back(i);
        const Point at = point.xi.template cast<double>();
        bool has_zero = false;
        for (Index i = 0; i < at.size(); ++i) has_zero = has_zero || at[i] == 0;
        if (!has_zero) return false;
        const Point size = sizes(at, natural);
        const double value = S.value(at);
        std::mt19937_64 rng(seed + 7);
        for (int n = 0; n < 16; ++n) {
            Point nearby = at;
            for (Index i = 0; i < at.size(); ++i)
                nearby[i] += 1e-3 * size[i] * (static_cast<double>(rng() >> 11) * 0x1p-53 - 0.5);
            try {
                if (Descent(K, S, target, whole).run(nearby) == Descent::End::failed) continue;
                if (S.value(nearby) < value - 1e-9 * std::abs(value)) return true;
            } catch (const Error&) {
                continue;
            }
        }
        return false;
    });
    std::stable_sort(out.minima.begin(), out.minima.end(),
                     [](const FibrePoint& a, const FibrePoint& c) { return a.S < c.S; });
    if (out.escaping && !out.minima.empty() &&
        R200(*lowest_escape) >= out.minima.front().S * R200("0.999"))
        out.escaping.reset();
    return out;
}

}  // namespace hadamard::custom
