/// @claim minima.unregularized
///
/// Statement   λ = 0: where K is open at ξ, ξ is a local minimizer of L∘K iff K(ξ) is one of L; ξ balanced or
///             not, with zero factors in any pattern.
/// Hypotheses  K continuous, and open at ξ ("openness").
/// Source      arXiv 2307.03571 [SE]; arXiv 2207.03512 [LKB].
/// Argument    ⇐: K maps a neighbourhood of ξ into the one where L ≥ L(K(ξ)). ⇒: open K maps every
///             neighbourhood of ξ onto one of K(ξ).
/// Machine     L = Σ c ⟨ℓ, β − K(ξ)⟩^e in small pieces: squares, quartics, bottoms and tops of double wells,
///             bent squares s²(1 + s), slopes, cubics. Integer k; all in exact rationals.
///             "base"      gradient, inertia, or the lowest coefficient of L on a line; a minimizer
///                         where every piece is ≥ 0 near K(ξ), on a stated width.
///             "surrogate" not a minimizer: a curve ξ_a + w_a t^{r_a} on which the polynomial L∘K − L(K(ξ)) has a
///                         negative lowest coefficient, found by trying arcs of each block, so that it is
///                         negative for all small t > 0. A minimizer: a box around ξ whose image,
///                         enclosed, lies where every piece is ≥ 0.
///             "open"      K injective; or, block by block: DK of full rank where K is C^1; ξ in M (H4);
///                         or one coordinate β_i, with arcs on which K_i rises and falls (the image
///                         of a connected neighbourhood is an interval around K_i(ξ)).
///             At even depths of group_power norms on most arcs are irrational: only zero blocks and
///             blocks of one are drawn there. Sampled: supported.
/// Mutants     openness dropped; second-order stationary ⇒ local minimizer.

#include "engine/claim.hpp"
#include "engine/instances.hpp"
#include "engine/lattice.hpp"
#include "hadamard/minima/inertia.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>

namespace hadamard::verify {
namespace {

// ---- polynomials in t -------------------------------------------------------------------------

using Polynomial = std::vector<Rational>;  // coefficients of 1, t, t², …

Polynomial product(const Polynomial& a, const Polynomial& b) {
    if (a.empty() || b.empty()) return {};
    Polynomial out(a.size() + b.size() - 1, Rational(0));
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i] != 0)
            for (std::size_t j = 0; j < b.size(); ++j) out[i + j] += a[i] * b[j];
    return out;
}

void add(Polynomial& a, const Rational& c, const Polynomial& b) {
    if (a.size() < b.size()) a.resize(b.size(), Rational(0));
    for (std::size_t i = 0; i < b.size(); ++i) a[i] += c * b[i];
}

/// The polynomial of degree < nodes.size() with these values (Newton's divided differences).
Polynomial interpolated(const std::vector<Rational>& nodes, std::vector<Rational> values) {
    const std::size_t n = nodes.size();
    for (std::size_t order = 1; order < n; ++order)
        for (std::size_t i = n; i-- > order;)
            values[i] = (values[i] - values[i - 1]) / (nodes[i] - nodes[i - order]);
    Polynomial out;
    for (std::size_t i = n; i-- > 0;) {
        out = product(out, {-nodes[i], Rational(1)});
        add(out, values[i], {Rational(1)});
    }
    return out;
}

/// The exponent of the lowest nonzero term; none for the polynomial 0.
std::optional<std::size_t> lowest(const Polynomial& a) {
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i] != 0) return i;
    return std::nullopt;
}

bool descends(const Polynomial& a) {
    const std::optional<std::size_t> order = lowest(a);
    return order && a[*order] < 0;
}

// ---- the loss ---------------------------------------------------------------------------------

/// A polynomial in s = ⟨direction, β − b⟩ without constant term.
struct Piece {
    std::string name;
    Polynomial of_s;                      ///< From s^1 on: of_s[0] = 0.
    std::optional<Rational> nonnegative;  ///< ≥ 0 where |s| ≤ this; none: not near 0.
    Vector<Rational> direction;
};

/// L(β) = Σ pieces, L(b) = 0.
struct PieceLoss {
    Vector<Rational> b;
    std::vector<Piece> pieces;

    /// L(b + z(t)).
    Polynomial along(const std::vector<Polynomial>& z) const {
        Polynomial out;
        for (const Piece& piece : pieces) {
            Polynomial s, power{Rational(1)};
            for (Index i = 0; i < b.size(); ++i)
                add(s, piece.direction[i], z[static_cast<std::size_t>(i)]);
            for (std::size_t e = 1; e < piece.of_s.size(); ++e) {
                power = product(power, s);
                add(out, piece.of_s[e], power);
            }
        }
        return out;
    }
    Polynomial along_line(const Vector<Rational>& v) const {
        std::vector<Polynomial> z;
        for (Index i = 0; i < v.size(); ++i) z.push_back({Rational(0), v[i]});
        return along(z);
    }
    Vector<Rational> gradient() const {
        Vector<Rational> out = Vector<Rational>::Constant(b.size(), Rational(0));
        for (const Piece& piece : pieces) out += piece.of_s[1] * piece.direction;
        return out;
    }
    Matrix<Rational> hessian() const {
        Matrix<Rational> out = Matrix<Rational>::Constant(b.size(), b.size(), Rational(0));
        for (const Piece& piece : pieces)
            if (piece.of_s.size() > 2) {
                const Matrix<Rational> outer = piece.direction * piece.direction.transpose();
                out += 2 * piece.of_s[2] * outer;
            }
        return out;
    }
    bool pieces_are_nonnegative() const {
        return std::all_of(pieces.begin(), pieces.end(),
                           [](const Piece& piece) { return piece.nonnegative.has_value(); });
    }
    nlohmann::ordered_json json() const {
        nlohmann::ordered_json out = nlohmann::ordered_json::array();
        for (const Piece& piece : pieces) {
            nlohmann::ordered_json coefficients = nlohmann::ordered_json::array();
            for (const Rational& c : piece.of_s) coefficients.push_back(text(c));
            out.push_back({{"direction", exact_list(piece.direction)},
                           {"coefficients_of_powers_of_s", coefficients}});
        }
        return out;
    }
};

Piece piece(std::string name, const Rational& c, const Vector<Rational>& direction) {
    static const Rational everywhere(Integer("1" + std::string(9, '0')));
    const auto made = [&](Polynomial of_s, std::optional<Rational> nonnegative) {
        for (Rational& coefficient : of_s) coefficient *= c;
        if (c < 0) nonnegative = std::nullopt;
        return Piece{name, std::move(of_s), nonnegative, direction};
    };
    if (name == "square") return made({0, 0, 1}, everywhere);
    if (name == "quartic") return made({0, 0, 0, 0, 1}, everywhere);
    if (name == "well bottom") return made({0, 0, 4, 4, 1}, everywhere);  // s²(s + 2)²
    if (name == "bent square") return made({0, 0, 1, 1}, Rational(1));    // s²(1 + s)
    if (name == "well top") return made({0, 0, -2, 0, 1}, std::nullopt);
    if (name == "cubic") return made({0, 0, 0, 1}, std::nullopt);
    require(name == "slope", "piece: " + name);
    return made({0, 1}, std::nullopt);
}

Vector<Rational> draw_direction(Tape& tape, Index d) {
    Vector<Rational> out(d);
    for (Index i = 0; i < d; ++i) out[i] = tape.signed_integer(2);
    if (out.isZero()) out[tape.integer(0, static_cast<int>(d) - 1)] = 1;
    return out;
}

/// Minimizers, strict and flat; and saddles, tops, slopes and cubics whose descent is not walled in.
PieceLoss draw_loss(Tape& tape, const Vector<Rational>& b) {
    PieceLoss out{b, {}};
    const Index d = b.size();
    const auto add_piece = [&](std::string name, const Rational& c) {
        out.pieces.push_back(piece(std::move(name), c, draw_direction(tape, d)));
    };
    switch (tape.integer(0, 5)) {
        case 0:
        case 1: {  // nonnegative near b
            static const char* const names[] = {"square", "quartic", "well bottom", "bent square"};
            const int count = tape.integer(1, static_cast<int>(d) + 1);
            for (int n = 0; n < count; ++n)
                add_piece(names[tape.integer(0, 3)], tape.positive_rational(3));
            break;
        }
        case 2:
            add_piece("square", tape.positive_rational(1));
            add_piece("well top", Rational(3 + tape.integer(0, 3)));  // 2·3 s² > (2s)²
            break;
        case 3:
            add_piece("slope", tape.positive_rational(3));
            add_piece("square", tape.positive_rational(3));
            break;
        case 4:
            add_piece("cubic", tape.positive_rational(3));
            add_piece("quartic", tape.positive_rational(3));
            break;
        default:
            add_piece("quartic", -tape.positive_rational(5) - 17);  // 17 s⁴ > (2s)⁴
            add_piece("quartic", tape.positive_rational(1));
    }
    return out;
}

enum class Answer { minimizer, not_minimizer, unknown };

/// Is b a local minimizer of L?
Answer judge_base(Tape& tape, const PieceLoss& L) {
    if (L.pieces_are_nonnegative()) return Answer::minimizer;
    if (!L.gradient().isZero()) return Answer::not_minimizer;
    const minima::Inertia inertia = minima::exact_inertia(L.hessian());
    if (inertia.negative > 0) return Answer::not_minimizer;
    if (inertia.positive == L.b.size()) return Answer::minimizer;
    for (int line = 0; line < 60; ++line)
        if (descends(L.along_line(draw_direction(tape, L.b.size())))) return Answer::not_minimizer;
    return Answer::unknown;
}

// ---- curves through ξ -------------------------------------------------------------------------

/// ξ_a + w_a t^{r_a}.
struct Curve {
    Vector<Rational> w;
    std::vector<int> r;

    nlohmann::ordered_json json() const { return {{"w", exact_list(w)}, {"powers_of_t", r}}; }
};

/// K(ξ(t)) − K(ξ) for small t > 0, where no entry changes sign and K is a polynomial in t: of degree
/// ≤ k max r. Two more nodes than that must agree with it.
std::optional<std::vector<Polynomial>> image_of_curve(const AnyTransfer<Rational>& transfer,
                                                      const Vector<Rational>& xi,
                                                      const Curve& curve) {
    Rational reach(1, 2);
    for (Index a = 0; a < xi.size(); ++a)
        if (xi[a] != 0 && curve.w[a] != 0)
            reach = std::min<Rational>(reach, magnitude(Rational(xi[a] / (2 * curve.w[a]))));
    const long degree = transfer.depth().num() * *std::max_element(curve.r.begin(), curve.r.end());
    const Vector<Rational> origin = transfer.apply(xi);
    std::vector<Rational> nodes;
    std::vector<std::vector<Rational>> values(static_cast<std::size_t>(origin.size()));
    for (long j = 1; j <= degree + 3; ++j) {
        const Rational t = reach * Rational(j, degree + 3);
        Vector<Rational> point = xi;
        for (Index a = 0; a < xi.size(); ++a)
            if (curve.w[a] != 0)
                point[a] +=
                    curve.w[a] * abs_power(t, Exponent(curve.r[static_cast<std::size_t>(a)]));
        const Vector<Rational> rise = transfer.apply(point) - origin;
        nodes.push_back(t);
        for (Index i = 0; i < rise.size(); ++i)
            values[static_cast<std::size_t>(i)].push_back(rise[i]);
    }
    std::vector<Polynomial> out;
    for (std::vector<Rational>& column : values) {
        Polynomial p = interpolated(nodes, std::move(column));
        p.resize(nodes.size(), Rational(0));
        for (std::size_t e = static_cast<std::size_t>(degree) + 1; e < p.size(); ++e)
            if (p[e] != 0) return std::nullopt;  // not a polynomial of this degree
        out.push_back(std::move(p));
    }
    return out;
}

/// ξ + t w with w in one block: there K − K(ξ) = t^order · leading + …
struct Arc {
    Vector<Rational> w;
    int order;
    Vector<Rational> leading;
};

std::vector<Arc> draw_arcs(Tape& tape, const AnyTransfer<Rational>& transfer,
                           const Vector<Rational>& xi, const TransferBlock& block) {
    std::vector<Arc> out;
    for (int n = 0; n < 16; ++n) {
        Arc arc;
        arc.w = Vector<Rational>::Constant(xi.size(), Rational(0));
        for (const Index a : block.surrogate) arc.w[a] = tape.signed_integer(2);
        const Curve line{arc.w, std::vector<int>(static_cast<std::size_t>(xi.size()), 1)};
        std::optional<std::vector<Polynomial>> image;
        try {
            image = image_of_curve(transfer, xi, line);
        } catch (const NotRepresentable&) {
            continue;  // an irrational norm on the way
        }
        if (!image) continue;
        std::optional<std::size_t> order;
        for (const Polynomial& p : *image)
            if (const auto low = lowest(p)) order = order ? std::min(*order, *low) : *low;
        if (!order) continue;
        arc.order = static_cast<int>(*order);
        arc.leading.resize(static_cast<Index>(image->size()));
        for (Index i = 0; i < arc.leading.size(); ++i)
            arc.leading[i] = (*image)[static_cast<std::size_t>(i)][*order];
        out.push_back(std::move(arc));
    }
    return out;
}

/// The leading terms reach every direction: not so where norms along most arcs are irrational.
bool reach_everywhere(const std::vector<Arc>& arcs, const TransferBlock& block) {
    const Index n = static_cast<Index>(block.base.size());
    Matrix<Rational> gram = Matrix<Rational>::Constant(n, n, Rational(0));
    for (const Arc& arc : arcs) {
        const Vector<Rational> leading = gather(arc.leading, block.base);
        const Matrix<Rational> outer = leading * leading.transpose();
        gram += outer;
    }
    return minima::exact_inertia(gram).positive == n;
}

using Arcs = std::vector<std::vector<Arc>>;  // by block

struct Descent {
    Curve curve;
    std::size_t order;
    Rational coefficient;
};

/// The margin of "this polynomial does not descend": its lowest coefficient against all of them.
double rise_margin(const Polynomial& h) {
    const std::optional<std::size_t> order = lowest(h);
    if (!order) return no_margin;
    Rational size(0);
    for (const Rational& coefficient : h) size += magnitude(coefficient);
    return -Rational(h[*order] / size).convert_to<double>();
}

/// A curve of one arc or none for each block, brought to a common order, on which L∘K descends.
/// @param seen  called with L along the line that each curve starts out on in the image.
std::optional<Descent> find_descent(Tape& tape, const AnyTransfer<Rational>& transfer,
                                    const Vector<Rational>& xi, const Arcs& arcs,
                                    const PieceLoss& L, int tries,
                                    const std::function<void(const Polynomial&)>& seen = {}) {
    static const Rational scales[] = {1, 2, Rational(1, 2), 3, Rational(1, 3)};
    for (int n = 0; n < tries; ++n) {
        std::vector<std::pair<const Arc*, Rational>> chosen;
        int common = 1;
        for (const std::vector<Arc>& of_block : arcs) {
            if (of_block.empty() || tape.chance(1, 4)) continue;
            const Arc& arc = of_block[static_cast<std::size_t>(
                tape.integer(0, static_cast<int>(of_block.size()) - 1))];
            chosen.emplace_back(&arc, scales[tape.integer(0, 4)]);
            common = std::lcm(common, arc.order);
        }
        Curve curve{Vector<Rational>::Constant(xi.size(), Rational(0)),
                    std::vector<int>(static_cast<std::size_t>(xi.size()), 1)};
        Vector<Rational> towards = Vector<Rational>::Constant(L.b.size(), Rational(0));
        for (const auto& [arc, scale] : chosen) {
            towards += abs_power(scale, Exponent(arc->order)) * arc->leading;
            for (Index a = 0; a < xi.size(); ++a)
                if (arc->w[a] != 0) {
                    curve.w[a] = scale * arc->w[a];
                    curve.r[static_cast<std::size_t>(a)] = common / arc->order;
                }
        }
        const Polynomial ahead = L.along_line(towards);
        if (seen) seen(ahead);
        if (!descends(ahead)) continue;  // a cheap first look
        std::optional<std::vector<Polynomial>> image;
        try {
            image = image_of_curve(transfer, xi, curve);
        } catch (const NotRepresentable&) {
            continue;
        }
        if (!image) continue;
        const Polynomial h = L.along(*image);
        if (descends(h)) return Descent{curve, *lowest(h), h[*lowest(h)]};
    }
    return std::nullopt;
}

// ---- openness ---------------------------------------------------------------------------------

bool has_full_rank(const AnyTransfer<Rational>& transfer, const Vector<Rational>& xi,
                   const TransferBlock& block) {
    if (transfer.smoothness_at(xi) < 1) return false;
    const Index n = static_cast<Index>(block.base.size());
    Matrix<Rational> rows(n, xi.size());
    for (Index i = 0; i < n; ++i) {
        Vector<Rational> e = Vector<Rational>::Constant(transfer.base_size(), Rational(0));
        e[block.base[static_cast<std::size_t>(i)]] = 1;
        rows.row(i) = transfer.pullback(xi, e).transpose();
    }
    const Matrix<Rational> gram = rows * rows.transpose();
    return minima::exact_inertia(gram).positive == n;
}

/// The point 0 outside a block is balanced, so that only the block's own balance counts.
bool is_balanced(const AnyTransfer<Rational>& transfer, const Vector<Rational>& xi,
                 const TransferBlock& block) {
    Vector<Rational> alone = Vector<Rational>::Constant(xi.size(), Rational(0));
    for (const Index a : block.surrogate) alone[a] = xi[a];
    return on_minimal_fibre(transfer, alone);
}

bool is_open(const Setting& setting, const AnyTransfer<Rational>& transfer,
             const Vector<Rational>& xi, const Arcs& arcs) {
    if (setting.transfer.injective) return true;
    const std::vector<TransferBlock> blocks = transfer.blocks();
    for (std::size_t n = 0; n < blocks.size(); ++n) {
        const TransferBlock& block = blocks[n];
        bool rises = false, falls = false;
        if (block.base.size() == 1)
            for (const Arc& arc : arcs[n]) {
                rises = rises || arc.leading[block.base[0]] > 0;
                falls = falls || arc.leading[block.base[0]] < 0;
            }
        const bool both_ways = rises && falls;
        if (!both_ways && !has_full_rank(transfer, xi, block) && !is_balanced(transfer, xi, block))
            return false;
    }
    return true;
}

// ---- certificates of minimality ---------------------------------------------------------------

Vector<Interval> box_around(const Vector<Rational>& xi, const Interval& radius) {
    Vector<Interval> out = from_rational<Interval>(xi);
    for (Index a = 0; a < xi.size(); ++a) out[a] = Interval::ball(out[a], radius);
    return out;
}

/// The first 2^{−j} for which `holds` is true of the box around ξ with that radius.
template <class Holds>
std::optional<int> box_where(const Vector<Rational>& xi, const Holds& holds) {
    const PrecisionScope scope(PrecisionScope::bits_for(50));
    Interval radius(1);
    for (int j = 0; j < 60; ++j, radius = radius / Interval(2))
        if (holds(box_around(xi, radius))) return j;
    return std::nullopt;
}

/// A box on which K stays where every piece is ≥ 0.
std::optional<int> box_of_nonnegative_pieces(const TransferSpec& spec, const Vector<Rational>& xi,
                                             const PieceLoss& L) {
    return box_where(xi, [&](const Vector<Interval>& box) {
        const Vector<Interval> z =
            make_transfer<Interval>(spec).apply(box) - from_rational<Interval>(L.b);
        return std::all_of(L.pieces.begin(), L.pieces.end(), [&](const Piece& piece) {
            const Interval s = from_rational<Interval>(piece.direction).dot(z);
            return certainly_less(s.upper_magnitude(), from_rational<Interval>(*piece.nonnegative));
        });
    });
}

// ---- where K is not open ----------------------------------------------------------------------

/// A coordinate α of a one-block transfer with K(ξ) = f(ξ_α) K(ξ | ξ_α = 1): on ξ_α = 0 the image is a
/// cone around K(ξ | ξ_α = 1), or its double. `one_sided` when f ≥ 0.
struct CommonFactor {
    TransferSpec spec;
    Index alpha;
    bool one_sided;
};

/// Nothing where K and S are no forms of the degrees that the lattice is made for.
std::optional<Lattice> lattice_of(const AnyTransfer<Rational>& transfer) {
    try {
        return Lattice(transfer);
    } catch (const PreconditionError&) {
        return std::nullopt;
    } catch (const NotRepresentable&) {
        return std::nullopt;
    }
}

/// f by exact division at (1, …, 1); the identity on every lattice point, with ξ_α replaced by the
/// integers from −k to k: K has degree ≤ k in ξ_α, on each side of 0, and in the others together.
std::optional<CommonFactor> factor_of(const TransferSpec& spec, Index alpha) {
    const AnyTransfer<Rational> transfer = make_transfer<Rational>(spec);
    const long k = spec.depth.num();
    Vector<Rational> ones = Vector<Rational>::Constant(transfer.surrogate_size(), Rational(1));
    const Rational unit = transfer.apply(ones)[0];
    if (unit == 0) return std::nullopt;
    std::vector<Rational> f;
    bool one_sided = true;
    for (long a = -k; a <= k; ++a) {
        ones[alpha] = a;
        f.push_back(transfer.apply(ones)[0] / unit);
        one_sided = one_sided && f.back() >= 0;
    }
    if (f[static_cast<std::size_t>(k)] != 0) return std::nullopt;  // f(0)
    const std::optional<Lattice> lattice = lattice_of(transfer);
    if (!lattice) return std::nullopt;
    for (const Vector<Rational>& point : lattice->points()) {
        Vector<Rational> x = point;
        x[alpha] = 1;
        const Vector<Rational> cone = transfer.apply(x);
        for (long a = -k; a <= k; ++a) {
            x[alpha] = a;
            if (transfer.apply(x) != f[static_cast<std::size_t>(a + k)] * cone) return std::nullopt;
        }
    }
    return CommonFactor{spec, alpha, one_sided};
}

/// A block at which K is not open on ξ_α = 0: in a group of two, or one coordinate that keeps its sign.
std::optional<CommonFactor> closed_block(const Setting& setting) {
    if (!setting.depth.is_integer() || setting.transfer.injective) return std::nullopt;
    for (const TransferSpec& spec : small_blocks(setting)) {
        if (spec.base_size > 2) continue;
        const Index D = make_transfer<Rational>(spec).surrogate_size();
        for (Index alpha = D; alpha-- > 0;) {
            const std::optional<CommonFactor> found = factor_of(spec, alpha);
            if (found && (found->spec.base_size == 2 || found->one_sided)) return found;
        }
    }
    return std::nullopt;
}

nlohmann::ordered_json witness(const TransferSpec& spec, const Vector<Rational>& xi,
                               const PieceLoss& L) {
    nlohmann::ordered_json out;
    out["transfer"] = spec.name;
    out["depth"] = spec.depth.text();
    out["base_size"] = spec.base_size;
    if (!spec.groups.empty()) out["groups"] = spec.groups;
    if (spec.rows > 0) {
        out["rows"] = spec.rows;
        out["width"] = spec.width;
    }
    out["lambda"] = "0";
    out["loss"] = L.json();
    out["loss_centre"] = exact_list(L.b);
    out["surrogate_point"] = exact_list(xi);
    return out;
}

constexpr std::string_view part = "minimizer of L o K iff of L";

/// ξ_α = 0, w = K(ξ | ξ_α = 1): L(f w) ≥ 0 for all f that occur and all w of a box.
///   two coordinates  L = z_1² − q z_2² + z_1⁴ + z_2⁴, q = w_1²/(2 w_2²): f²(w_1² − q w_2²) + f⁴(…) ≥ 0
///   one              L = sign(w) z + z², f ≥ 0: f|w| + f²w² ≥ 0
void check_closed(Trial& trial, const CommonFactor& factor) {
    Tape& tape = trial.tape();
    const AnyTransfer<Rational> transfer = make_transfer<Rational>(factor.spec);
    Vector<Rational> xi = draw_point(tape, transfer.surrogate_size());
    for (Index a = 0; a < xi.size(); ++a)
        if (xi[a] == 0) xi[a] = 1;
    xi[factor.alpha] = 1;
    const Vector<Rational> w = transfer.apply(xi);
    const Index d = w.size();
    for (Index i = 0; i < d; ++i)
        if (w[i] == 0) return;
    PieceLoss L{Vector<Rational>::Constant(d, Rational(0)), {}};
    Vector<Rational> e = Vector<Rational>::Constant(d, Rational(0));
    e[0] = 1;
    Rational q(0);
    if (d == 1) {
        L.pieces = {piece("slope", w[0] < 0 ? -1 : 1, e), piece("square", 1, e)};
    } else {
        Vector<Rational> other = Vector<Rational>::Constant(d, Rational(0));
        other[1] = 1;
        q = w[0] * w[0] / (2 * w[1] * w[1]);
        L.pieces = {piece("square", 1, e), piece("square", -q, other), piece("quartic", 1, e),
                    piece("quartic", 1, other)};
    }
    const std::optional<int> box = box_where(xi, [&](Vector<Interval> around) {
        around[factor.alpha] = Interval(1);  // f takes care of ξ_α
        const Vector<Interval> cone = make_transfer<Interval>(factor.spec).apply(around);
        if (d == 1) return sign_of(cone[0]) == sign_of(w[0]);
        const Interval gap = cone[0] * cone[0] - from_rational<Interval>(q) * cone[1] * cone[1];
        return sign_of(gap) == Sign::positive;
    });
    xi[factor.alpha] = 0;
    if (!box || judge_base(tape, L) != Answer::not_minimizer) return;
    nlohmann::ordered_json out = witness(factor.spec, xi, L);
    out["base"] = "not a minimizer: exact gradient or inertia";
    out["surrogate"] = "a minimizer: L o K >= 0 within 2^-" + std::to_string(*box);
    trial.refute(part, std::move(out));
}

// ---- the claim --------------------------------------------------------------------------------

/// Zero factors in any pattern; sometimes balanced.
Vector<Rational> draw_preimage(Tape& tape, const AnyTransfer<Rational>& transfer,
                               const TransferSpec& spec) {
    if (transfer.imbalance(Vector<Rational>::Constant(transfer.surrogate_size(), Rational(0)))
                .size() == 0 ||
        tape.chance(1, 4))
        return transfer.lift(draw_exact_base_point(tape, spec));
    Vector<Rational> xi = draw_point(tape, transfer.surrogate_size());
    for (Index a = 0; a < xi.size(); ++a)
        if (tape.chance(1, 4)) xi[a] = 0;
    return xi;
}

void check_open(Trial& trial) {
    Tape& tape = trial.tape();
    const TransferSpec spec =
        draw_transfer(tape, trial.setting(), draw_base_size(tape, trial.setting(), 3));
    const AnyTransfer<Rational> transfer = make_transfer<Rational>(spec);
    const Vector<Rational> xi = draw_preimage(tape, transfer, spec);
    Arcs arcs;
    for (const TransferBlock& block : transfer.blocks()) {
        arcs.push_back(draw_arcs(tape, transfer, xi, block));
        if (transfer.depth().is_even_integer() && trial.setting().transfer.injective &&
            !reach_everywhere(arcs.back(), block))
            return;  // out of reach of exact arithmetic
    }
    if (!is_open(trial.setting(), transfer, xi, arcs)) return;  // outside the hypotheses

    const PieceLoss L = draw_loss(tape, transfer.apply(xi));
    const Answer base = judge_base(tape, L);
    if (base == Answer::unknown) return trial.undecided(part, "L is degenerate at K(xi)");
    const bool is_minimizer = base == Answer::minimizer;
    if (is_minimizer && !L.pieces_are_nonnegative()) return;  // no certificate on a stated width
    const std::optional<Descent> descent = find_descent(
        tape, transfer, xi, arcs, L, is_minimizer ? 20 : 200, [&](const Polynomial& ahead) {
            if (is_minimizer) trial.note_margin([&] { return rise_margin(ahead); });
        });
    if (!is_minimizer) {
        if (descent)
            trial.holds(part);
        else
            trial.undecided(part, "no curve of descent was found in 200");
        return;
    }
    if (descent) {
        nlohmann::ordered_json out = witness(spec, xi, L);
        out["base"] = "a minimizer";
        out["surrogate_descent"] = descent->curve.json();
        out["order"] = descent->order;
        out["coefficient"] = text(descent->coefficient);
        trial.refute(part, std::move(out));
    } else if (box_of_nonnegative_pieces(spec, xi, L)) {
        trial.holds(part);
    } else {
        trial.undecided(part, "no box around xi was certified");
    }
}

void check(Trial& trial) {
    if (trial.assumes("openness")) return check_open(trial);
    if (const auto factor = closed_block(trial.setting())) check_closed(trial, *factor);
}

// ---- second mutant ----------------------------------------------------------------------------

/// ∇(L∘K)(0) = 0 and ∇²(L∘K)(0) = 0 for every L: DK(0) = 0 and the curvature of K is 0 there.
bool is_flat_at_origin(const AnyTransfer<Rational>& transfer) {
    const Index D = transfer.surrogate_size(), d = transfer.base_size();
    const Vector<Rational> zero = Vector<Rational>::Constant(D, Rational(0));
    if (transfer.smoothness_at(zero) < 2) return false;
    const Vector<Rational> ones = Vector<Rational>::Constant(d, Rational(1));
    for (Index a = 0; a < D; ++a) {
        Vector<Rational> e = zero;
        e[a] = 1;
        if (!transfer.pushforward(zero, e).isZero()) return false;
        for (Index i = 0; i < d; ++i) {
            Vector<Rational> g = Vector<Rational>::Constant(d, Rational(0));
            g[i] = 1;
            if (!transfer.curvature(zero, e, g).isZero()) return false;
        }
    }
    return true;
}

void check_second_order(Trial& trial) {
    Tape& tape = trial.tape();
    const TransferSpec spec = draw_transfer(tape, trial.setting(), tape.integer(1, 2));
    const AnyTransfer<Rational> transfer = make_transfer<Rational>(spec);
    if (!is_flat_at_origin(transfer)) return;
    const Vector<Rational> origin =
        Vector<Rational>::Constant(transfer.surrogate_size(), Rational(0));
    PieceLoss L{transfer.apply(origin), {}};
    L.pieces = {piece("slope", tape.positive_rational(3), draw_direction(tape, L.b.size())),
                piece("square", tape.positive_rational(3), draw_direction(tape, L.b.size()))};
    Arcs arcs;
    for (const TransferBlock& block : transfer.blocks())
        arcs.push_back(draw_arcs(tape, transfer, origin, block));
    const std::optional<Descent> descent = find_descent(
        tape, transfer, origin, arcs, L, 60,
        [&](const Polynomial& ahead) { trial.note_margin([&] { return rise_margin(ahead); }); });
    if (!descent) return;
    nlohmann::ordered_json out = witness(spec, origin, L);
    out["gradient_and_Hessian"] = "0";
    out["surrogate_descent"] = descent->curve.json();
    out["order"] = descent->order;
    out["coefficient"] = text(descent->coefficient);
    trial.refute("second-order stationary points of L o K are local minimizers", std::move(out));
}

bool applies(const Setting& s) { return s.depth.is_integer(); }

bool has_flat_origin(const Setting& s) {
    if (!s.depth.is_integer() || s.depth < Exponent(3)) return false;
    for (const TransferSpec& spec : small_blocks(s))
        if (is_flat_at_origin(make_transfer<Rational>(spec))) return true;
    return false;
}

const Registration registration({
    .id = "minima.unregularized",
    .statement =
        "lambda = 0: where K is open at xi, xi is a local minimizer of L o K iff K(xi) is one "
        "of L",
    .hypotheses = {{"K is continuous"}, {"K is open at xi", "openness"}},
    .source = "arXiv 2307.03571, 2207.03512",
    .argument = "K maps small neighbourhoods of xi into, and where it is open onto, small "
                "neighbourhoods of K(xi)",
    .machine =
        "exact rationals: gradient, inertia and lowest coefficients for L; for L o K a curve "
        "with a negative lowest coefficient, or a box whose image is enclosed where L >= L(K(xi))",
    .applies = applies,
    .check = check,
    .mutants =
        {{.id = "without-openness",
          .statement = "xi is a local minimizer of L o K iff K(xi) is one of L, wherever K is "
                       "continuous",
          .why =
              "near (u = e_1, nu = 0) the image is a cone around e_1, on which beta_1^2 - beta_2^2 "
              "is positive",
          .applies = [](const Setting& s) { return closed_block(s).has_value(); },
          .drops = "openness"},
         {.id = "second-order-suffices",
          .statement = "second-order stationary points of L o K are local minimizers",
          .why = "at depth >= 3 gradient and Hessian vanish at the origin for every L",
          .applies = has_flat_origin,
          .check = check_second_order}},
    .default_cases = 160,
    .on_data = false,
});

}  // namespace
}  // namespace hadamard::verify
