#include "landscape/mutant.hpp"

#include "hadamard/core/suggest.hpp"
#include "hadamard/data/instance_json.hpp"
#include "hadamard/data/json_file.hpp"
#include "hadamard/data/number.hpp"
#include "landscape/inertia.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace hadamard::landscape {
namespace {

using Matrix = std::vector<std::vector<Rational>>;
using Direction = std::vector<Rational>;

Mutant mutant_of(const nlohmann::json& json) {
    if (!json.is_string())
        throw InputError(std::string("mutant is ") + json.type_name() +
                         "; wanted \"square\" or \"unregularized\"");
    const std::string name = json.get<std::string>();
    for (const Mutant mutant : {Mutant::square, Mutant::unregularized})
        if (name == to_string(mutant)) return mutant;
    throw InputError("mutant is \"" + name + "\"; certify knows \"square\" and \"unregularized\"" +
                     did_you_mean(name, {"square", "unregularized"}));
}

bool is_zero(const nlohmann::json& json) {
    if (json.is_number_integer()) return json.get<long>() == 0;
    if (!json.is_string()) return false;
    try {
        return parse_rational(json.get<std::string>()) == 0;
    } catch (const InputError& e) {
        throw InputError(std::string("lambda: ") + e.what());
    }
}

/// ∇²L(0); nothing if ∇L(0) ≠ 0.
std::optional<Matrix> hessian_at_zero(const Problem& problem) {
    const std::size_t d = static_cast<std::size_t>(problem.size);
    Matrix out(d, Direction(d));
    for (const Monomial& term : problem.terms) {
        std::vector<std::size_t> factors;
        for (std::size_t i = 0; i < d; ++i)
            for (int l = 0; l < std::min(term.exponents[i], 3); ++l) factors.push_back(i);
        if (factors.size() == 1) return std::nullopt;
        if (factors.size() != 2) continue;
        out[factors[0]][factors[1]] += term.coefficient;
        out[factors[1]][factors[0]] += term.coefficient;
    }
    return out;
}

Direction unit(std::size_t d, std::size_t i) {
    Direction out(d);
    out[i] = 1;
    return out;
}

/// a + c·b
Direction sum(Direction a, const Rational& c, const Direction& b) {
    for (std::size_t i = 0; i < a.size(); ++i) a[i] += c * b[i];
    return a;
}

/// e_i, or e_i ± e_j.
std::optional<Direction> short_positive_direction(const Matrix& M) {
    const std::size_t d = M.size();
    for (std::size_t i = 0; i < d; ++i)
        if (M[i][i] > 0) return unit(d, i);
    for (std::size_t i = 0; i < d; ++i)
        for (std::size_t j = 0; j < i; ++j)
            for (const int sign : {1, -1})
                if (M[i][i] + M[j][j] + 2 * sign * M[i][j] > 0)
                    return sum(unit(d, i), sign, unit(d, j));
    return std::nullopt;
}

}  // namespace

std::string to_string(Mutant mutant) {
    switch (mutant) {
        case Mutant::square: return "square";
        case Mutant::unregularized: return "unregularized";
        case Mutant::none: break;
    }
    return "none";
}

std::string Refutation::sentence() {
    return "Refuted: Q has a local minimizer whose image under K is not a local minimizer of P.";
}

Question question_from_json(nlohmann::json json) {
    Question out;
    if (json.is_object() && json.contains("mutant")) {
        out.mutant = mutant_of(json["mutant"]);
        json.erase("mutant");
    }
    const bool needs_zero = out.mutant == Mutant::unregularized;
    if (needs_zero && json.contains("lambda")) {
        if (!is_zero(json["lambda"]))
            throw InputError("lambda is " + json["lambda"].dump() +
                             "; the mutant \"unregularized\" is about lambda = 0");
        json["lambda"] = 1;  // which the reader takes
    }
    out.instance = instance_from_json(json);
    if (needs_zero) out.instance.lambda = 0;
    return out;
}

Question read_question(const std::string& path) {
    return from_json_file(path,
                          [](nlohmann::json json) { return question_from_json(std::move(json)); });
}

Problem problem_of(const Question& question) {
    Problem out = problem_of(question.instance);
    if (question.mutant == Mutant::square && (out.kind != Kind::product || out.depth != 2))
        throw InputError("transfer is " + question.instance.transfer.name + " of depth " +
                         question.instance.transfer.depth.text() +
                         "; the mutant \"square\" is about hadamard_product of depth 2");
    if (question.mutant == Mutant::unregularized &&
        (out.kind != Kind::group || out.groups.size() != 1))
        throw InputError("transfer is " + question.instance.transfer.name + " with " +
                         std::to_string(out.groups.size()) +
                         " groups; the mutant \"unregularized\" is about group_product with one "
                         "group of all coordinates");
    return out;
}

std::optional<Refutation> refuted_square(const Landscape& l) {
    for (const SurrogatePoint& point : l.surrogate) {
        const Region& region = l.regions[point.region];
        if (region.negative > 0 || region.signs.find('-') != std::string::npos) continue;
        const std::vector<OffSupport> zeros = off_support(l.problem, region);
        std::vector<int> edge;
        bool known = true;
        for (std::size_t i = 0, at = 0; i < region.signs.size(); ++i) {
            if (region.signs[i] != '0') continue;
            const OffSupport place = zeros[at++];
            if (place == OffSupport::above) edge.push_back(static_cast<int>(i));
            known = known && (place == OffSupport::above || place == OffSupport::inside);
        }
        if (!known || edge.empty()) continue;
        Refutation out;
        out.problem = l.problem;
        out.mutant = Mutant::square;
        out.bound = l.bound;
        out.regions.push_back(region);
        out.edge = std::move(edge);
        return out;
    }
    return std::nullopt;
}

std::optional<Refutation> refuted_unregularized(const Problem& problem) {
    const std::optional<Matrix> H = hessian_at_zero(problem);
    if (!H || inertia(*H).negative == 0) return std::nullopt;
    std::optional<Direction> u = positive_direction(*H);
    if (!u) return std::nullopt;
    Refutation out;
    out.problem = problem;
    out.mutant = Mutant::unregularized;
    out.bound.rule = "none";
    out.u = std::move(*u);
    return out;
}

std::optional<Direction> positive_direction(Matrix M) {
    if (std::optional<Direction> out = short_positive_direction(M)) return out;
    // No entry of the diagonal is positive. Vectors T_i with T_iᵀMT_j = M_ij: each negative pivot is
    // eliminated from the later ones until a later entry of the diagonal is positive.
    const std::size_t d = M.size();
    std::vector<Direction> T;
    for (std::size_t i = 0; i < d; ++i) T.push_back(unit(d, i));
    for (std::size_t p = 0; p < d; ++p) {
        // A zero on the diagonal with M_pj ≠ 0: (T_j + c T_p) has the square M_jj + 2c M_pj.
        for (std::size_t j = p + 1; j < d && M[p][p] == 0; ++j)
            if (M[p][j] != 0) return sum(T[j], (1 - M[j][j]) / (2 * M[p][j]), T[p]);
        if (M[p][p] == 0) continue;
        for (std::size_t i = p + 1; i < d; ++i) {
            const Rational factor = M[i][p] / M[p][p];
            T[i] = sum(std::move(T[i]), -factor, T[p]);
            for (std::size_t j = p + 1; j < d; ++j) M[i][j] -= factor * M[p][j];
            if (M[i][i] > 0) return T[i];
        }
    }
    return std::nullopt;
}

}  // namespace hadamard::landscape
