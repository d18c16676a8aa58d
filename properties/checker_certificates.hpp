#pragma once

/// Certificates of tiny instances (d ≤ 2), made in plain double arithmetic from FORMAT.md alone:
/// the checker decides whether they are right, and no code is shared with the one that certifies.

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace tiny {

using Json = nlohmann::ordered_json;

/// [lo, hi] in doubles, not rounded outwards: `slack` in the tests makes up for it.
struct Range {
    double lo = 0, hi = 0;
};
inline Range operator+(Range a, Range b) { return {a.lo + b.lo, a.hi + b.hi}; }
inline Range operator*(Range a, Range b) {
    const double p[] = {a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi};
    return {*std::min_element(p, p + 4), *std::max_element(p, p + 4)};
}
inline Range operator*(double c, Range a) { return Range{c, c} * a; }
inline Range operator-(Range a, Range b) { return a + -1.0 * b; }
inline Range power(Range a, int n) {
    Range out{1, 1};
    if (n < 0) return {std::pow(a.hi, n), std::pow(a.lo, n)};
    for (int i = 0; i < n; ++i) out = out * a;
    if (n % 2 == 0) out.lo = std::max(out.lo, 0.0);
    return out;
}
constexpr double slack = 1e-9;

/// A double is a dyadic number.
inline std::string dyadic(double x) {
    int exponent = 0;
    auto mantissa = static_cast<long long>(std::ldexp(std::frexp(x, &exponent), 53));
    exponent -= 53;
    while (mantissa != 0 && mantissa % 2 == 0) mantissa /= 2, ++exponent;
    if (mantissa == 0) return "0";
    return std::to_string(mantissa) + (exponent == 0 ? "" : "p" + std::to_string(exponent));
}

inline double number(const Json& json) {
    if (json.is_number()) return json.get<double>();
    const std::string text = json.get<std::string>();
    const std::size_t slash = text.find('/');
    if (slash == std::string::npos) return std::stod(text);
    return std::stod(text) / std::stod(text.substr(slash + 1));
}

struct Monomial {
    double coefficient;
    std::vector<int> exponents;
};

using Box = std::vector<Range>;
using Point = std::vector<double>;

inline std::size_t at(int i) { return static_cast<std::size_t>(i); }

inline Box box_at(const Point& x) {
    Box out;
    for (const double t : x) out.push_back({t, t});
    return out;
}

/// The polynomial L of an instance.
class Loss {
public:
    explicit Loss(const Json& loss) {
        if (loss["kind"] == "polynomial") {
            d_ = static_cast<int>(loss["monomials"][0]["exponents"].size());
            for (const Json& m : loss["monomials"])
                monomials_.push_back({number(m["coefficient"]), m["exponents"]});
        } else {
            read_quadratic(loss);
        }
    }

    int size() const { return d_; }

    /// Its derivative by these coordinates over a box.
    Range operator()(const Box& beta, const std::vector<int>& by) const {
        Range sum;
        for (const Monomial& m : monomials_) {
            double c = m.coefficient;
            std::vector<int> e = m.exponents;
            for (const int i : by) c *= e[at(i)]--;
            if (c == 0) continue;
            Range product{c, c};
            for (int i = 0; i < d_; ++i)
                if (e[at(i)] > 0) product = product * power(beta[at(i)], e[at(i)]);
            sum = sum + product;
        }
        return sum;
    }

private:
    void read_quadratic(const Json& loss) {
        const bool squares = loss["kind"] == "least_squares";
        d_ = static_cast<int>(squares ? loss["X"][0].size() : loss["b"].size());
        const std::size_t n = squares ? loss["X"].size() : 0;
        for (int i = 0; i < d_; ++i) {
            double b = squares ? 0 : number(loss["b"][at(i)]);
            for (std::size_t r = 0; r < n; ++r)
                b += number(loss["X"][r][at(i)]) * number(loss["y"][r]) / static_cast<double>(n);
            add({{i, 1}}, -b);
            for (int j = 0; j < d_; ++j) {
                double a = squares ? 0 : number(loss["A"][at(i)][at(j)]);
                for (std::size_t r = 0; r < n; ++r)
                    a += number(loss["X"][r][at(i)]) * number(loss["X"][r][at(j)]) /
                         static_cast<double>(n);
                add({{i, 1}, {j, 1}}, a / 2);
            }
        }
    }

    void add(const std::vector<std::pair<int, int>>& factors, double c) {
        Monomial m{c, std::vector<int>(at(d_))};
        for (const auto& [i, e] : factors) m.exponents[at(i)] += e;
        monomials_.push_back(m);
    }

    int d_ = 0;
    std::vector<Monomial> monomials_;
};

/// One instance, and a certificate for it.
/// A stationary point of Q, as a region of some pattern says.
struct Judged {
    std::size_t region;
    std::string signs;
    int negative, beyond, between;  ///< Of J, of the zero states, states p and m.
    bool decided, smooth;
    long size;  ///< Of its orbit.
};

/// The lists of points of a certificate.
struct PointLists {
    Json surrogate = Json::array(), base = Json::array(), undecided = Json::array();

    /// @param beta  where its image lies, asked for if that is stationary for P
    void add(const Judged& point, int d, const std::function<Json()>& beta) {
        const int index = point.negative + point.beyond + point.between;
        const bool is_base = point.decided && point.beyond + point.between == 0;
        surrogate.push_back({{"region", point.region},
                             {"class", !point.decided ? "undecided"
                                       : index == 0   ? "minimizer"
                                                      : "saddle"},
                             {"index", point.decided && point.smooth ? Json(index) : Json()},
                             {"points", point.size},
                             {"base", is_base ? Json(base.size()) : Json()}});
        if (!point.decided)
            undecided.push_back({{"kind", "degenerate"}, {"region", point.region}});
        if (!is_base) return;
        base.push_back({{"signs", point.signs},
                        {"beta", beta()},
                        {"index", point.negative},
                        {"class", point.negative == 0   ? "minimizer"
                                  : point.negative == d ? "maximizer"
                                                        : "saddle"}});
    }

    void write_to(Json& out) const {
        out["surrogate"]["points"] = surrogate;
        out["base"]["points"] = base;
        out["undecided"] = undecided;
    }
};

class Certifier {
public:
    /// How the bound and the trees are made.
    struct Options {
        Json bound;                ///< Its rule and what goes with it, without the edges.
        double edge = 4;           ///< Of few bits.
        int deepest = 40;          ///< Boxes of more cuts are left undecided.
        bool mean_value = true;    ///< Use P leaves.
        bool combination = false;  ///< Use C leaves.
        Json folds = Json::array();
    };

    Certifier(Json instance, Options options)
        : instance_(std::move(instance)),
          options_(std::move(options)),
          loss_(instance_["loss"]),
          d_(loss_.size()) {
        read();
    }

    Json certificate() {
        const std::string alphabet =
            kind_ == "hadamard_difference" && k_ % 2 == 1 ? "0+-pm" : "0+-";
        Json out = {{"format", "hadamard-landscape"}, {"version", 1}, {"instance", instance_}};
        out["bound"] = options_.bound;
        if (!is_linear())
            for (int i = 0; i < d_; ++i) out["bound"]["edge"].push_back(dyadic(options_.edge));
        regions_ = options_.folds;
        for (const Json& fold : options_.folds) {
            outers_.push_back(box_of(fold["signs"], fold["outer"]));
            lists_.undecided.push_back({{"kind", "fold"}, {"region", outers_.size() - 1}});
        }
        patterns_ = Json::array();
        std::string signs(static_cast<std::size_t>(d_), '0');
        const std::function<void(int)> each = [&](int i) {
            if (i == d_) return add_pattern(signs);
            for (const char c : alphabet) {
                signs[static_cast<std::size_t>(i)] = c;
                each(i + 1);
            }
        };
        each(0);
        out["patterns"] = patterns_;
        out["regions"] = regions_;
        lists_.write_to(out);
        count(out);
        return out;
    }

    /// Brings counts, verdict and sentence into agreement with the lists.
    static void count(Json& out) {
        std::size_t orbits = 0, minimizer_orbits = 0, base = 0, base_minimizers = 0;
        long points = 0, minimizers = 0;
        for (const Json& point : out["surrogate"]["points"]) {
            const bool minimizer = point["class"] == "minimizer";
            ++orbits, minimizer_orbits += minimizer;
            points += point["points"].get<long>();
            if (minimizer) minimizers += point["points"].get<long>();
        }
        for (const Json& point : out["base"]["points"])
            ++base, base_minimizers += point["class"] == "minimizer";
        out["surrogate"]["stationary_orbits"] = orbits;
        out["surrogate"]["minimizer_orbits"] = minimizer_orbits;
        out["base"]["stationary"] = base;
        out["base"]["minimizers"] = base_minimizers;
        const auto s = [](auto n) { return std::to_string(n); };
        const std::size_t u = out["undecided"].size();
        const auto [before, after] = restriction(out);
        out["verdict"] = u == 0 ? "proved" : "undecided";
        const std::string of_q =
            " of them of strict local minimizers (" + s(minimizers) + " points)";
        const std::string of_p = " of them strict local minimizers";
        out["sentence"] =
            before +
            (u == 0 ? "Q has exactly " + s(orbits) + " orbits of stationary points (" + s(points) +
                         " points), " + s(minimizer_orbits) + of_q + ". P has exactly " + s(base) +
                         " stationary points, " + s(base_minimizers) + of_p +
                         ". K maps the orbits of local minimizers of Q one to one onto the local "
                         "minimizers of P: Q has no spurious local minimum and misses none."
                   : "Undecided at " + s(u) + " places. Proved: " + s(orbits) +
                         " orbits of stationary points of Q (" + s(points) + " points), " +
                         s(minimizer_orbits) + of_q + "; " + s(base) + " stationary points of P, " +
                         s(base_minimizers) + of_p +
                         ", one to one below these orbits of minimizers. Every other stationary "
                         "point lies in the undecided places.") +
            after;
    }

    static bool is_restricted(const Json& bound) {
        return bound["rule"] == "sublevel" || bound["rule"] == "box";
    }
    /// The value of a dyadic number.
    static double value(const std::string& text) {
        const std::size_t e = text.find('p');
        return std::ldexp(std::stod(text),
                          e == std::string::npos ? 0 : std::stoi(text.substr(e + 1)));
    }

    /// What stands before and behind a restricted sentence (section 10).
    static std::pair<std::string, std::string> restriction(const Json& out) {
        const Json& bound = out["bound"];
        if (!is_restricted(bound)) return {};
        const Json& transfer = out["instance"]["transfer"];
        const int k = transfer["depth"];
        const bool of_beta = k == 2 || transfer["kind"].get<std::string>().starts_with("group");
        std::string before = of_beta ? "In the box where abs(beta_i) is at most r_i, r = ("
                                     : "In the box where every factor of coordinate i is at most "
                                       "r_i in size, and abs(beta_i) at most r_i^" +
                                           std::to_string(k) + ", r = (";
        for (std::size_t i = 0; i < bound["edge"].size(); ++i) {
            double above = value(bound["edge"][i]);
            long below = 1;
            while (above != std::floor(above)) above *= 2, below *= 2;
            before += (i == 0 ? "" : ", ") + std::to_string(std::lround(above)) +
                      (below == 1 ? "" : "/" + std::to_string(below));
        }
        return {before + (bound["rule"] == "box" ? "): "
                                                 : "), and which holds all points with Q <= Q(0): "),
                " Nothing is proved beyond this box."};
    }

private:
    bool is_linear() const { return options_.bound["rule"] == "linear"; }

    void read() {
        const Json& transfer = instance_["transfer"];
        kind_ = transfer["kind"];
        k_ = transfer["depth"];
        for (int i = 0; i < d_; ++i) {
            const double w = transfer.contains("weights") ? number(transfer["weights"][at(i)]) : 1;
            mu_.push_back(2 * number(instance_["lambda"]) * w / k_);
        }
    }

    /// The derivative of L by these coordinates over β(X).
    Range loss(const std::string& signs, const Box& x, const std::vector<int>& by) const {
        Box beta(at(d_));
        for (const int i : support(signs)) beta[at(i)] = sign(signs, i) * a(signs, x, i);
        return loss_(beta, by);
    }

    static double sign(const std::string& signs, int i) {
        const char c = signs[at(i)];
        return c == '0' ? 0 : c == '+' || c == 'p' ? 1 : -1;
    }
    static double multiplicity(const std::string& signs, int i) {
        return signs[at(i)] == 'p' || signs[at(i)] == 'm' ? 2 : 1;
    }
    Range a(const std::string& signs, const Box& x, int i) const {
        return multiplicity(signs, i) * power(x[at(i)], k_ == 2 ? 1 : k_);
    }
    Range G(const std::string& signs, const Box& x, int i) const {
        return sign(signs, i) * loss(signs, x, {i}) + mu_[at(i)] * power(x[at(i)], 2 - k_);
    }
    Range J(const std::string& signs, const Box& x, int i, int j) const {
        Range out = sign(signs, i) * sign(signs, j) * loss(signs, x, {i, j});
        if (i == j && k_ > 2)
            out = out - mu_[at(i)] * (k_ - 2) / (multiplicity(signs, i) * k_) *
                            power(x[at(i)], 2 - 2 * k_);
        return out;
    }

    static std::vector<int> support(const std::string& signs) {
        std::vector<int> out;
        for (int i = 0; i < static_cast<int>(signs.size()); ++i)
            if (signs[at(i)] != '0') out.push_back(i);
        return out;
    }
    static Box point(const Point& x) { return box_at(x); }

    /// J⁻¹ at a point, m ≤ 2, over the support.
    std::vector<Point> inverse(const std::string& signs, const Point& x) const {
        const std::vector<int> S = support(signs);
        const auto j = [&](std::size_t p, std::size_t q) {
            return J(signs, point(x), S[p], S[q]).lo;
        };
        if (S.size() == 1) return {{1 / j(0, 0)}};
        const double det = j(0, 0) * j(1, 1) - j(0, 1) * j(0, 1);
        return {{j(1, 1) / det, -j(0, 1) / det}, {-j(0, 1) / det, j(0, 0) / det}};
    }

    /// Zeros of G that Newton's method finds from a grid.
    std::vector<Point> roots(const std::string& signs) const {
        const std::vector<int> S = support(signs);
        std::vector<Point> out;
        const int n = S.size() == 1 ? 128 : 24;
        const double low = k_ == 2 ? -0.1 : 0;
        const auto start = [&](int c) { return low + (options_.edge - low) * (c + 0.5) / n; };
        for (int cell = 0; cell < (S.size() == 1 ? n : n * n); ++cell) {
            Point x(at(d_), 0);
            x[at(S[0])] = start(cell % n);
            if (S.size() == 2) x[at(S[1])] = start(cell / n);
            if (newton(signs, S, low, x) && !known(out, x)) out.push_back(x);
        }
        return out;
    }

    static bool known(const std::vector<Point>& roots, const Point& x) {
        for (const Point& root : roots) {
            double distance = 0;
            for (std::size_t i = 0; i < x.size(); ++i) distance += std::abs(x[i] - root[i]);
            if (distance < 1e-6) return true;
        }
        return false;
    }

    bool newton(const std::string& signs, const std::vector<int>& S, double low, Point& x) const {
        // A zero beyond the box of a restricted claim is a region too.
        const double reach = options_.edge * (is_restricted(options_.bound) ? 2 : 1);
        for (int step = 0; step < 60; ++step) {
            const std::vector<Point> C = inverse(signs, x);
            double size = 0;
            Point next = x;
            for (std::size_t p = 0; p < S.size(); ++p) {
                double da = 0;
                for (std::size_t q = 0; q < S.size(); ++q)
                    da -= C[p][q] * G(signs, point(x), S[q]).lo;
                const double t = x[at(S[p])];
                const double slope =
                    k_ == 2 ? 1 : multiplicity(signs, S[p]) * k_ * std::pow(t, k_ - 1);
                next[at(S[p])] = t + da / slope;
                size += std::abs(da / slope);
                if (!(next[at(S[p])] > low + (k_ > 2 ? 1e-3 : 0)) || next[at(S[p])] > reach)
                    return false;
            }
            x = next;
            if (size < 1e-14) return true;
        }
        double residual = 0;
        for (const int i : S) residual += std::abs(G(signs, point(x), i).lo);
        return residual < 1e-11;
    }

    Box around(const std::string& signs, const Point& z, double relative, double absolute) const {
        Box out(at(d_));
        for (const int i : support(signs)) {
            const double r = relative * std::abs(z[at(i)]) + absolute;
            out[at(i)] = {std::nearbyint((z[at(i)] - r) * 0x1p36) / 0x1p36,
                          std::nearbyint((z[at(i)] + r) * 0x1p36) / 0x1p36};
        }
        return out;
    }

    static constexpr double radius = 0x1p-24;

    bool contracts(const std::string& signs, const Point& z, const Box& B,
                   const std::vector<Point>& C) const {
        const std::vector<int> S = support(signs);
        for (std::size_t p = 0; p < S.size(); ++p) {
            Range image = a(signs, point(z), S[p]);
            for (std::size_t q = 0; q < S.size(); ++q) {
                image = image - C[p][q] * G(signs, point(z), S[q]);
                Range defect{p == q ? 1.0 : 0.0, p == q ? 1.0 : 0.0};
                for (std::size_t r = 0; r < S.size(); ++r)
                    defect = defect - C[p][r] * J(signs, B, S[r], S[q]);
                image = image + defect * (a(signs, B, S[q]) - a(signs, point(z), S[q]));
            }
            const Range whole = a(signs, B, S[p]);
            const double room = 1e-3 * (whole.hi - whole.lo);
            if (!(image.lo > whole.lo + room && image.hi < whole.hi - room)) return false;
        }
        return true;
    }

    void add_root(const std::string& signs, Point z) {
        const std::vector<int> S = support(signs);
        for (double& t : z) t = std::nearbyint(t * 0x1p40) / 0x1p40;
        const std::vector<Point> inverted = inverse(signs, z);
        Json scale = Json::array(), C = Json::array();
        std::vector<Point> rounded = inverted;
        for (std::size_t p = 0; p < S.size(); ++p) {
            scale.push_back(-12);
            for (std::size_t q = 0; q <= p; ++q) {
                const double c = std::nearbyint(inverted[p][q] * 0x1p24);
                C.push_back(static_cast<long long>(c));
                rounded[p][q] = rounded[q][p] = c * 0x1p-24;
            }
        }
        double relative = 0.4;
        while (relative > 1e-6 &&
               (!contracts(signs, z, around(signs, z, relative, 0x1p-20), rounded) ||
                (k_ > 2 && relative > 0.3)))
            relative *= 0.7;
        const Box N = around(signs, z, relative, 0x1p-20);
        bool positive = true;
        Json region = {{"signs", signs},
                       {"kind", "root"},
                       {"center", Json::array()},
                       {"radius", Json::array()}};
        for (const int i : S) {
            positive = positive && z[at(i)] > radius &&
                       (!is_restricted(options_.bound) || z[at(i)] < options_.edge);
            region["center"].push_back(dyadic(z[at(i)]));
            region["radius"].push_back(dyadic(radius));
            region["outer"].push_back({dyadic(N[at(i)].lo), dyadic(N[at(i)].hi)});
        }
        if (!positive) region["kind"] = "outside";
        region["scale"] = scale;
        region["C"] = C;
        regions_.push_back(region);
        outers_.push_back(N);
        if (positive) add_points(signs, z, radius);
    }

    /// The point of Q of the last region, and its point of P.
    void add_points(const std::string& signs, const Point& z, double r) {
        int beyond = 0, negative = 0, between = 0, flips = 0;
        bool decided = true;
        for (int i = 0; i < d_; ++i) {
            if (signs[at(i)] == 'p' || signs[at(i)] == 'm') ++between;
            if (signs[at(i)] == '+' || signs[at(i)] == '-') ++flips;
            if (signs[at(i)] != '0' || k_ > 2) continue;
            const double g = std::abs(loss(signs, point(z), {i}).lo) - mu_[at(i)];
            if (std::abs(g) < 1e-5) decided = false;
            if (g >= 1e-5) ++beyond;
        }
        if (!decided) beyond = 0;
        const std::vector<int> S = support(signs);
        if (S.size() == 1) negative = J(signs, point(z), S[0], S[0]).lo < 0;
        if (S.size() == 2) {
            const double p = J(signs, point(z), S[0], S[0]).lo,
                         q = J(signs, point(z), S[1], S[1]).lo,
                         o = J(signs, point(z), S[0], S[1]).lo;
            negative = p * q - o * o < 0 ? 1 : p < 0 ? 2 : 0;
        }
        const bool smooth = kind_ != "shared_product" || k_ > 2 || static_cast<int>(S.size()) == d_;
        const long size = 1L << (kind_ == "hadamard_product" ? (k_ - 1) * flips : flips);
        lists_.add({regions_.size() - 1, signs, negative, beyond, between, decided, smooth, size},
                   d_, [&] {
                       Json beta = Json::array();
                       for (int i = 0; i < d_; ++i) {
                           const Range b =
                               sign(signs, i) * a(signs, around(signs, z, 0, 4 * r), i);
                           beta.push_back(
                               {dyadic(std::min(b.lo, b.hi)), dyadic(std::max(b.lo, b.hi))});
                       }
                       return beta;
                   });
    }

    void add_pattern(const std::string& signs) {
        std::string tree;
        const std::vector<int> S = support(signs);
        if (S.empty()) {
            tree = "R" + std::to_string(regions_.size());
            regions_.push_back({{"signs", signs},
                                {"kind", "root"},
                                {"center", Json::array()},
                                {"outer", Json::array()},
                                {"radius", Json::array()},
                                {"scale", Json::array()},
                                {"C", Json::array()}});
            outers_.push_back(Box(at(d_)));
            add_points(signs, Point(at(d_)), 0);
        } else if (is_linear()) {
            tree = linear(signs);
            if (tree == "U")
                lists_.undecided.push_back({{"kind", "leaves"}, {"signs", signs}, {"count", 1}});
        } else {
            for (const Point& z : roots(signs))
                if (!in_fold(signs, z) && !touches_zero(S, z)) add_root(signs, z);
            Box box(at(d_));
            for (const int i : S) box[at(i)] = {0, options_.edge};
            long left = 0;
            tree = walk(signs, box, 0, left).substr(1);
            if (left > 0)
                lists_.undecided.push_back({{"kind", "leaves"}, {"signs", signs}, {"count", left}});
        }
        patterns_.push_back({{"signs", signs}, {"tree", tree}});
    }

    /// A_SS β_S = b_S − (μ_is_i)_S by Cramer's rule: integer data alone.
    std::string linear(const std::string& signs) {
        const std::vector<int> S = support(signs);
        const Box zero(at(d_));
        std::vector<long> right;
        const auto A = [&](std::size_t p, std::size_t q) {
            return std::lround(loss(std::string(at(d_), '+'), zero, {S[p], S[q]}).lo);
        };
        for (const int i : S)
            right.push_back(-std::lround(loss(signs, zero, {i}).lo + mu_[at(i)] * sign(signs, i)));
        const bool two = S.size() == 2;
        const long det = two ? A(0, 0) * A(1, 1) - A(0, 1) * A(0, 1) : A(0, 0);
        std::vector<long> numerators = right;
        if (two)
            numerators = {A(1, 1) * right[0] - A(0, 1) * right[1],
                          A(0, 0) * right[1] - A(0, 1) * right[0]};
        if (det == 0)  // A is not zero here unless d = 1
            return std::all_of(numerators.begin(), numerators.end(), [](long n) { return n == 0; })
                       ? "U"
                       : "X";
        Json beta = Json::array();
        Point z(at(d_));
        for (std::size_t p = 0; p < S.size(); ++p) {
            z[at(S[p])] =
                sign(signs, S[p]) * static_cast<double>(numerators[p]) / static_cast<double>(det);
            if (z[at(S[p])] <= 0) return "X";
            beta.push_back(std::to_string(det < 0 ? -numerators[p] : numerators[p]) + "/" +
                           std::to_string(std::abs(det)));
        }
        regions_.push_back({{"signs", signs}, {"kind", "exact"}, {"beta", beta}});
        outers_.emplace_back();
        add_points(signs, z, 0x1p-20);
        return "R" + std::to_string(regions_.size() - 1);
    }

    Box box_of(const std::string& signs, const Json& intervals) const {
        Box out(at(d_));
        std::size_t p = 0;
        for (const int i : support(signs)) {
            out[at(i)] = {value(intervals[p][0]), value(intervals[p][1])};
            ++p;
        }
        return out;
    }

    static bool within(const std::vector<int>& S, const Box& box, const Box& outer) {
        for (const int i : S)
            if (box[at(i)].lo < outer[at(i)].lo || box[at(i)].hi > outer[at(i)].hi) return false;
        return true;
    }

    static bool touches_zero(const std::vector<int>& S, const Point& z) {
        return std::any_of(S.begin(), S.end(),
                           [&](int i) { return std::abs(z[at(i)]) < 2 * radius; });
    }

    bool in_fold(const std::string& signs, const Point& z) const {
        for (std::size_t r = 0; r < options_.folds.size(); ++r)
            if (options_.folds[r]["signs"] == signs && within(support(signs), point(z), outers_[r]))
                return true;
        return false;
    }

    std::string walk(const std::string& signs, const Box& box, int cuts, long& left) const {
        const std::vector<int> S = support(signs);
        for (std::size_t r = 0; r < regions_.size(); ++r)
            if (regions_[r]["signs"] == signs && within(S, box, outers_[r]))
                return " R" + std::to_string(r);
        for (const int i : S) {
            const Range q = sign(signs, i) * loss(signs, box, {i}), x = box[at(i)];
            const double mu = mu_[at(i)];
            if (q.lo >= slack || q.lo * std::pow(x.hi, k_ - 2) + mu > slack ||
                (q.hi < -slack && q.hi * std::pow(x.lo, k_ - 2) + mu < -slack))
                return " E" + std::to_string(i);
        }
        const std::string mean = options_.mean_value ? mean_value(signs, box) : "";
        if (!mean.empty()) return mean;
        const std::string combined = options_.combination ? combination(signs, box) : "";
        if (!combined.empty()) return combined;
        if (cuts == options_.deepest) {
            ++left;
            return " U";
        }
        int widest = S[0];
        for (const int i : S)
            if (box[at(i)].hi - box[at(i)].lo > box[at(widest)].hi - box[at(widest)].lo) widest = i;
        const double cut = (box[at(widest)].lo + box[at(widest)].hi) / 2;
        Box lower = box, upper = box;
        lower[at(widest)].hi = upper[at(widest)].lo = cut;
        const std::string first = walk(signs, lower, cuts + 1, left),
                          second = walk(signs, upper, cuts + 1, left);
        return " S" + std::to_string(widest) + ":" + dyadic(cut) + first + second;
    }

    std::string mean_value(const std::string& signs, const Box& box) const {
        const std::vector<int> S = support(signs);
        Point mid(at(d_));
        for (const int i : S) {
            if (k_ > 2 && box[at(i)].lo <= 0) return "";
            mid[at(i)] = (box[at(i)].lo + box[at(i)].hi) / 2;
        }
        for (const Point& row : inverse(signs, mid)) {
            Range sum;
            std::string text;
            for (std::size_t p = 0; p < S.size(); ++p) {
                const double c = std::nearbyint(row[p] * 1024);
                if (!(std::abs(c) < 1e9)) return "";
                text += (p == 0 ? " P" : ",") + std::to_string(static_cast<long>(c));
                sum = sum + c * G(signs, point(mid), S[p]);
                for (std::size_t q = 0; q < S.size(); ++q)
                    sum = sum + c * (J(signs, box, S[p], S[q]) *
                                     (a(signs, box, S[q]) - a(signs, point(mid), S[q])));
            }
            if (sum.lo > slack || sum.hi < -slack) return text;
        }
        return "";
    }

    /// A C leaf, for losses of degree 2.
    std::string combination(const std::string& signs, const Box& box) const {
        const std::vector<int> S = support(signs);
        const Box zero(at(d_));
        for (const double ratio : {-4.0, -1.0, 0.0, 0.25, 0.5, 1.0, 2.0, 4.0}) {
            Range sum;
            std::string text;
            for (std::size_t p = 0; p < S.size(); ++p) {
                const double c = p == 0 ? 4 : 4 * ratio;
                text += (p == 0 ? " C" : ",") + std::to_string(std::lround(c));
                Range alpha;
                for (std::size_t q = 0; q < S.size(); ++q)
                    alpha = alpha + (q == 0 ? 4 : 4 * ratio) * sign(signs, S[p]) *
                                        sign(signs, S[q]) * loss(signs, zero, {S[p], S[q]});
                const Range x = box[at(S[p])];
                Range pull = mu_[at(S[p])] * power({std::max(x.lo, 1e-300), x.hi}, 2 - k_);
                if (k_ > 2 && x.lo == 0) pull.hi = 1e300;
                if (c == 0) pull = {0, 0};
                sum = sum + alpha * a(signs, box, S[p]) +
                      c * (sign(signs, S[p]) * loss(signs, zero, {S[p]}) + pull);
            }
            if (sum.lo > slack || sum.hi < -slack) return text;
        }
        return "";
    }

    Json instance_;
    Options options_;
    Loss loss_;
    std::string kind_;
    int k_ = 2, d_ = 0;
    Point mu_;
    Json regions_, patterns_;
    PointLists lists_;
    std::vector<Box> outers_;  ///< Of each region.
};

}  // namespace tiny
