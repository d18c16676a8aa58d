#include "cli/method_options.hpp"
#include "cli/run_options.hpp"
#include "cli/session.hpp"
#include "cli/solve_data.hpp"
#include "cli/solve_method.hpp"
#include "cli/solve_report.hpp"
#include "cli/verbs.hpp"
#include "hadamard/data/number.hpp"
#include "hadamard/optimizers/local_search.hpp"
#include "hadamard/optimizers/path.hpp"
#include "hadamard/optimizers/working_set.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <limits>
#include <memory>
#include <optional>

namespace hadamard::cli {
namespace {

using optim::SparseSolution;
using optim::SparseStop;

/// The words as typed; `task_of` gives them meaning.
struct Options {
    SolveRequest request;
    std::vector<std::string> lambdas;
    std::string lambda_ratio, path, ratio, folds, seed, method, tolerance, iterations, digits, json;
    MethodOptions method_options;
    bool no_standardize = false, no_intercept = false, reference = false, quiet = false;

    bool uses_working_set() const { return method == "working_set"; }
    bool json_to_file() const { return !json.empty() && json != "-"; }
    bool json_to_output() const { return json == "-"; }
};

/// At which λ, and how well.
struct Task {
    std::vector<Rational> lambdas;         ///< As typed, decreasing.
    std::optional<Rational> lambda_ratio;  ///< Of λ_max.
    std::size_t grid = 0;                  ///< Values of a path; 0: none.
    double ratio = 1e-3;                   ///< Its least λ, of λ_max.
    std::size_t folds = 0;                 ///< 0: no cross-validation.
    std::uint64_t seed = 0;
    optim::SparseSettings settings;
    int digits = 0;  ///< 0: no certificate.
    std::optional<MethodTask> method;  ///< Another than working_set.
};

constexpr std::size_t default_grid = 100;
const std::string precisions[] = {"50", "100", "200"};

Rational positive(const std::string& flag, const std::string& word, const Rational& most) {
    const std::string wanted =
        flag + ": " + in_quotes(word) + " is not a positive number" +
        (most == 1 ? " up to 1" : ", a decimal or a fraction within the range of a double");
    try {
        const Rational out = parse_rational(word);
        if (out > 0 && out <= most && from_rational<double>(out) > 0) return out;
    } catch (const InputError&) {
    }
    throw InputError(wanted);
}

const Rational& largest_double() {
    static const Rational out = to_rational(std::numeric_limits<double>::max());
    return out;
}

void require_one_way(const Options& options) {
    const int ways = (options.lambdas.empty() ? 0 : 1) + (options.lambda_ratio.empty() ? 0 : 1) +
                     (options.path.empty() ? 0 : 1);
    if (ways == 0 && options.folds.empty())
        throw InputError(
            "solve needs --lambda L, --lambda-ratio R (of lambda_max), --path N or --cv K");
    if (ways > 1)
        throw InputError("--lambda, --lambda-ratio and --path exclude one another; choose one");
    if (!options.folds.empty() && !options.lambda_ratio.empty())
        throw InputError("--cv: goes with --path or several --lambda, not with --lambda-ratio");
    if (!options.ratio.empty() && options.path.empty() &&
        (options.folds.empty() || !options.lambdas.empty()))
        throw InputError("--ratio: goes with --path or --cv; --lambda-ratio is for one lambda");
    if (!options.seed.empty() && options.folds.empty() && options.uses_working_set())
        throw InputError(
            "--seed: goes with --cv, which deals the rows to folds by it, and with methods that "
            "start at random, which working_set does not");
    if (!options.uses_working_set() &&
        (options.lambdas.size() > 1 || !options.path.empty() || !options.folds.empty()))
        throw InputError("--method " + options.method +
                         ": takes one --lambda or --lambda-ratio; paths and --cv are of "
                         "working_set");
}

/// What working_set has no use for.
void require_plain(const Options& options) {
    const MethodOptions& o = options.method_options;
    for (const auto& [flag, is_given] :
         {std::pair("--reference", options.reference),
          std::pair("--learning-rate", !o.learning_rate.empty()),
          std::pair("--schedule", !o.schedule.empty()),
          std::pair("--momentum", !o.momentum.empty()),
          std::pair("--batch", !o.batch.empty()), std::pair("--start", !o.start.empty()),
          std::pair("--start-scale", !o.start_scale.empty()),
          std::pair("--sampling", !o.sampling.empty()),
          std::pair("--max-seconds", !o.max_seconds.empty())})
        if (is_given)
            throw InputError(std::string(flag) +
                             ": working_set has no use for it; it goes with another --method");
}

std::optional<MethodTask> method_of(const Options& options, const Task& task) {
    const optim::MethodTraits traits = method_named(options.method);
    if (options.uses_working_set()) {
        require_plain(options);
        return std::nullopt;
    }
    require_use(options.method_options, traits);
    MethodTask out;
    out.traits = traits;
    apply(options.method_options, out.settings);
    out.settings.seed = task.seed;
    out.settings.tolerance = task.settings.tolerance;
    if (!options.iterations.empty()) out.settings.max_iterations = task.settings.max_iterations;
    out.with_reference = options.reference;
    if (task.digits > 0) out.reference_digits = task.digits;
    return out;
}

Task task_of(const Options& options) {
    require_one_way(options);
    Task out;
    for (const std::string& word : options.lambdas)
        out.lambdas.push_back(positive("--lambda", word, largest_double()));
    std::sort(out.lambdas.begin(), out.lambdas.end(), std::greater<Rational>());
    out.lambdas.erase(std::unique(out.lambdas.begin(), out.lambdas.end()), out.lambdas.end());
    if (!options.lambda_ratio.empty())
        out.lambda_ratio = positive("--lambda-ratio", options.lambda_ratio, largest_double());
    if (!options.path.empty())
        out.grid = static_cast<std::size_t>(whole_number("--path", options.path, 1, 100'000));
    if (!options.folds.empty()) {
        out.folds = static_cast<std::size_t>(whole_number("--cv", options.folds, 2, 1'000'000));
        if (out.lambdas.empty() && out.grid == 0) out.grid = default_grid;
    }
    if (!options.ratio.empty())
        out.ratio = from_rational<double>(positive("--ratio", options.ratio, 1));
    out.seed = options.seed.empty()
                   ? 20230707
                   : static_cast<std::uint64_t>(
                         whole_number("--seed", options.seed, 0, std::numeric_limits<long>::max()));
    if (!options.tolerance.empty())
        out.settings.tolerance = from_rational<double>(positive("--tol", options.tolerance, 1));
    if (!options.iterations.empty())
        out.settings.max_iterations =
            whole_number("--max-iterations", options.iterations, 1, 1'000'000'000);
    if (!options.digits.empty()) {
        const auto digits = std::find(std::begin(precisions), std::end(precisions), options.digits);
        if (digits == std::end(precisions))
            throw InputError("--digits: " + in_quotes(options.digits) +
                             " is none of the precisions there are: 50, 100, 200");
        out.digits = std::stoi(*digits);
    }
    out.method = method_of(options, out);
    return out;
}

double process_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// One run of `hadamard solve`: what it knows grows from step to step.
class Run {
public:
    Run(const Regression& regression, const Task& task, bool quiet)
        : regression_(regression), task_(task), problem_(regression.problem()), line_(quiet) {
        result_.tolerance = task.settings.tolerance;
        task_.settings.is_interrupted = [this] {
            line_.show(fmt::format("{}, {:.0f} s", doing_, stopwatch_.wall()));
            return stop_requested().load();
        };
        if (!task_.method) return;
        result_.method = task_.method->traits.name;
        task_.method->settings.is_interrupted = task_.settings.is_interrupted;
    }

    SolveResult operator()() {
        const double start = process_seconds();
        optim::WorkingSet solver(problem_, task_.settings);
        result_.lambda_max = solver.lambda_max();
        choose_lambdas();
        result_.is_path = task_.folds == 0 && (task_.grid > 0 || lambdas_.size() > 1);
        if (task_.folds > 0 && !validate()) return std::move(result_);
        if (task_.method) {
            solve_by_method();
            return std::move(result_);
        }
        const double ready = task_.folds > 0 ? process_seconds() : start;
        double last = ready;
        for (const Rational& lambda : lambdas_) {
            doing_ = fmt::format("lambda {} of {}", result_.solved.size() + 1, lambdas_.size());
            result_.solved.push_back({solve_at(solver, from_rational<double>(lambda)), {}, {}});
            const double now = process_seconds();
            result_.solved.back().solution.cpu_seconds = now - last;  // with what was set up for it
            last = now;
            if (result_.solved.back().solution.stop == SparseStop::interrupted) break;
        }
        result_.cpu_seconds = process_seconds() - ready;
        if (task_.digits > 0) certify_all();
        result_.interrupted = stop_requested();
        return std::move(result_);
    }

private:
    void solve_by_method() {
        std::optional<MethodAnswer> answer =
            run_method(regression_, lambdas_.front(), *task_.method,
                       [this](const std::string& what) { doing_ = what; });
        if (answer) {
            const double lambda = from_rational<double>(lambdas_.front());
            result_.solved.push_back({answer->solution(regression_, lambda), {}, {}});
            result_.solved.back().method = std::move(answer);
            result_.cpu_seconds = result_.solved.back().solution.cpu_seconds;
            if (task_.digits > 0) certify_all();
        }
        result_.interrupted = stop_requested();
    }

    /// A λ alone at q < 1 gets several starts; along a path each has the one before.
    SparseSolution solve_at(optim::WorkingSet& solver, double lambda) const {
        if (problem_.depth == 2 || result_.is_path) return solver.solve(lambda);
        optim::LocalSearchSettings settings;
        settings.solver = task_.settings;
        return optim::local_search(problem_, lambda, settings);
    }

    void choose_lambdas() {
        lambdas_ = task_.lambdas;
        if (!lambdas_.empty()) return;
        if (!(result_.lambda_max > 0))
            throw InputError(
                "lambda_max is 0: every lambda gives zeros; is the response constant, or are all "
                "columns not penalised? (--lambda takes any value)");
        if (task_.lambda_ratio) {
            lambdas_ = {
                to_rational(from_rational<double>(*task_.lambda_ratio) * result_.lambda_max)};
            return;
        }
        for (const double lambda :
             optim::lambda_grid(result_.lambda_max, task_.ratio * result_.lambda_max, task_.grid))
            lambdas_.push_back(to_rational(lambda));
    }

    /// @returns whether it came to an end.
    bool validate() {
        const double start = process_seconds();
        std::vector<double> grid;
        for (const Rational& lambda : lambdas_) grid.push_back(from_rational<double>(lambda));
        optim::CrossValidation cv = optim::cross_validate(
            problem_, grid, task_.folds, task_.seed, task_.settings, [this](std::size_t fold) {
                doing_ = fmt::format("fold {} of {}", fold + 1, task_.folds);
            });
        result_.interrupted = stop_requested();
        if (result_.interrupted) return false;
        result_.folds = task_.folds;
        result_.seed = task_.seed;
        result_.validation_seconds = process_seconds() - start;
        lambdas_ = {lambdas_[cv.best], lambdas_[cv.one_standard_error]};
        result_.validation = std::move(cv);
        return true;
    }

    void certify_all() {
        for (std::size_t k = 0; k < result_.solved.size() && !stop_requested(); ++k) {
            line_.show(fmt::format("certified {} of {}, {:.0f} s", k, result_.solved.size(),
                                   stopwatch_.wall()));
            // At q < 1 the working set would go from one method's minimizer to another.
            const Polish polish = task_.method && problem_.depth > 2 ? Polish::as_it_is
                                                                     : Polish::after_working_set;
            result_.solved[k].certificate =
                certify(regression_, result_.solved[k].solution, lambdas_[k], task_.digits, polish);
        }
    }

    const Regression& regression_;
    Task task_;
    optim::SparseProblem problem_;
    ProgressLine line_;
    Stopwatch stopwatch_;
    std::string doing_ = "lambda 1";
    std::vector<Rational> lambdas_;
    SolveResult result_;
};

int exit_code(const SolveResult& result) {
    if (result.interrupted) return interrupted;
    const auto any = [&](auto holds) {
        return std::any_of(result.solved.begin(), result.solved.end(), holds);
    };
    const auto outcome_is = [](minima::Outcome outcome) {
        return [outcome](const Solved& solved) {
            return solved.certificate && solved.certificate->decision.outcome == outcome;
        };
    };
    // What is certified is a minimizer, whether the solver in double met its tolerance or not.
    if (any([](const Solved& solved) { return !solved.certificate && !solved.converged(); }) ||
        any(outcome_is(minima::Outcome::not_minimizer)))
        return refuted_or_toothless;
    return any(outcome_is(minima::Outcome::undecided)) ? undecided : as_claimed;
}

int run(const Options& options, const std::vector<std::string>& command) {
    const Stopwatch stopwatch;
    const Task task = task_of(options);
    SolveRequest request = options.request;
    request.standardize = !options.no_standardize;
    request.intercept = !options.no_intercept;
    if (options.json_to_file() && options.json == request.file)
        throw InputError("--json: " + options.json + " is the file of the data too");
    const Regression regression(request);
    std::optional<OutputFile> file;
    if (options.json_to_file()) file.emplace(options.json);
    const SolveResult result = Run(regression, task, options.quiet)();

    nlohmann::ordered_json out = provenance("hadamard-solve", command);
    add_json(out, regression, result);
    out["seconds"] = stopwatch.seconds();
    const std::string json = out.dump(2) + "\n";
    if (file) file->commit(json);
    print(options.json_to_output() ? json : solve_tables(regression, result));
    if (result.interrupted)
        std::fputs("hadamard: interrupted; this is what was found so far\n", stderr);
    return exit_code(result);
}

void add_output_options(CLI::App& app, Options& o) {
    app.add_option(
        "--tol", o.tolerance,
        "Relative duality gap (depth 2) or residual (depth > 2) to reach (default 1e-8)");
    app.add_option("--max-iterations", o.iterations,
                   "Outer rounds for one lambda (default 1000); epochs, cycles or steps of other "
                   "methods (default 100000)");
    app.add_option("--method", o.method, "See below; the options up to --reference are of others")
        ->capture_default_str();
    add_method_options(app, o.method_options, "none");
    app.add_flag("--reference", o.reference,
                 "Certify the minimizer first (in 50 digits, or those of --digits) and measure the "
                 "distance to it");
    app.add_option("--digits", o.digits,
                   "Polish the answer to 50, 100 or 200 digits and prove that it is a local "
                   "minimizer (exit 3 where that stays undecided)");
    app.add_option("--json", o.json,
                   "Write the result as JSON to this file; - for standard output. It has all "
                   "coefficients, but along a path only those that are not 0");
    app.add_flag("--quiet", o.quiet, "No progress on standard error");
}

}  // namespace

Verb add_solve_verb(CLI::App& program, const std::vector<std::string>& command) {
    CLI::App* app = program.add_subcommand(
        "solve",
        "Fit a sparse regression to a CSV file: minimize L(b) + lambda sum_g w_g ||b_g||^(2/k)");
    const auto o = std::make_shared<Options>();
    o->method = "working_set";
    SolveRequest& request = o->request;
    app->add_option("FILE", request.file, "CSV with a header, numbers in every cell")->required();
    app->add_option("--response", request.response, "The column to predict")->required();
    app->add_option("--loss", request.loss,
                    "least_squares, huber, logistic or poisson (default: logistic for a response "
                    "with two values, else least_squares)");
    app->add_option("--delta", request.delta, "Width of the quadratic zone of huber (default 1)");
    app->add_option("--transfer", request.transfer,
                    "Whose induced penalty to use (default: hadamard_product, with --groups "
                    "group_product); a FILE.json holds one of your own");
    app->add_option("--depth", request.depth, "Depth k: q = 2/k (default 2, the convex case)");
    app->add_option("--groups", request.groups,
                    "Groups: a CSV file with the columns column,group and perhaps weight (default "
                    "1), or N for every N columns");
    app->add_option("--weights", request.weights,
                    "CSV file column,weight (default 1; 0: not penalised, inf: left out)");
    app->add_option("--observation-weights", request.observation_weights,
                    "A column of the file: weights s >= 0 of its rows. The loss is the mean that they "
                    "weigh, sum_i s_i l_i / sum_i s_i: whole ones are copies of their rows, 0 leaves a "
                    "row out; standardised by weighted means");
    app->add_flag("--no-standardize", o->no_standardize,
                  "Take the columns as they are, not with mean 0 and variance 1");
    app->add_flag("--no-intercept", o->no_intercept, "No intercept");
    app->add_option("--lambda", o->lambdas, "Values of lambda, decimals or fractions");
    app->add_option("--lambda-ratio", o->lambda_ratio, "One lambda, as a part of lambda_max");
    app->add_option("--path", o->path, "Solve for N lambda from lambda_max down");
    app->add_option("--ratio", o->ratio,
                    "The last lambda of a path over lambda_max (default 1e-3)");
    app->add_option("--cv", o->folds,
                    "Choose lambda by cross-validation with K folds and the one-standard-error "
                    "rule, on the --path (default 100 values)");
    app->add_option("--seed", o->seed,
                    "Of the folds, or of a method's start and batches (default 20230707)");
    add_output_options(*app, *o);
    app->footer(
        method_help() +
        "\nExamples:\n"
        "  hadamard solve diabetes.csv --response progression --lambda 5\n"
        "  hadamard solve diabetes.csv --response progression --path 50 --json path.json\n"
        "  hadamard solve diabetes.csv --response progression --cv 10\n"
        "  hadamard solve diabetes.csv --response progression --lambda 5 --depth 3 --digits 50\n"
        "  hadamard solve diabetes.csv --response progression --lambda 5 --method adam "
        "--reference\n"
        "Exit: 0 converged (with --digits: proved), 1 not, 2 bad input, 3 undecided, 130 "
        "interrupted.");
    return {app, [o, command] { return run(*o, command); }};
}

}  // namespace hadamard::cli
