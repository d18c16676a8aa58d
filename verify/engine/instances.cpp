#include "engine/instances.hpp"

#include "hadamard/data/instance_json.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace hadamard::verify {
namespace {

std::vector<IndexList> draw_groups(Tape& tape, Index d) {
    std::vector<IndexList> groups;
    for (Index i = 0; i < d; ++i) {
        const bool joins = !groups.empty() && tape.chance(1, 2);
        if (!joins) groups.emplace_back();
        groups.back().push_back(i);
    }
    return groups;
}

/// 0 … d−1 in consecutive chunks of 3: what a group transfer is given on ungrouped data.
std::vector<IndexList> chunked(Index d) {
    constexpr Index chunk = 3;
    std::vector<IndexList> groups;
    for (Index i = 0; i < d; ++i) {
        if (i % chunk == 0) groups.emplace_back();
        groups.back().push_back(i);
    }
    return groups;
}

Matrix<Rational> draw_matrix(Tape& tape, Index rows, Index cols, int size) {
    Matrix<Rational> out(rows, cols);
    for (Index j = 0; j < cols; ++j)
        for (Index i = 0; i < rows; ++i) out(i, j) = tape.signed_integer(size);
    return out;
}

void duplicate_a_column(Tape& tape, Matrix<Rational>& X) {
    if (X.cols() < 2 || !tape.chance(1, 8)) return;
    const Index from = tape.integer(0, static_cast<int>(X.cols()) - 2);
    const Rational sign = tape.chance(1, 2) ? -1 : 1;
    X.col(X.cols() - 1) = (sign * X.col(from)).eval();
}

Vector<Rational> draw_response(Tape& tape, const std::string& kind, Index n) {
    Vector<Rational> y(n);
    const bool zero = tape.chance(1, 16);
    for (Index i = 0; i < n; ++i) {
        if (kind == "logistic")
            y[i] = tape.integer(0, 1);
        else if (kind == "poisson")
            y[i] = zero ? 0 : tape.integer(0, 4);
        else
            y[i] = zero ? Rational(0) : tape.rational(6);
    }
    // One class alone, or no counts at all, and an unpenalised intercept runs off to infinity.
    if (kind == "logistic" && n > 1) {
        y[0] = 0;
        y[1] = 1;
    }
    if (kind == "poisson" && y[0] == 0) y[0] = 1;
    return y;
}

LossSpec draw_linear_model(Tape& tape, const std::string& kind, Index size,
                           const IndexList& unpenalised) {
    LossSpec out;
    out.kind = kind;
    const Index n = size + tape.integer(0, 3);
    out.X = draw_matrix(tape, n, size, kind == "poisson" ? 1 : 3);
    duplicate_a_column(tape, out.X);
    if (!unpenalised.empty()) out.X.col(unpenalised.front()).setConstant(Rational(1));
    out.y = draw_response(tape, kind, n);
    if (kind == "huber") out.delta = tape.positive_rational(3);
    return out;
}

/// GᵀG − c·I: positive semidefinite for c = 0, indefinite for larger c; with an unpenalised
/// coordinate c = −1, lest P be unbounded along it.
LossSpec draw_quadratic(Tape& tape, Index size, bool only_convex, bool unpenalised) {
    LossSpec out;
    out.kind = "quadratic";
    const Matrix<Rational> G = draw_matrix(tape, size + tape.integer(0, 1), size, 2);
    out.A = G.transpose() * G;
    const Rational shift = unpenalised ? -1 : only_convex ? 0 : tape.integer(0, 2);
    for (Index i = 0; i < size; ++i) out.A(i, i) -= shift;
    out.b.resize(size);
    for (Index i = 0; i < size; ++i) out.b[i] = tape.rational(6);
    return out;
}

/// Σ_i (β_i⁴/4 − a_i β_i²/2 − b_i β_i) + c β_0 β_1: coercive double wells, coupled.
LossSpec draw_polynomial(Tape& tape, Index size) {
    LossSpec out;
    out.kind = "polynomial";
    const auto term = [&out, size](const Rational& c, std::vector<std::pair<Index, int>> powers) {
        Monomial m{c, std::vector<int>(static_cast<std::size_t>(size), 0)};
        for (const auto& [i, e] : powers) m.exponents[static_cast<std::size_t>(i)] += e;
        if (c != 0) out.monomials.push_back(m);
    };
    for (Index i = 0; i < size; ++i) {
        term(Rational(1, 4), {{i, 4}});
        term(Rational(-tape.integer(0, 3), 2), {{i, 2}});
        term(-tape.rational(4), {{i, 1}});
    }
    if (size > 1) term(tape.rational(2), {{0, 1}, {1, 1}});
    return out;
}

LossSpec draw_loss(Tape& tape, const Menu& menu, Index size, const IndexList& unpenalised) {
    std::vector<std::string> kinds = {"least_squares", "least_squares", "least_squares",
                                      "quadratic", "huber"};
    if (!menu.only_convex) kinds.insert(kinds.end(), {"polynomial"});
    if (!menu.only_rational) kinds.insert(kinds.end(), {"logistic", "logistic", "poisson"});
    const std::string& kind =
        kinds[static_cast<std::size_t>(tape.integer(0, static_cast<int>(kinds.size()) - 1))];
    if (kind == "quadratic")
        return draw_quadratic(tape, size, menu.only_convex, !unpenalised.empty());
    if (kind == "polynomial") return draw_polynomial(tape, size);
    return draw_linear_model(tape, kind, size, unpenalised);
}

/// Which coordinates are not penalised: mostly none, sometimes the first; or as the menu says.
/// Adds their number to `size`.
IndexList draw_unpenalised(Tape& tape, const Menu& menu, Index& size) {
    if (menu.always_unpenalised == 0) {
        if (!menu.allow_unpenalised || !tape.chance(1, 4)) return {};
        ++size;
        return {0};
    }
    const Index count = tape.integer(1, menu.always_unpenalised);
    size += count;
    IndexList out;
    for (Index j = 0; j < count; ++j) {  // leaving room for those that follow
        const Index first = out.empty() ? 0 : out.back() + 1;
        out.push_back(tape.integer(static_cast<int>(first), static_cast<int>(size - count + j)));
    }
    return out;
}

Rational draw_lambda(Tape& tape) {
    if (tape.chance(1, 16)) return Rational(1, 1000);
    if (tape.chance(1, 16)) return Rational(50);
    return tape.positive_rational(4);
}

/// Columns of a table are no matrix: any shape would do for them. Of the least width.
TransferSpec squarest(const std::vector<TransferSpec>& shapes) {
    return *std::min_element(shapes.begin(), shapes.end(), [](const auto& a, const auto& b) {
        const Index half_a = a.rows + a.base_size / a.rows, half_b = b.rows + b.base_size / b.rows;
        return std::pair(half_a, a.width) < std::pair(half_b, b.width);
    });
}

/// I − 2vvᵀ/vᵀv for a small integer vector v ≠ 0: orthogonal and rational.
Matrix<Rational> draw_reflection(Tape& tape, Index n) {
    Vector<Rational> v(n);
    for (Index i = 0; i < n; ++i) v[i] = tape.signed_integer(2);
    if (v.isZero()) v[0] = 1;
    const Matrix<Rational> square = v * v.transpose();
    return Matrix<Rational>::Identity(n, n) - square * Rational(2 / v.squaredNorm());
}

/// Σ_{i < rank} s_i² a_i c_iᵀ, column by column; rank ≤ the spec's width.
Vector<Rational> draw_exact_matrix(Tape& tape, const TransferSpec& spec) {
    const Index rows = spec.rows, cols = spec.base_size / rows, least = std::min(rows, cols);
    const Index rank = spec.width > 0 ? std::min(least, spec.width) : least;
    const Matrix<Rational> A = draw_reflection(tape, rows), C = draw_reflection(tape, cols);
    Matrix<Rational> B = Matrix<Rational>::Zero(rows, cols);
    for (Index i = 0; i < rank; ++i) {
        const Rational s(tape.integer(0, 4), tape.chance(1, 3) ? 2 : 1);
        const Vector<Rational> left = A.col(i) * Rational(s * s), right = C.col(i);
        B += left * right.transpose();
    }
    return B.reshaped();
}

}  // namespace

bool takes_matrices(const TransferTraits& transfer) {
    if (!transfer.takes_depth(2)) return false;
    const std::vector<TransferSpec> shapes =
        transfer.variants({.name = transfer.name, .depth = 2, .base_size = 1});
    return !shapes.empty() && shapes.front().rows > 0;
}

Index draw_base_size(Tape& tape, const Setting& setting, int most) {
    if (!takes_matrices(setting.transfer)) return tape.integer(1, most);
    static constexpr Index sizes[] = {1, 2, 4, 6};
    return sizes[tape.integer(0, most >= 4 ? 3 : 2)];
}

Menu decidable_menu(const Setting& setting) {
    Menu out;
    out.only_convex = takes_matrices(setting.transfer);
    return out;
}

TransferSpec draw_variant(Tape& tape, const Setting& setting, TransferSpec spec) {
    std::vector<TransferSpec> variants = setting.transfer.variants(spec);
    require(!variants.empty(), spec.name + ": no variant of depth " + spec.depth.text());
    if (variants.size() == 1) return std::move(variants.front());
    return std::move(
        variants[static_cast<std::size_t>(tape.integer(0, static_cast<int>(variants.size()) - 1))]);
}

TransferSpec draw_transfer(Tape& tape, const Setting& setting, Index d) {
    TransferSpec out;
    out.name = setting.transfer.name;
    out.depth = setting.depth;
    out.base_size = d;
    if (setting.transfer.grouped) out.groups = draw_groups(tape, d);
    if (tape.chance(1, 3)) {
        const std::size_t count =
            setting.transfer.grouped ? out.groups.size() : static_cast<std::size_t>(d);
        for (std::size_t j = 0; j < count; ++j) out.weights.push_back(tape.positive_rational(3));
    }
    return draw_variant(tape, setting, std::move(out));
}

Instance draw_instance(Tape& tape, const Setting& setting, const Menu& menu) {
    Instance out;
    const Index d = draw_base_size(tape, setting, menu.most_coordinates);
    Index size = d;
    out.unpenalised = draw_unpenalised(tape, menu, size);
    out.transfer = draw_transfer(tape, setting, d);
    out.lambda = draw_lambda(tape);
    out.loss = draw_loss(tape, menu, size, out.unpenalised);
    return out;
}

Instance instance_of(Trial& trial, const Menu& menu) {
    if (trial.data() == nullptr) return draw_instance(trial.tape(), trial.setting(), menu);
    const DataProblem& data = *trial.data();
    Instance out;
    out.loss = data.loss;
    out.lambda = data.lambda;
    out.unpenalised = data.unpenalised;
    out.transfer.name = trial.setting().transfer.name;
    out.transfer.depth = trial.setting().depth;
    out.transfer.base_size = data.loss.X.cols() - static_cast<Index>(data.unpenalised.size());
    if (trial.setting().transfer.grouped) out.transfer.groups = chunked(out.transfer.base_size);
    if (takes_matrices(trial.setting().transfer)) {
        out.transfer = squarest(trial.setting().transfer.variants(out.transfer));
        return out;
    }
    out.transfer = draw_variant(trial.tape(), trial.setting(), std::move(out.transfer));
    return out;
}

Vector<Rational> draw_point(Tape& tape, Index size) {
    Vector<Rational> out(size);
    for (Index i = 0; i < size; ++i) out[i] = tape.rational(5);
    return out;
}

Vector<Rational> draw_exact_base_point(Tape& tape, const TransferSpec& spec) {
    if (spec.rows > 0) return draw_exact_matrix(tape, spec);
    const Exponent degree(transfer_traits(spec.name).lift_degree(spec));
    const auto magnitude = [&tape, degree]() -> Rational {
        const int numerator = tape.integer(0, 4);
        const Rational s(numerator, tape.chance(1, 3) ? 2 : 1);
        return abs_power(s, degree);
    };
    Vector<Rational> beta = Vector<Rational>::Constant(spec.base_size, Rational(0));
    if (spec.groups.empty()) {
        for (Index i = 0; i < beta.size(); ++i)
            beta[i] = tape.chance(1, 2) ? -magnitude() : magnitude();
        return beta;
    }
    for (const IndexList& group : spec.groups) {
        const Rational norm = magnitude();
        // (2t, 1 − t²)/(1 + t²) is a rational unit vector.
        const Rational t = tape.rational(3);
        const Rational cosine = 2 * t / (1 + t * t), sine = (1 - t * t) / (1 + t * t);
        if (group.size() == 1) {
            beta[group[0]] = tape.chance(1, 2) ? -norm : norm;
        } else {
            // Where k_1 vectors are multiplied, the entries of a group are k_1-th powers of these.
            const Exponent power(std::max<Index>(1, spec.inner_depth));
            beta[group[0]] = norm * signed_power(cosine, power);
            beta[group[1]] = norm * signed_power(sine, power);
        }
    }
    return beta;
}

Vector<double> draw_start(Tape& tape, Index size) {
    Vector<double> out(size);
    for (Index i = 0; i < size; ++i) out[i] = tape.signed_integer(1024) / 256.0;
    return out;
}

nlohmann::ordered_json exact_list(const Vector<Rational>& x) {
    nlohmann::ordered_json out = nlohmann::ordered_json::array();
    for (Index i = 0; i < x.size(); ++i) out.push_back(text(x[i]));
    return out;
}

nlohmann::ordered_json decimal_list(const Vector<Rational>& x, int digits) {
    nlohmann::ordered_json out = nlohmann::ordered_json::array();
    for (Index i = 0; i < x.size(); ++i)
        out.push_back(from_rational<Real<100>>(x[i]).str(digits, std::ios_base::fmtflags(0)));
    return out;
}

nlohmann::ordered_json witness_of(const Instance& instance) {
    nlohmann::ordered_json out;
    out["instance"] = to_json(instance);
    return out;
}

}  // namespace hadamard::verify
