#include "engine/data_problems.hpp"

#include "hadamard/data/number.hpp"
#include "hadamard/data/standardize.hpp"
#include "hadamard/data/table.hpp"

#include <filesystem>
#include <set>

namespace hadamard::verify {
namespace {

std::string default_loss(const Table& table, const std::string& response) {
    const Vector<Rational> y = table.values.col(table.column(response));
    const std::set<Rational> values(y.begin(), y.end());
    return values.size() == 2 ? "logistic" : "least_squares";
}

/// Decisions hold some four matrices of the size of ∇²Q, of balls and of 50-digit numbers. The
/// estimate is for 2 factors a column, the least that transfers other than powers have.
void require_memory(const Table& table) {
    constexpr std::uint64_t bytes_per_entry = 500;
    const std::uint64_t size = 2 * table.columns.size();
    const std::uint64_t wanted = bytes_per_entry * size * size, limit = memory_limit();
    if (wanted > limit)
        throw InputError(table.source + ": " + std::to_string(table.columns.size()) +
                         " columns need about " + std::to_string(wanted >> 30) +
                         " GiB of memory to verify, " + std::to_string(limit >> 30) +
                         " GiB are available; use fewer columns");
}

/// Three significant digits: a λ one can type.
Rational rounded(const Rational& a) { return parse_decimal(short_text(a, 3)); }

}  // namespace

std::vector<DataProblem> data_problems(const DataRequest& request) {
    const Table table = read_table(request.file);
    require_memory(table);
    const std::string kind =
        request.loss.empty() ? default_loss(table, request.response) : request.loss;
    DataProblem problem;
    problem.name = std::filesystem::path(request.file).stem().string();
    problem.loss = regression_problem(table, request.response, kind, true);
    problem.unpenalised = {0};

    std::vector<Rational> lambdas = request.lambdas;
    if (lambdas.empty()) {
        const Rational largest = [&] {
            try {
                return lambda_max(problem.loss, problem.unpenalised);
            } catch (const InputError& error) {
                throw InputError(table.source + ", response " + request.response + ": " +
                                 error.what() + " (is it constant, or too large for a double?)");
            }
        }();
        for (const Rational& fraction : request.fractions)
            lambdas.push_back(rounded(largest * fraction));
    }
    std::vector<DataProblem> out;
    for (const Rational& lambda : lambdas) {
        problem.lambda = lambda;
        out.push_back(problem);
    }
    return out;
}

std::vector<DataProblem> default_data_problems(const std::string& folder) {
    std::vector<DataProblem> out =
        data_problems({.file = folder + "/diabetes.csv",
                       .response = "progression",
                       .loss = "least_squares",
                       .lambdas = {},
                       .fractions = {Rational(1, 2), Rational(1, 10), Rational(1, 100)}});
    for (DataProblem& problem : data_problems({.file = folder + "/breast_cancer.csv",
                                .response = "malignant",
                                .loss = "logistic",
                                .lambdas = {},
                                .fractions = {Rational(1, 10)}}))
        out.push_back(std::move(problem));
    return out;
}

}  // namespace hadamard::verify
