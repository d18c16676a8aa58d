#include "landscape/problem.hpp"

#include "hadamard/core/error.hpp"
#include "hadamard/losses/least_squares.hpp"
#include "hadamard/losses/polynomial.hpp"
#include "hadamard/losses/quadratic.hpp"
#include "hadamard/transfers/detail/spec_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace hadamard::landscape {
namespace {

using Collected = std::map<std::vector<int>, Rational>;

std::vector<int> exponents_of(int size, int i, int j = -1) {
    std::vector<int> out(static_cast<std::size_t>(size), 0);
    ++out[static_cast<std::size_t>(i)];
    if (j >= 0) ++out[static_cast<std::size_t>(j)];
    return out;
}

Collected quadratic_terms(const Matrix<Rational>& A, const Vector<Rational>& b) {
    Collected out;
    const int d = static_cast<int>(A.rows());
    for (int i = 0; i < d; ++i) {
        out[exponents_of(d, i)] -= b[i];
        out[exponents_of(d, i, i)] += A(i, i) / 2;
        for (int j = 0; j < i; ++j) out[exponents_of(d, i, j)] += A(i, j);
    }
    return out;
}

int degree_of(const std::vector<int>& exponents) {
    long sum = 0;
    for (const int e : exponents) sum += e;
    return static_cast<int>(std::min<long>(sum, 1'000'000));
}

Collected collected(const LossSpec& loss) {
    if (loss.kind == "least_squares") {
        (void)loss::LeastSquares<Rational>::from(loss);  // checks that X and y fit
        const Rational n = Rational(loss.X.rows());
        const Matrix<Rational> A = (loss.X.transpose() * loss.X) / n;
        const Vector<Rational> b = (loss.X.transpose() * loss.y) / n;
        return quadratic_terms(A, b);
    }
    if (loss.kind == "quadratic") {
        (void)loss::Quadratic<Rational>::from(loss);  // checks symmetry and sizes
        return quadratic_terms(loss.A, loss.b);
    }
    if (loss.kind == "polynomial") {
        (void)loss::Polynomial<Rational>::from(loss);
        Collected out;
        for (const Monomial& m : loss.monomials) {
            if (degree_of(m.exponents) > largest_degree)
                throw InputError(
                    fmt::format("loss.monomials: one has degree {}; at most {} is taken",
                                degree_of(m.exponents), largest_degree));
            out[m.exponents] += m.coefficient;
        }
        return out;
    }
    throw InputError("loss.kind is \"" + loss.kind +
                     "\"; certify takes least_squares, quadratic and polynomial");
}

std::vector<int> variables_of(const std::vector<int>& exponents) {
    std::vector<int> out;
    for (std::size_t i = 0; i < exponents.size(); ++i)
        if (exponents[i] > 0) out.push_back(static_cast<int>(i));
    return out;
}

Kind kind_of(const std::string& name) {
    if (name == "hadamard_product") return Kind::product;
    if (name == "hadamard_difference") return Kind::difference;
    if (name == "shared_product") return Kind::shared;
    if (name == "group_product") return Kind::group;
    if (name == "group_shared_product") return Kind::group_shared;
    throw InputError("transfer.kind is \"" + name +
                     "\"; certify takes hadamard_product, hadamard_difference, shared_product, "
                     "group_product, group_shared_product");
}

void require_depth(const TransferSpec& transfer) {
    if (!transfer.depth.is_integer() || transfer.depth < Exponent(2) ||
        transfer.depth > Exponent(largest_depth))
        throw InputError(fmt::format("transfer.depth is {}; certify takes the integers from 2 to {}",
                                     transfer.depth.text(), largest_depth));
}

void require_affordable(const Problem& problem) {
    const double count = problem.pattern_count();
    constexpr double most = 531441;  // 3^12
    if (problem.state_count() > largest_size || count > most)
        throw InputError(fmt::format(
            "the loss has {} coordinates: {}^{} sign patterns, of which a second does some thousand "
            "at best, and as many stationary points may exist; at most {:.0f} are taken",
            problem.size, problem.alphabet().size(), problem.size, most));
}

void require_affordable_groups(const Problem& problem) {
    std::size_t grouped = 0;
    for (const std::vector<int>& group : problem.groups)
        if (group.size() > 1) grouped += group.size();
    if (problem.groups.size() > largest_size)
        throw InputError(fmt::format(
            "transfer.groups are {}: 2^{} = {:.3g} patterns of groups at 0 or not, each a search of "
            "its own; at most {} groups are taken",
            problem.groups.size(), problem.groups.size(), problem.pattern_count(), largest_size));
    if (grouped > largest_grouped_size)
        throw InputError(fmt::format(
            "transfer.groups has {} coordinates in groups of two or more; boxes in all of them are "
            "bisected, and each further group of two makes that some twenty times dearer, hours "
            "beyond {}; at most {} are taken",
            grouped, largest_grouped_size, largest_grouped_size));
}

/// The groups of the transfer, one of all coordinates if it names none, with their members increasing.
void set_groups(Problem& problem) {
    TransferSpec spec = problem.instance.transfer;
    if (spec.groups.empty()) {
        spec.groups.emplace_back();
        for (Index i = 0; i < spec.base_size; ++i) spec.groups[0].push_back(i);
    }
    problem.group_of.assign(static_cast<std::size_t>(problem.size), 0);
    for (const IndexList& group : transfer::detail::checked_groups(spec)) {
        std::vector<int> members(group.begin(), group.end());
        std::sort(members.begin(), members.end());
        for (const int i : members)
            problem.group_of[static_cast<std::size_t>(i)] =
                static_cast<int>(problem.groups.size());
        problem.groups.push_back(std::move(members));
    }
    require_affordable_groups(problem);
}

/// w of every coordinate.
std::vector<Rational> weights_of(const Problem& problem) {
    const TransferSpec& transfer = problem.instance.transfer;
    const std::vector<Rational> given = transfer::detail::checked_weights<Rational>(
        transfer, static_cast<Index>(problem.state_count()));
    if (!problem.has_groups()) return given;
    std::vector<Rational> out;
    for (const int j : problem.group_of) out.push_back(given[static_cast<std::size_t>(j)]);
    return out;
}

/// Numbers far from 1 would only make searches in double run out of range and memory, and the checker
/// takes no longer fractions.
void require_moderate(const Rational& a, const std::string& field) {
    constexpr long bits = 256;
    constexpr std::size_t digits = 4096;
    if (a == 0) return;
    const Rational limit = Rational(Integer(1) << bits);
    const Rational size = a < 0 ? Rational(-a) : a;
    if (size > limit || size * limit < 1)
        throw InputError(field + " is beyond 2^256 or below 2^-256 in size; scale the problem");
    for (const mpz_srcptr part : {mpq_numref(a.backend().data()), mpq_denref(a.backend().data())})
        if (mpz_sizeinbase(part, 10) > digits)
            throw InputError(fmt::format("{} has more than {} digits", field, digits));
}

void require_moderate_numbers(const Instance& instance) {
    require_moderate(instance.lambda, "lambda");
    for (const Rational& w : instance.transfer.weights) require_moderate(w, "transfer.weights");
    for (const Matrix<Rational>* data : {&instance.loss.A, &instance.loss.X})
        for (const Rational& a : data->reshaped()) require_moderate(a, "loss");
    for (const Vector<Rational>* data : {&instance.loss.b, &instance.loss.y})
        for (const Rational& a : *data) require_moderate(a, "loss");
    for (const Monomial& m : instance.loss.monomials)
        require_moderate(m.coefficient, "loss.monomials");
}

}  // namespace

double Problem::pattern_count() const {
    return std::pow(static_cast<double>(alphabet().size()), state_count());
}

Problem problem_of(const Instance& instance) {
    Problem out;
    out.instance = instance;
    if (!instance.unpenalised.empty())
        throw InputError("unpenalised: certify takes instances whose coordinates are all penalised");
    require_moderate_numbers(instance);
    out.kind = kind_of(instance.transfer.name);
    require_depth(instance.transfer);
    out.depth = static_cast<int>(instance.transfer.depth.num());
    out.size = static_cast<int>(instance.transfer.base_size);
    if (out.has_groups()) {
        set_groups(out);
    } else {
        transfer::detail::require_no_groups(instance.transfer);
        require_affordable(out);
    }
    out.weights = weights_of(out);
    for (const Rational& w : out.weights) out.mu.push_back(2 * instance.lambda * w / out.depth);
    for (auto& [exponents, coefficient] : collected(instance.loss)) {
        const int degree = degree_of(exponents);
        if (coefficient == 0 || degree == 0) continue;
        out.degree = std::max(out.degree, degree);
        out.terms.push_back({coefficient, exponents});
    }
    if (!out.is_quadratic()) return out;
    const std::size_t d = static_cast<std::size_t>(out.size);
    out.A.assign(d, std::vector<Rational>(d));
    out.b.assign(d, Rational(0));
    for (const Monomial& term : out.terms) {
        const std::vector<int> in = variables_of(term.exponents);
        if (degree_of(term.exponents) == 1)
            out.b[static_cast<std::size_t>(in[0])] = -term.coefficient;
        else if (in.size() == 1)
            out.A[static_cast<std::size_t>(in[0])][static_cast<std::size_t>(in[0])] =
                2 * term.coefficient;
        else
            out.A[static_cast<std::size_t>(in[0])][static_cast<std::size_t>(in[1])] =
                out.A[static_cast<std::size_t>(in[1])][static_cast<std::size_t>(in[0])] =
                    term.coefficient;
    }
    return out;
}

std::vector<int> support(const std::string& signs) {
    std::vector<int> out;
    for (std::size_t i = 0; i < signs.size(); ++i)
        if (signs[i] != '0') out.push_back(static_cast<int>(i));
    return out;
}

std::vector<int> support(const Problem& problem, const std::string& signs) {
    std::vector<int> out;
    for (std::size_t i = 0; i < static_cast<std::size_t>(problem.size); ++i)
        if (signs[problem.state_index(i)] != '0') out.push_back(static_cast<int>(i));
    return out;
}

std::vector<std::string> patterns(const Problem& problem) {
    const std::string alphabet = problem.alphabet();
    std::vector<std::string> out{""};
    for (int i = 0; i < problem.state_count(); ++i) {
        std::vector<std::string> longer;
        for (const std::string& head : out)
            for (const char c : alphabet) longer.push_back(head + c);
        out = std::move(longer);
    }
    return out;
}

long orbit_size(const Problem& problem, const std::string& signs) {
    long out = 1;
    for (const char c : signs) {
        if (c == '0' || multiplicity(c) == 2) continue;
        out *= problem.is_product() ? 1L << (problem.depth - 1) : 2L;
    }
    return out;
}

}  // namespace hadamard::landscape
