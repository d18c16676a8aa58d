#include "hadamard/custom/characterise.hpp"

#include "custom_fibre.hpp"
#include "custom_structure.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <utility>

namespace hadamard::custom {
namespace {

using Point = Vector<Rational>;

std::string point_text(const Expression& e, const Point& x) {
    std::string out;
    for (Index i = 0; i < x.size(); ++i)
        out += (i == 0 ? "" : ", ") + e.symbols()[static_cast<std::size_t>(i)] + " = " + text(x[i]);
    return out;
}

std::string point_text(const Expression& e, const Vector<R200>& x, int digits = 12) {
    std::string out;
    for (Index i = 0; i < x.size(); ++i)
        out += (i == 0 ? "" : ", ") + e.symbols()[static_cast<std::size_t>(i)] + " = " +
               short_text(x[i], digits);
    return out;
}

/// Small rationals, simplest first.
const std::vector<Rational>& sample_values() {
    static const std::vector<Rational> values = [] {
        std::vector<Rational> out = {0, 1, -1, 2, -2, Rational(1, 2), Rational(-1, 2)};
        for (const Rational& size : {Rational(3), Rational(1, 3), Rational(10), Rational(1, 10),
                                     Rational(1000), Rational(1, 1000)}) {
            out.push_back(size);
            out.push_back(-size);
        }
        return out;
    }();
    return values;
}

/// The points of a grid on them, or so many drawn ones where the grid is too large; origin first.
std::vector<Point> sample_points(Index m, std::uint64_t seed) {
    const std::vector<Rational>& values = sample_values();
    std::vector<Point> out;
    if (m <= 2) {
        for (const Rational& a : values) {
            if (m == 1) out.push_back(Point::Constant(1, a));
            for (const Rational& b : values)
                if (m == 2) out.push_back((Point(2) << a, b).finished());
        }
        return out;
    }
    std::mt19937_64 rng(seed);
    out.push_back(Point::Constant(m, Rational(0)));
    for (const Rational& a : values) out.push_back(Point::Constant(m, a));
    for (int n = 0; n < 600; ++n) {
        Point x(m);
        for (Index i = 0; i < m; ++i) x[i] = values[rng() % values.size()];
        out.push_back(std::move(x));
    }
    return out;
}

/// A value enclosed at 200 digits.
Interval enclosed(const Expression& e, const Point& x) {
    const PrecisionScope scope(PrecisionScope::bits_for(200));
    return e.value(from_rational<Interval>(x));
}

void require_real(const Expression& e, const Point& x) {
    try {
        const R200 value = e.value(from_rational<R200>(x));
        if (!is_finite(value)) e.fail(e.root(), "not a finite number");
    } catch (const ExpressionError& error) {
        const bool at_origin = x.isZero();
        throw ExpressionError(std::string(error.what()) +
                              (at_origin ? ", at the origin: " : ", at ") + point_text(e, x));
    }
}

void require_dependence(const Expression& K) {
    for (Index l = 0; l < K.arity(); ++l) {
        bool depends = false;
        std::mt19937_64 rng(static_cast<std::uint64_t>(l) + 1);
        for (int n = 0; n < 20 && !depends && K.mentions(l); ++n) {
            Point x(K.arity());
            for (Index i = 0; i < x.size(); ++i)
                x[i] = Rational(static_cast<long>(rng() % 31) - 15, 7);
            const R200 slope = K.evaluate(from_rational<R200>(x), 1).gradient[l];
            Point flipped = x;  // sign(u) has no slope
            flipped[l] = -x[l];
            depends = slope != 0 ||
                      K.value(from_rational<R200>(x)) != K.value(from_rational<R200>(flipped));
        }
        if (!depends)
            K.fail(K.root(), "K does not depend on the factor \"" +
                                 K.symbols()[static_cast<std::size_t>(l)] +
                                 "\"; leave it out of \"factors\"");
    }
}

/// S at the samples, and a few hundred random moves down from the lowest.
void require_nonnegative(const Expression& S, const std::vector<Point>& points,
                         std::uint64_t seed) {
    if ((S.signs(std::vector<unsigned>(S.symbols().size(), any_sign)) & can_be_negative) == 0)
        return;
    std::optional<Point> lowest;
    R200 least(0);
    const auto look_at = [&](const Point& x) {
        require_real(S, x);
        const R200 value = S.value(from_rational<R200>(x));
        if (lowest && value >= least) return;
        lowest = x;
        least = value;
    };
    // Simplest first: the first negative value is the witness.
    for (const Point& x : points)
        if (!lowest || least >= 0) look_at(x);
    std::mt19937_64 rng(seed);
    for (int n = 0; n < 400 && least > 0; ++n) {
        Point x = *lowest;
        for (Index i = 0; i < x.size(); ++i)
            if (rng() % 2 == 0)
                x[i] += Rational(static_cast<long>(rng() % 33) - 16, 1 << (n / 40 + 3));
        look_at(x);
    }
    if (sign_of(enclosed(S, *lowest)) != Sign::negative) return;
    std::string farther;
    const Point ten = Rational(10) * *lowest;
    try {
        const R200 beyond = S.value(from_rational<R200>(ten));
        if (beyond < 2 * least) farther = ", and " + short_text(beyond) + " at ten times that";
    } catch (const Error&) {
        farther.clear();
    }
    S.fail(S.root(), "S is " + short_text(least) + " at " + point_text(S, *lowest) + farther +
                         "; a penalty must be >= 0");
}

Rational power_of_ten(int e) {
    const Integer size("1" + std::string(static_cast<std::size_t>(std::abs(e)), '0'));
    return e < 0 ? Rational(Integer(1), size) : Rational(size);
}

/// −log10 |a/b − 1|, between 0 and 180.
int agreement(const R200& a, const R200& b) {
    if (a == b) return 180;
    if (b == 0) return 0;
    const R200 off = abs(R200(a / b - 1));
    if (off >= 1) return 0;
    return std::min(180, static_cast<int>((-log10(off)).convert_to<double>()));
}

class Analysis {
public:
    Analysis(const CustomSpec& spec, std::uint64_t seed, const std::atomic<bool>* stop)
        : spec_(spec),
          K_(spec.K),
          S_(spec.S),
          seed_(seed),
          stop_(stop),
          points_(sample_points(K_.arity(), seed)) {}

    Characterisation run() {
        check_input();
        scaling_ = scaling_of(K_, S_);
        decide_onto();
        if (scaling_ && scaling_->escaping)
            add_defect("minimum not attained",
                       "K does not change and S does when the factors are scaled by " +
                           *scaling_->escaping + ": S falls to its infimum along the fibre");
        penalty_smoothness_ = measured_smoothness(S_, seed_);
        out_.smoothness = std::min(measured_smoothness(K_, seed_), penalty_smoothness_);
        decide_openness();
        if (out_.has("minimum not attained") || out_.has("not onto"))
            tabulate_where_possible();
        else
            tabulate();
        compare_with_given();
        if (out_.is_transfer()) {
            recognise_law();
            describe_fibres();
            make_form();
        } else {
            out_.why_no_form = "it is no transfer";
        }
        return std::move(out_);
    }

private:
    void add_defect(std::string kind, std::string witness) {
        if (!out_.has(kind)) out_.defects.push_back({std::move(kind), std::move(witness)});
    }

    void check_input() const {
        for (const Expression* e : {&K_, &S_})
            for (const Point& x : points_) require_real(*e, x);
        require_dependence(K_);
        require_nonnegative(S_, points_, seed_);
        if (!spec_.R) return;
        for (const Rational& b : sample_values()) require_real(*spec_.R, Point::Constant(1, b));
    }

    // ---- H1 --------------------------------------------------------------------------------------

    void decide_onto() {
        const unsigned signs = K_.signs(std::vector<unsigned>(spec_.factors.size(), any_sign));
        if ((signs & can_be_negative) == 0)
            return add_defect("not onto",
                              "K >= 0 everywhere, by the signs of its parts: no point "
                              "has K = -1");
        if ((signs & can_be_positive) == 0)
            return add_defect("not onto",
                              "K <= 0 everywhere, by the signs of its parts: no point "
                              "has K = 1");
        std::optional<Point> above, below;
        for (const Point& x : points_) {
            const Sign sign = sign_of(enclosed(K_, x));
            if (sign == Sign::positive && !above) above = x;
            if (sign == Sign::negative && !below) below = x;
        }
        if (!above || !below) {
            out_.undecided.push_back("onto: K took one sign at " + std::to_string(points_.size()) +
                                     " points; that is no proof");
            return;
        }
        if (scaling_)
            out_.facts.push_back("K is onto (proved): it is homogeneous, positive at " +
                                 point_text(K_, *above) + " and negative at " +
                                 point_text(K_, *below));
    }

    // ---- H2 --------------------------------------------------------------------------------------

    /// The minima of S on a fibre from so many starts.
    FibreMinima minima_over(const Rational& b, int starts,
                            const std::vector<Vector<double>>& known = {}) const {
        const FibreSearch search{
            K_, S_, seed_, starts, scaling_ ? scaling_->weights : std::vector<Exponent>(), stop_};
        FibreMinima out = search.over(b, known);
        if (stop_ != nullptr && stop_->load())
            throw Interrupted("interrupted while the transfer was characterised: nothing is known");
        return out;
    }

    InducedValue row(const Rational& b, const FibreMinima& found) const {
        InducedValue out;
        out.b = b;
        if (!found.minima.empty()) {
            out.value = found.minima.front().S;
            out.minimizer = found.minima.front().xi;
            out.digits = found.minima.front().digits;
        }
        if (spec_.R)
            out.given = spec_.R->value(Vector<R200>::Constant(1, from_rational<R200>(b)).eval());
        return out;
    }

    void note_escape(const Rational& b, const FibreMinima& found) {
        if (!found.escaping) return;
        const Vector<double>& xi = *found.escaping;
        std::string at;
        for (Index i = 0; i < xi.size(); ++i)
            at += (i == 0 ? "" : ", ") + spec_.factors[static_cast<std::size_t>(i)] + " = " +
                  short_text(xi[i]);
        add_defect("minimum not attained", "on the fibre over b = " + text(b) + " S falls to " +
                                               short_text(S_.value(xi)) + " at " + at +
                                               ", below every stationary point that was found");
    }

    void tabulate() {
        at_plus_ = minima_over(1, 36);
        at_minus_ = minima_over(-1, 36);
        note_escape(1, at_plus_);
        note_escape(-1, at_minus_);
        for (const auto& [b, found] : {std::pair(1, &at_plus_), std::pair(-1, &at_minus_)})
            if (!found->reached)
                out_.undecided.push_back("onto: no point with K = " + std::to_string(b) +
                                         " was found");
        if (!out_.is_transfer()) return;
        add_rows(at_minus_, -1);
        out_.table.push_back(row(0, minima_over(0, 12)));
        add_rows(at_plus_, 1);
        std::vector<std::string> missing;
        for (InducedValue& value : out_.table) {
            if (value.b == 0 && value.digits < 100) value.value.reset();  // it may not be attained
            if (!value.value) missing.push_back(text(value.b));
        }
        if (missing.size() == 1)
            out_.undecided.push_back("R(" + missing.front() + "): no minimum was found");
        if (missing.size() > 1)
            out_.undecided.push_back("R(b) at " + std::to_string(missing.size()) +
                                     " of the b of the table, from " + missing.front() + " to " +
                                     missing.back() + ": no minimum was found");
    }

    /// From b = ±1 outwards, each fibre started at the scaled minimizers of the last.
    void add_rows(const FibreMinima& at_one, int sign) {
        std::vector<InducedValue> rows = {row(sign, at_one)};
        for (const int direction : {-1, 1}) {
            std::vector<Vector<double>> known;
            for (const FibrePoint& point : at_one.minima)
                known.push_back(point.xi.template cast<double>());
            for (int e = direction; std::abs(e) <= 12; e += direction) {
                const Rational b = sign * power_of_ten(e);
                for (Vector<double>& start : known)
                    for (Index i = 0; i < start.size(); ++i) {
                        const double weight =
                            scaling_ ? scaling_->weights[static_cast<std::size_t>(i)].as<double>()
                                     : 0.5;
                        start[i] *= std::pow(10, direction * weight);
                    }
                const FibreMinima found = minima_over(b, 6, known);
                if (!scaling_ && !found.minima.empty()) {
                    known.clear();
                    for (const FibrePoint& point : found.minima)
                        known.push_back(point.xi.template cast<double>());
                    note_escape(b, found);
                    note_spurious(b, found);
                }
                rows.push_back(row(b, found));
            }
        }
        std::sort(rows.begin(), rows.end(),
                  [](const InducedValue& x, const InducedValue& y) { return x.b < y.b; });
        out_.table.insert(out_.table.end(), rows.begin(), rows.end());
    }

    /// Of what is no transfer: only what b = ±1 shows.
    void tabulate_where_possible() {
        for (const int b : {-1, 1}) {
            const FibreMinima found = minima_over(b, 12);
            if (found.reached && !found.escaping && !found.minima.empty() &&
                !out_.has("minimum not attained"))
                out_.table.push_back(row(b, found));
        }
    }

    void compare_with_given() {
        const auto simpler = [](const InducedValue& x, const InducedValue& y) {
            return abs(log10(abs(from_rational<R200>(x.b)))) <
                   abs(log10(abs(from_rational<R200>(y.b))));
        };
        for (const InducedValue& value : out_.table) {
            if (!value.given || !value.value || value.b == 0 || value.digits < 12) continue;
            const R200 tolerance = pow(R200(10), -(value.digits < 100 ? 6 : 40));
            const R200 size = abs(*value.given) + abs(*value.value);
            if (abs(R200(*value.given - *value.value)) <= tolerance * size) continue;
            if (!out_.disagreement || simpler(value, *out_.disagreement) ||
                (value.b > 0 && value.b == -out_.disagreement->b))
                out_.disagreement = value;
        }
    }

    // ---- R = c|b|^q ------------------------------------------------------------------------------

    const R200* value_at(const Rational& b) const {
        for (const InducedValue& row : out_.table)
            if (row.b == b && row.value) return &*row.value;
        return nullptr;
    }

    void recognise_law() {
        for (const InducedValue& value : out_.table)
            if (value.b != 0 && value.digits < 100) {
                out_.undecided.push_back("R(" + text(value.b) +
                                         ") is known to about 10 digits only: S "
                                         "or K has a kink at the minimum, or the minimum is flat");
                return;
            }
        const R200* one = value_at(1);
        const R200 *far = value_at(power_of_ten(12)), *near = value_at(power_of_ten(-12));
        if (one == nullptr || far == nullptr || near == nullptr || *near <= 0) return;
        const R200 slope = log10(R200(*far / *near)) / 24;
        const std::optional<Radical> q = recognised(slope, 30);
        if (!q || !q->is_rational()) return;
        const Rational exponent = q->as<Rational>();
        if (exponent <= 0 || numerator(exponent) > 64 || denominator(exponent) > 64) return;
        PowerLaw law;
        law.exponent = Exponent(numerator(exponent).convert_to<long>(),
                                denominator(exponent).convert_to<long>());
        law.coefficient_value = *one;
        law.coefficient = recognised(*one);
        law.digits = 180;
        const R200 c = law.coefficient ? law.coefficient->as<R200>() : *one;
        for (const InducedValue& value : out_.table) {
            if (!value.value || value.b == 0) continue;
            const R200 power = abs_power(from_rational<R200>(value.b), law.exponent);
            law.digits = std::min(law.digits, agreement(*value.value, R200(c * power)));
        }
        if (law.digits < 40) return describe_sides(law);
        if (scaling_ && balance_of(K_, S_))
            law.argument = "proved: weighted AM-GM on the factors";
        else if (scaling_)
            law.argument =
                "the power is proved (K and S are homogeneous), the constant was found by "
                "search over the fibres b = 1, -1";
        else
            law.argument = "found by search at the b of the table";
        out_.law = std::move(law);
    }

    /// Another constant for b < 0, perhaps.
    void describe_sides(const PowerLaw& law) {
        const R200 *plus = value_at(1), *minus = value_at(-1);
        if (plus == nullptr || minus == nullptr || !scaling_) return;
        const std::optional<Radical> c = recognised(*plus), e = recognised(*minus);
        PowerLaw upper = law, lower = law;
        upper.coefficient = c;
        lower.coefficient = e;
        upper.coefficient_value = *plus;
        lower.coefficient_value = *minus;
        out_.facts.push_back("R(b) = " + upper.text() + " for b > 0, " + lower.text() +
                             " for b < 0");
    }

    // ---- M, H3, H4 -------------------------------------------------------------------------------

    static std::vector<FibrePoint> global(const FibreMinima& found) {
        std::vector<FibrePoint> out;
        for (const FibrePoint& point : found.minima)
            // Polished values agree to 180 digits, others to about 12.
            if (point.S <=
                found.minima.front().S *
                    (1 + R200(point.digits > 100 && found.minima.front().digits > 100 ? "1e-100"
                                                                                      : "1e-9")))
                out.push_back(point);
        return out;
    }

    void note_spurious(const Rational& b, const FibreMinima& found) {
        if (found.minima.empty() || found.minima.front().digits < 100) return;
        for (const FibrePoint& point : found.minima) {
            const bool is_higher = point.S > found.minima.front().S * R200("1.000001");
            if (!is_higher || !point.is_strict || point.digits < 100) continue;
            add_defect("spurious fibre minimum",
                       "over b = " + text(b) + " S has a strict local minimum " +
                           short_text(point.S, 20) + " at " + point_text(K_, point.xi) +
                           ", above R(b) = " + short_text(found.minima.front().S, 20));
        }
    }

    void describe_fibres() {
        note_spurious(1, at_plus_);
        note_spurious(-1, at_minus_);
        plus_ = global(at_plus_);
        minus_ = global(at_minus_);
        if (plus_.empty() || minus_.empty()) return;
        // Over b = 0 scaling a point with S > 0 by t < 1 lowers S and stays on the fibre.
        if (!out_.has("spurious fibre minimum"))
            out_.facts.push_back(
                std::string("no local minimum of S outside M was found over ") +
                (scaling_
                     ? "b = 1, -1, hence for every b != 0 (homogeneity); over b = 0 there is none "
                       "(proved)"
                     : "the b of the table"));
        const auto isolated = [](const FibrePoint& p) { return p.is_strict && p.digits > 100; };
        const bool finite = std::all_of(plus_.begin(), plus_.end(), isolated) &&
                            std::all_of(minus_.begin(), minus_.end(), isolated);
        if (finite) {
            out_.finite_fibres = true;
            out_.facts.push_back("M(1) has " + std::to_string(plus_.size()) +
                                 " points, M(-1) has " + std::to_string(minus_.size()) +
                                 " (found from many starts)");
        } else {
            out_.facts.push_back("a point of M(1) or M(-1) is not isolated, or S has a kink there");
        }
        for (const auto& [b, points] : {std::pair(1, &plus_), std::pair(-1, &minus_)})
            for (const FibrePoint& point : *points)
                if (out_.minimal_fibre.size() < 16)
                    out_.minimal_fibre.push_back((scaling_ ? b > 0 ? "b > 0: " : "b < 0: "
                                                  : b > 0  ? "b = 1: "
                                                           : "b = -1: ") +
                                                 constants_text(point));
        if (scaling_)
            decide_continuity_at_zero(finite);
        else
            look_for_jumps();
    }

    std::string constants_text(const FibrePoint& point) const {
        if (point.digits < 100)
            return point_text(K_, point.xi, 6) + " (found in double precision: flat, or at a kink)";
        const Vector<R200>& xi = point.xi;
        std::string out;
        for (Index i = 0; i < xi.size(); ++i) {
            const std::optional<Radical> c = recognised(xi[i]);
            std::string value = c ? c->text() : short_text(xi[i], 20);
            const Exponent e =
                scaling_ ? scaling_->weights[static_cast<std::size_t>(i)] : Exponent(0);
            if (xi[i] != 0 && !(e == Exponent(0))) {
                const std::string sign = value == "1" ? "" : value == "-1" ? "-" : value + "*";
                value = sign + "abs(b)" + (e == Exponent(1) ? "" : "^(" + e.text() + ")");
            }
            out +=
                (i == 0 ? "" : ", ") + spec_.factors[static_cast<std::size_t>(i)] + " = " + value;
        }
        return out;
    }

    /// M(b) = |b|^a ∘ M(sign b), so that M is continuous off 0, and at 0 tends to the points whose
    /// factors of weight > 0 are 0 and whose others are as in M(±1).
    void decide_continuity_at_zero(bool finite) {
        if (!finite) {
            out_.undecided.push_back("lower hemicontinuity at 0: M(1) or M(-1) is not finite");
            return;
        }
        for (const Point& x : points_) {
            if (!is_zero(enclosed(K_, x)) || !is_zero(enclosed(S_, x))) continue;
            if (is_limit(x, plus_) && is_limit(x, minus_)) continue;
            add_defect("not lower hemicontinuous",
                       "S = 0 and K = 0 at " + point_text(K_, x) +
                           ", a point of M(0); but as b tends to 0, M(b) = {" +
                           constants_text(plus_.front()) + ", ...} does not come near it");
            return;
        }
        out_.facts.push_back(
            "M is continuous off b = 0 (proved from homogeneity); at 0 no point of "
            "M(0) was found that nearby M(b) miss");
        out_.finite_fibres = true;
    }

    bool is_limit(const Point& x, const std::vector<FibrePoint>& fibre) const {
        return std::any_of(fibre.begin(), fibre.end(), [&](const FibrePoint& point) {
            for (Index i = 0; i < x.size(); ++i) {
                const bool stays = scaling_->weights[static_cast<std::size_t>(i)] == Exponent(0);
                const R200 limit = stays ? point.xi[i] : R200(0);
                if (abs(R200(limit - from_rational<R200>(x[i]))) > R200("1e-20")) return false;
            }
            return true;
        });
    }

    /// Without homogeneity: points of M(0) that M(±10^−9) and M(±10^−12) do not come near.
    void look_for_jumps() {
        const std::vector<FibrePoint> at_zero = global(minima_over(0, 36));
        const auto is_exact = [](const FibrePoint& point) { return point.digits >= 100; };
        if (at_zero.empty() || !std::all_of(at_zero.begin(), at_zero.end(), is_exact)) {
            out_.undecided.push_back(
                "lower hemicontinuity at 0: no point of M(0) is known exactly");
            return;
        }
        for (const int sign : {1, -1}) {
            const std::vector<FibrePoint> nearby =
                global(minima_over(sign * power_of_ten(-12), 36));
            const std::vector<FibrePoint> less = global(minima_over(sign * power_of_ten(-9), 36));
            for (const FibrePoint& point : at_zero) {
                const auto gap = [&](const std::vector<FibrePoint>& fibre) {
                    R200 least(1000);
                    for (const FibrePoint& other : fibre) {
                        const Vector<R200> apart = other.xi - point.xi;
                        least = std::min<R200>(least, apart.norm());
                    }
                    return least;
                };
                if (nearby.empty() || less.empty() || gap(nearby) < R200("0.01") ||
                    gap(less) < R200("0.01"))
                    continue;
                add_defect("not lower hemicontinuous",
                           "the point " + point_text(K_, point.xi) +
                               " is in M(0), S = " + short_text(point.S, 20) +
                               "; the nearest of M(" + (sign < 0 ? "-" : "") + "1e-12) is " +
                               short_text(gap(nearby)) + " away, of M(" + (sign < 0 ? "-" : "") +
                               "1e-9) " + short_text(gap(less)));
            }
        }
    }

    // ---- openness --------------------------------------------------------------------------------

    /// K: R^m → R is open at ξ iff ξ is no local extremum of K. Where K(ξ) ≠ 0 a homogeneous K takes
    /// larger and smaller values on the ray through ξ, so that only K = 0 is left.
    void decide_openness() {
        const unsigned m = static_cast<unsigned>(K_.arity());
        for (unsigned zeros = 1; zeros < (1U << m); ++zeros)
            for (unsigned negatives = 0; negatives < (1U << m); ++negatives)
                if ((zeros & negatives) == 0) classify(zeros, negatives);
        Openness& open = out_.openness;
        if (!open.closed_at.empty())
            open.everywhere = false;
        else if (scaling_ && open.unknown_at.empty())
            open.everywhere = true;
    }

    void classify(unsigned zeros, unsigned negatives) {
        std::vector<unsigned> nearby, at;
        Point x(K_.arity());
        std::string where;
        for (Index l = 0; l < K_.arity(); ++l) {
            const bool zero = (zeros >> l & 1U) != 0, negative = (negatives >> l & 1U) != 0;
            const unsigned sign = negative ? can_be_negative : can_be_positive;
            nearby.push_back(zero ? any_sign : sign);
            at.push_back(zero ? unsigned(can_be_zero) : sign);
            x[l] = zero ? 0 : Rational(negative ? -(l + 2) : l + 2, l + 1);
            where += (where.empty() ? "" : ", ") + spec_.factors[static_cast<std::size_t>(l)] +
                     (zero       ? " = 0"
                      : negative ? " < 0"
                                 : " > 0");
        }
        if (K_.signs(at) != can_be_zero) return;  // K ≠ 0, or not a stratum of {K = 0}
        const unsigned signs = K_.signs(nearby);
        if ((signs & can_be_negative) == 0 || (signs & can_be_positive) == 0) {
            out_.openness.closed_at.push_back(where);
            const bool is_minimal = is_zero(enclosed(S_, x));
            out_.openness.on_minimal_fibres = out_.openness.on_minimal_fibres && !is_minimal;
            return;
        }
        if (!takes_both_signs(x)) out_.openness.unknown_at.push_back(where);
    }

    bool takes_both_signs(const Point& x) const {
        std::mt19937_64 rng(seed_);
        for (const int bits : {10, 30}) {
            bool above = false, below = false;
            for (int n = 0; n < 200 && !(above && below); ++n) {
                Point y = x;
                for (Index i = 0; i < y.size(); ++i)
                    y[i] += Rational(static_cast<long>(rng() % 2001) - 1000, 1000) /
                            Rational(Integer(1) << bits);
                const Sign sign = sign_of(enclosed(K_, y));
                above = above || sign == Sign::positive;
                below = below || sign == Sign::negative;
            }
            if (!above || !below) return false;
        }
        return true;
    }

    // ---- the form that claims run on -------------------------------------------------------------

    void make_form() {
        if (!out_.law) {
            out_.why_no_form = "R was not recognised as c*abs(b)^q with one c for both signs";
            return;
        }
        if (!scaling_) {
            out_.why_no_form = "K and S are not homogeneous, so that no formula for M(b) is known";
            return;
        }
        const Exponent share = out_.law->exponent / Exponent(2);
        const auto is_share = [share](Exponent weight) { return weight == share; };
        if (!std::all_of(scaling_->weights.begin(), scaling_->weights.end(), is_share)) {
            out_.why_no_form =
                "S is not homogeneous of degree 2 in all factors, as it is for every "
                "transfer the claims speak of";
            return;
        }
        if (penalty_smoothness_ < 1) {
            out_.why_no_form = "S is not continuously differentiable";
            return;
        }
        if (!(out_.law->exponent <= Exponent(1))) {
            out_.why_no_form = "q = " + out_.law->exponent.text() + " > 1: R is not sparse";
            return;
        }
        if (!out_.law->coefficient) {
            out_.why_no_form = "the constant of R was not recognised";
            return;
        }
        const std::optional<std::vector<Radical>> plus = constants_of(canonical(plus_, nullptr));
        if (plus_.empty() || minus_.empty() || !plus) {
            out_.why_no_form = "the constants of M(b) were not recognised";
            return;
        }
        const Vector<R200> upper = canonical(plus_, nullptr);
        const std::optional<std::vector<Radical>> minus = constants_of(canonical(minus_, &upper));
        if (!minus) {
            out_.why_no_form = "the constants of M(b) were not recognised";
            return;
        }
        const auto is_rational = [](const Radical& c) { return c.is_rational(); };
        if (!is_rational(*out_.law->coefficient) ||
            !std::all_of(plus->begin(), plus->end(), is_rational) ||
            !std::all_of(minus->begin(), minus->end(), is_rational)) {
            out_.why_no_form =
                "the constants of R or M(b) are irrational, and claims and their "
                "mutants rest on exact rational points of M";
            return;
        }
        CustomForm form{.name = spec_.name, .K = K_, .S = S_};
        form.q = out_.law->exponent;
        form.scale = Rational(1) / out_.law->coefficient->as<Rational>();
        form.coefficient = *out_.law->coefficient * form.scale;
        form.weights = scaling_->weights;
        form.lift_of_plus = *plus;
        form.lift_of_minus = *minus;
        form.balance = balance_of(K_, S_).value_or(std::vector<BalanceTerm>());
        form.symmetries = symmetries_of(K_, S_);
        form.smoothness = out_.smoothness;
        form.finite_fibres =
            out_.finite_fibres.value_or(false) && !out_.has("not lower hemicontinuous");
        out_.form = std::make_shared<const CustomForm>(std::move(form));
        out_.facts.push_back(
            "symmetries of K and S: " + std::to_string(out_.form->symmetries.size()) +
            " generators, checked at exact points");
    }

    /// The most positive point of M(1); of M(−1) the one most like it.
    static Vector<R200> canonical(const std::vector<FibrePoint>& points, const Vector<R200>* like) {
        if (points.empty()) return {};
        const auto score = [&](const FibrePoint& p) -> R200 {
            R200 out(0);
            for (Index i = 0; i < p.xi.size(); ++i) {
                const R200 wanted = like == nullptr ? R200(1) : unit_sign((*like)[i]);
                // Earlier factors count less: the sign goes to the first.
                out += wanted * unit_sign(p.xi[i]) * R200(100 + static_cast<int>(i));
            }
            return out;
        };
        const FibrePoint* best = &points.front();
        for (const FibrePoint& point : points)
            if (score(*best) < score(point)) best = &point;
        return best->xi;
    }

    std::optional<std::vector<Radical>> constants_of(const Vector<R200>& xi) const {
        if (xi.size() == 0) return std::nullopt;
        std::vector<Radical> out;
        for (Index i = 0; i < xi.size(); ++i) {
            const std::optional<Radical> c = recognised(xi[i]);
            if (!c) return std::nullopt;
            out.push_back(*c);
        }
        return out;
    }

    const CustomSpec& spec_;
    const Expression& K_;
    const Expression& S_;
    std::uint64_t seed_;
    const std::atomic<bool>* stop_;
    std::vector<Point> points_;
    std::optional<Scaling> scaling_;
    int penalty_smoothness_ = 0;  ///< r of the class C^r of S.
    FibreMinima at_plus_, at_minus_;
    std::vector<FibrePoint> plus_, minus_;
    Characterisation out_;
};

}  // namespace

std::string PowerLaw::text() const {
    const std::string c = coefficient ? coefficient->text() : short_text(coefficient_value, 40);
    const std::string power = exponent == Exponent(1) ? ""
                              : exponent.is_integer() ? "^" + exponent.text()
                                                      : "^(" + exponent.text() + ")";
    return (c == "1" ? "" : c + "*") + "abs(b)" + power;
}

bool Characterisation::has(const std::string& kind) const {
    return std::any_of(defects.begin(), defects.end(),
                       [&](const Defect& defect) { return defect.kind == kind; });
}

bool Characterisation::is_transfer() const {
    return !has("not onto") && !has("minimum not attained");
}

Characterisation characterise(const CustomSpec& spec, std::uint64_t seed,
                              const std::atomic<bool>* stop) {
    return Analysis(spec, seed, stop).run();
}

RegisteredTransfer registration_of(std::shared_ptr<const CustomForm> form) {
    const Exponent depth = Exponent(2) / form->q;
    long degree = form->q.den();
    for (const Exponent weight : form->weights) degree = std::lcm(degree, weight.den());
    TransferTraits traits;
    traits.name = form->name;
    traits.injective = form->K.arity() == 1;
    traits.finite_fibres = form->finite_fibres;
    traits.takes_depth = [depth](Exponent k) { return k == depth; };
    traits.variants = [](const TransferSpec& spec) { return std::vector<TransferSpec>{spec}; };
    traits.lift_degree = [degree](const TransferSpec&) { return degree; };
    return {std::move(traits), TransferFactory::from([form]<class T>(const TransferSpec& spec) {
                return AnyTransfer<T>(CustomTransfer<T>(form, spec));
            }),
            depth};
}

}  // namespace hadamard::custom
