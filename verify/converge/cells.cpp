#include "converge/cells.hpp"

#include "cli/method_options.hpp"
#include "cli/run_options.hpp"
#include "cli/solve_certificate.hpp"
#include "cli/transfer_files.hpp"
#include "converge/samples.hpp"
#include "engine/user_transfers.hpp"
#include "hadamard/catalogue/any_transfer.hpp"
#include "hadamard/catalogue/registered_transfers.hpp"
#include "hadamard/core/suggest.hpp"
#include "hadamard/data/number.hpp"
#include "hadamard/data/synthetic.hpp"
#include "hadamard/optimizers/working_set.hpp"
#include "search/digest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <numeric>
#include <sstream>

namespace hadamard::converge {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

// ---- problems --------------------------------------------------------------------------------------

double real(const std::string& where, const std::string& word) {
    try {
        return from_rational<double>(parse_rational(word));
    } catch (const InputError&) {
        throw InputError(where + ": " + in_quotes(word) + " is not a number");
    }
}

/// "toeplitz:rows=100,columns=200": the fields of a SyntheticDesign.
SyntheticDesign synthetic_design(const std::string& problem) {
    SyntheticDesign out;
    const std::size_t colon = problem.find(':');
    std::string rest = colon == std::string::npos ? "" : problem.substr(colon + 1);
    while (!rest.empty()) {
        const std::size_t end = rest.find(',');
        const std::string part = rest.substr(0, end);
        rest = end == std::string::npos ? "" : rest.substr(end + 1);
        const std::size_t equals = part.find('=');
        const std::string key = part.substr(0, equals);
        const std::string where = "--problem " + problem + ": " + key;
        if (equals == std::string::npos)
            throw InputError(where + ": expected key=value, as rows=100");
        const std::string value = part.substr(equals + 1);
        const auto whole = [&] { return cli::whole_number(where, value, 0, 1'000'000'000); };
        if (key == "rows")
            out.rows = whole();
        else if (key == "columns")
            out.columns = whole();
        else if (key == "nonzeros")
            out.nonzeros = whole();
        else if (key == "group")
            out.group = whole();
        else if (key == "seed")
            out.seed = static_cast<std::uint64_t>(whole());
        else if (key == "binary")
            out.binary = whole() != 0;
        else if (key == "correlation")
            out.correlation = real(where, value);
        else if (key == "snr")
            out.snr = real(where, value);
        else
            throw InputError("--problem " + problem + ": " +
                             unknown_name("key", key,
                                          {"rows", "columns", "correlation", "nonzeros", "snr",
                                           "group", "binary", "seed"}));
    }
    return out;
}

struct Source {
    cli::SolveRequest request;
    std::shared_ptr<const Table> table;
};

bool is_file(const std::string& problem) { return problem.ends_with(".csv"); }

Source source_of(const std::string& problem, const Plan& plan) {
    static const std::map<std::string, std::string> shipped = {{"diabetes", "progression"},
                                                               {"breast_cancer", "malignant"}};
    Source out;
    out.request.file = problem;
    out.request.loss = plan.loss;
    out.request.groups = plan.groups;
    out.request.weights = plan.weights;
    out.request.intercept = plan.intercept;
    if (const auto known = shipped.find(problem); known != shipped.end()) {
        out.request.file = std::string(HADAMARD_DATA_DIR) + "/" + problem + ".csv";
        out.request.response = known->second;
        out.table = std::make_shared<Table>(read_table(out.request.file));
        return out;
    }
    if (is_file(problem)) {
        if (plan.response.empty())
            throw InputError("--problem " + problem +
                             ": needs --response, the name of the column to predict");
        out.request.response = plan.response;
        out.table = std::make_shared<Table>(read_table(problem));
        return out;
    }
    const std::string name = problem.substr(0, problem.find(':'));
    if (name != "toeplitz")
        throw InputError("--problem: " +
                         unknown_name("problem", name, {"breast_cancer", "diabetes", "toeplitz"}) +
                         " (a file must end in .csv)");
    const SyntheticDesign design = synthetic_design(problem);
    try {
        out.table = std::make_shared<Table>(synthetic_table(design));
    } catch (const InputError& error) {
        throw InputError("--problem " + problem + ": " + error.what());
    }
    out.request.response = "y";
    out.request.intercept = out.request.standardize = false;
    if (out.request.groups.empty() && design.group > 1)
        out.request.groups = std::to_string(design.group);
    return out;
}

std::string data_digest(const Source& source) {
    std::ostringstream text;
    if (source.request.file.ends_with(".csv"))
        text << std::ifstream(source.request.file, std::ios::binary).rdbuf();
    else
        for (Index i = 0; i < source.table->rows(); ++i)
            text << source.table->values.row(i) << '\n';
    return search::sha256(text.str());
}

/// Groups belong to group transfers alone.
std::shared_ptr<const cli::Regression> regression_of(const Source& source,
                                                     const std::string& transfer, int depth) {
    cli::SolveRequest request = source.request;
    request.transfer = transfer;
    request.depth = std::to_string(depth);
    if (!transfer_traits(transfer).grouped)
        request.groups.clear();
    else if (request.groups.empty())
        throw InputError("--transfer " + transfer + ": needs --groups N, every N columns a group");
    return std::make_shared<cli::Regression>(request, *source.table);
}

// ---- names -----------------------------------------------------------------------------------------

/// FNV-1a: a name, not a seal.
std::string digest(const std::string& text) {
    std::uint64_t hash = 14695981039346656037ULL;
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 1099511628211ULL;
    }
    return fmt::format("{:016x}", hash);
}

bool is_whole(const std::string& word) {
    return word.find_first_not_of("0123456789") == std::string::npos;
}

/// "2 * sum ||b_g||^(2/3)", "sum w_j |b_j|, w 0.5 to 2 (0123456789abcdef)"; what is equal here is the
/// same penalty: the digest is of weights that differ, and of groups from a file.
std::string penalty_name(const cli::Regression& regression) {
    const optim::SparseProblem problem = regression.problem();
    const int k = problem.depth;
    const bool is_grouped = !problem.groups.empty();
    const std::string power = std::string(is_grouped ? "||b_g||" : "|b_j|") +
                              (k == 2       ? ""
                               : k % 2 == 0 ? fmt::format("^(1/{})", k / 2)
                                            : fmt::format("^(2/{})", k));
    const auto [least, most] = std::minmax_element(problem.weights.begin(), problem.weights.end());
    const bool is_uniform = *least == *most;
    const std::string exact = digest(fmt::format("{} {}", problem.groups, problem.weights));
    if (!is_uniform)
        return fmt::format("sum {} {}, w {:.6g} to {:.6g} ({})", is_grouped ? "w_g" : "w_j", power,
                           *least, *most, exact);
    return (*least == 1 ? "" : fmt::format("{} * ", *least)) + "sum " + power +
           (is_whole(regression.request().groups) ? "" : fmt::format(" ({})", exact));
}

std::string key_of(const Cell& cell, const Target& target, const Plan& plan) {
    ordered_json identity = settings_json(plan.settings);
    identity["units"] = "passes, null model";  // runs measured otherwise are not taken up again
    identity["problem"] = target.problem;
    identity["response"] = plan.response;
    identity["loss"] = target.regression->loss();
    identity["groups"] = plan.groups;
    identity["intercept"] = plan.intercept;
    identity["penalty"] = target.penalty;
    identity["lambda_ratio"] = target.lambda_ratio;
    identity["method"] = cell.method;
    identity["transfer"] = cell.on_surrogate ? cell.transfer : "";
    if (const std::string words = verify::definition_of(cell.transfer);
        cell.on_surrogate && !words.empty())
        identity["definition"] = words;
    identity["depth"] = cell.depth;
    identity["seed"] = cell.seed;
    return digest(identity.dump());
}

std::vector<optim::MethodTraits> chosen_methods(const Plan& plan) {
    if (plan.methods.empty()) return optim::method_catalogue();
    std::vector<optim::MethodTraits> out;
    for (const std::string& name : plan.methods) out.push_back(cli::method_named(name));
    return out;
}

class GridBuilder {
public:
    GridBuilder(const Plan& plan, const std::function<bool()>& is_interrupted)
        : plan_(plan), is_interrupted_(is_interrupted), methods_(chosen_methods(plan)) {}

    Grid operator()() {
        std::vector<std::string> transfers;
        for (const std::string& word : plan_.transfers) {
            transfers.push_back(resolved(word));
            if (std::count(transfers.begin(), transfers.end(), transfers.back()) > 1)
                throw InputError("--transfer: " + transfers.back() + " is named twice");
        }
        for (const std::string& problem : plan_.problems) {
            const Source source = source_of(problem, plan_);
            grid_.data[problem] = data_digest(source);
            for (const std::string& transfer : transfers) {
                const TransferTraits traits = transfer_traits(transfer);
                for (const int depth : depths_of(transfer)) {
                    if (!traits.takes_depth(Exponent(depth))) {
                        leave_out(fmt::format("{} has no depth {}", transfer, depth));
                        continue;
                    }
                    if (is_interrupted_()) return std::move(grid_);
                    const auto regression = regression_of(source, transfer, depth);
                    for (const std::string& ratio : plan_.lambda_ratios)
                        add(problem, ratio, transfer, depth, regression, source.table);
                }
            }
        }
        return std::move(grid_);
    }

private:
    std::string resolved(const std::string& word) {
        const std::string name = cli::resolved_transfer(word, plan_.seed);
        if (const std::string words = verify::definition_of(name); !words.empty())
            grid_.definitions[name] = ordered_json::parse(words);
        return name;
    }

    std::vector<int> depths_of(const std::string& transfer) const {
        const RegisteredTransfer* own = registered_transfer(transfer);
        if (own == nullptr) return plan_.depths;
        if (!own->depth.is_integer())
            throw InputError("--transfer: " + transfer + " has q = " +
                             (Exponent(2) / own->depth).text() +
                             "; minimizers to measure against are found for q = 2/k with whole k "
                             "alone");
        return {static_cast<int>(own->depth.num())};
    }

    void add(const std::string& problem, const std::string& ratio, const std::string& transfer,
             int depth, const std::shared_ptr<const cli::Regression>& regression,
             const std::shared_ptr<const Table>& table) {
        const std::size_t target = target_of(problem, ratio, regression, table);
        const bool is_new = target == grid_.targets.size() - 1 && target >= known_;
        known_ = grid_.targets.size();
        const optim::SurrogateProblem surrogate =
            problem_of(grid_.targets[target], Cell{target, "", transfer, true, depth, 0, 0, ""});
        for (const optim::MethodTraits& method : methods_) {
            if (!method.on_surrogate && !is_new) continue;
            Cell cell{target, method.name, transfer, method.on_surrogate, depth, 0, 0, ""};
            if (const std::string obstacle = surrogate.obstacle(method.name); !obstacle.empty()) {
                leave_out(fmt::format("{}, {} of depth {}: {}", problem, transfer, depth, obstacle));
                continue;
            }
            for (int r = 0; r < plan_.repetitions; ++r) {
                cell.repetition = r;
                cell.seed = plan_.seed + static_cast<std::uint64_t>(r);
                cell.key = key_of(cell, grid_.targets[target], plan_);
                grid_.cells.push_back(cell);
            }
        }
    }

    /// Once for all λ.
    void leave_out(const std::string& what) {
        std::vector<std::string>& all = grid_.left_out;
        if (std::find(all.begin(), all.end(), what) == all.end()) all.push_back(what);
    }

    std::size_t target_of(const std::string& problem, const std::string& ratio,
                          const std::shared_ptr<const cli::Regression>& regression,
                          const std::shared_ptr<const Table>& table) {
        const std::string penalty = penalty_name(*regression);
        for (std::size_t t = 0; t < grid_.targets.size(); ++t)
            if (grid_.targets[t].problem == problem && grid_.targets[t].penalty == penalty &&
                grid_.targets[t].lambda_ratio == ratio)
                return t;
        Target out;
        out.problem = problem;
        out.penalty = penalty;
        out.regression = regression;
        out.table = table;
        out.lambda_ratio = ratio;
        const double share = real("--lambda-ratio", ratio);
        out.lambda_max = optim::WorkingSet(regression->problem()).lambda_max();
        if (!(out.lambda_max > 0))
            throw InputError("--problem " + problem + ": lambda_max is 0, every lambda gives zeros");
        out.lambda = share * out.lambda_max;
        grid_.targets.push_back(std::move(out));
        return grid_.targets.size() - 1;
    }

    const Plan& plan_;
    const std::function<bool()>& is_interrupted_;
    std::vector<optim::MethodTraits> methods_;
    Grid grid_;
    std::size_t known_ = 0;
};

ordered_json cell_json(const Target& target) {
    const cli::Regression& regression = *target.regression;
    ordered_json out;
    out["problem"] = target.problem;
    out["penalty"] = target.penalty;
    out["rows"] = regression.rows();
    out["columns"] = regression.columns().size();
    out["loss"] = regression.loss();
    out["intercept"] = regression.request().intercept;
    out["depth"] = regression.depth();
    out["q"] = 2.0 / regression.depth();
    out["lambda"] = target.lambda;
    out["lambda_ratio"] = real("--lambda-ratio", target.lambda_ratio);
    return out;
}

/// w of the penalty, column by column; null where all are equal.
ordered_json weights_json(const cli::Regression& regression) {
    const optim::SparseProblem problem = regression.problem();
    const std::vector<double>& w = problem.weights;
    if (std::equal(w.begin() + 1, w.end(), w.begin())) return nullptr;
    ordered_json out = ordered_json::object();
    for (std::size_t g = 0; g < w.size(); ++g) {
        if (problem.groups.empty()) out[regression.columns()[g]] = w[g];
        else
            for (const std::ptrdiff_t j : problem.groups[g])
                out[regression.columns()[static_cast<std::size_t>(j)]] = w[g];
    }
    return out;
}

/// A cell of no method, for the problem alone.
Cell any_cell(const Target& target) {
    const cli::Regression& regression = *target.regression;
    const std::string depth = regression.request().depth;
    return {0, "", regression.transfer(), false, std::stoi(depth), 0, 0, ""};
}

/// What came of certifying a solution.
struct Attempt {
    std::optional<cli::SolveCertificate> certificate;  // with a solution of all columns
    std::string reason;  // why the solution is not certified; "" if it is
};

/// β on its support alone, as a problem of its own: for q < 1 a local minimizer there is one of P,
/// since at 0 the slope of |b|^q is infinite.
struct Restricted {
    std::unique_ptr<const cli::Regression> regression;
    optim::SparseSolution solution;
    std::vector<std::size_t> columns;  // of the whole
};

Restricted restricted(const Target& target, const optim::SparseSolution& solution) {
    const cli::Regression& whole = *target.regression;
    Restricted out;
    std::vector<bool> is_kept(whole.columns().size(), false);
    for (std::size_t j = 0; j < is_kept.size(); ++j) is_kept[j] = solution.coefficients[j] != 0;
    for (const auto& group : whole.problem().groups) {
        const bool any = std::any_of(group.begin(), group.end(), [&](std::ptrdiff_t j) {
            return solution.coefficients[static_cast<std::size_t>(j)] != 0;
        });
        for (const std::ptrdiff_t j : group) is_kept[static_cast<std::size_t>(j)] = any;
    }
    out.solution = solution;
    out.solution.coefficients.clear();
    std::vector<Index> places;
    Table table{target.table->source, {}, {}};
    for (std::size_t j = 0; j < is_kept.size(); ++j) {
        if (!is_kept[j]) continue;
        out.columns.push_back(j);
        out.solution.coefficients.push_back(solution.coefficients[j]);
        table.columns.push_back(whole.columns()[j]);
        places.push_back(target.table->column(whole.columns()[j]));
    }
    table.columns.push_back(whole.request().response);
    places.push_back(target.table->column(whole.request().response));
    table.values.resize(target.table->rows(), static_cast<Index>(places.size()));
    for (std::size_t j = 0; j < places.size(); ++j)
        table.values.col(static_cast<Index>(j)) = target.table->values.col(places[j]);
    out.regression = std::make_unique<cli::Regression>(whole.request(), table);
    return out;
}

Attempt certified(const Target& target, const optim::SparseSolution& solution, int digits) {
    const cli::Regression& regression = *target.regression;
    // A decision takes seconds up to here, and cubically longer beyond.
    constexpr std::size_t most_columns = 500;
    const bool is_small = regression.columns().size() <= most_columns;
    const auto refused = [](const std::string& reason) { return Attempt{std::nullopt, reason}; };
    if (digits == 0) return refused("no digits were asked for");
    if (!is_small && regression.depth() == 2)
        return refused(fmt::format("q = 1 and {} columns; at most {} are certified",
                                   regression.columns().size(), most_columns));
    if (!is_small && (!regression.request().weights.empty() ||
                      !is_whole(regression.request().groups)))
        return refused("more than 500 columns, with weights or groups from a file");
    if (!is_small && solution.support == 0) return refused("more than 500 columns, none in use");
    try {
        const Rational lambda = to_rational(target.lambda);
        if (is_small) {
            Attempt out{cli::certify(regression, solution, lambda, digits), ""};
            if (out.certificate->decision.outcome != minima::Outcome::minimizer)
                out.reason = out.certificate->verdict() + ": " + out.certificate->decision.reason;
            return out;
        }
        const Restricted part = restricted(target, solution);
        if (part.columns.size() > most_columns)
            return refused(fmt::format("{} columns in use; at most {} are certified",
                                       part.columns.size(), most_columns));
        Attempt out{cli::certify(*part.regression, part.solution, lambda, digits), ""};
        if (out.certificate->decision.outcome != minima::Outcome::minimizer)
            out.reason = out.certificate->verdict() + ": " + out.certificate->decision.reason;
        const std::vector<double> found = out.certificate->rounded.coefficients;
        std::vector<double>& all = out.certificate->rounded.coefficients;
        all.assign(regression.columns().size(), 0.0);
        for (std::size_t i = 0; i < found.size(); ++i) all[part.columns[i]] = found[i];
        return out;
    } catch (const InputError& error) {
        return refused(error.what());
    }
}

}  // namespace

Grid grid_of(const Plan& plan, const std::function<bool()>& is_interrupted) {
    return GridBuilder(plan, is_interrupted)();
}

optim::SurrogateProblem problem_of(const Target& target, const Cell& cell) {
    optim::SurrogateSpec spec = target.regression->surrogate_spec(target.lambda);
    spec.data.depth = cell.depth;
    spec.transfer = cell.transfer;
    spec.form = verify::form_of(cell.transfer);
    return optim::SurrogateProblem(spec);
}

void find_reference(Target& target, const Plan& plan, const std::function<bool()>& is_interrupted) {
    const cli::Regression& regression = *target.regression;
    ordered_json out = {{"record", "reference"}};
    out.update(cell_json(target));
    out["groups"] = regression.group_count() > 0 ? ordered_json(regression.group_count()) : nullptr;
    out["weights"] = weights_json(regression);
    if (is_interrupted()) return;
    cli::Reference reference =
        cli::reference_of(regression, to_rational(target.lambda), 0, is_interrupted);
    optim::SparseSolution& best = reference.solution;
    if (is_interrupted()) return;
    ordered_json digits = nullptr;
    const Attempt attempt = certified(target, best, plan.digits);
    if (attempt.reason.empty()) {
        best = attempt.certificate->rounded;
        reference.verdict = "certified minimizer";
        digits = attempt.certificate->digits;
    }
    out["objective"] = best.objective;
    out["at_zero"] = problem_of(target, any_cell(target)).null_objective();
    out["verdict"] = reference.verdict;
    out["reason"] = attempt.reason.empty() ? ordered_json(nullptr) : ordered_json(attempt.reason);
    out["digits"] = digits;
    out["relative_gap"] = number_or_null(best.relative_gap);
    out["support"] = best.support;
    ordered_json& coefficients = out["coefficients"] = ordered_json::object();
    for (std::size_t j = 0; j < best.coefficients.size(); ++j)
        if (best.coefficients[j] != 0) coefficients[regression.columns()[j]] = best.coefficients[j];
    out["intercept_value"] = best.intercept;
    out["cpu_seconds"] = best.cpu_seconds;
    target.beta = cli::beta_of(regression, best);
    target.reference = std::move(out);
}

void take_reference(Target& target, const json& record) {
    const cli::Regression& regression = *target.regression;
    optim::SparseSolution solution;
    solution.coefficients.assign(regression.columns().size(), 0.0);
    for (std::size_t j = 0; j < solution.coefficients.size(); ++j)
        solution.coefficients[j] = record.at("coefficients").value(regression.columns()[j], 0.0);
    solution.intercept = record.at("intercept_value").get<double>();
    target.beta = cli::beta_of(regression, solution);
    target.reference = record;
}

ordered_json run_cell(const Target& target, const Cell& cell, const Plan& plan,
                      const std::function<bool()>& is_interrupted) {
    const optim::SurrogateProblem problem = problem_of(target, cell);
    optim::MethodSettings settings = plan.settings;
    settings.seed = cell.seed;
    settings.reference = target.beta;
    settings.is_interrupted = is_interrupted;
    const optim::MethodRun run = problem.run(cell.method, settings);
    if (run.stop == "interrupted") return nullptr;
    ordered_json out = {{"record", "run"}, {"key", cell.key}};
    out.update(cell_json(target));
    out["method"] = cell.method;
    out["on_surrogate"] = cell.on_surrogate;
    out["transfer"] = cell.on_surrogate ? ordered_json(cell.transfer) : nullptr;
    out["depth"] = cell.depth;
    out["repetition"] = cell.repetition;
    out["seed"] = cell.seed;
    out["settings"] = settings_json(plan.settings);
    out["stop"] = run.stop;
    out["iterations"] = run.samples.back().iteration;
    out["evaluations"] = run.samples.back().evaluations;
    out["cpu_seconds"] = run.samples.back().cpu_seconds;
    out["measuring_seconds"] = run.measuring_seconds;
    out["learning_rate"] = run.learning_rate > 0 ? ordered_json(run.learning_rate) : nullptr;
    out["samples"] = samples_json(run.samples, target.reference.at("objective").get<double>(),
                                  problem.null_objective());
    return out;
}

}  // namespace hadamard::converge
