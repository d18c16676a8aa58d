#include "solvers/method_problem.hpp"

#include "hadamard/catalogue/transfers.hpp"
#include "hadamard/core/suggest.hpp"
#include "hadamard/custom/custom_transfer.hpp"
#include "hadamard/minima/duality_gap.hpp"
#include "hadamard/objectives/prox_residual.hpp"
#include "hadamard/optimizers/initialize.hpp"
#include "hadamard/optimizers/working_set.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace hadamard::optim::detail {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

template <class... Ps>
AnyTransfer<double> transfer_by_name(const TransferSpec& spec, TypeList<Ps...>) {
    std::optional<AnyTransfer<double>> out;
    ((spec.name == Ps::name ? void(out.emplace(Ps::from(spec))) : void()), ...);
    if (out) return *out;
    throw InputError(unknown_name("transfer", spec.name, {std::string(Ps::name)...}));
}

Matrix<double> dense(const Design& X, bool intercept) {
    Matrix<double> out = Matrix<double>::Zero(X.rows, X.columns + (intercept ? 1 : 0));
    for (Index j = 0; j < X.columns; ++j) {
        switch (X.layout) {
            case Design::Layout::columns:
                for (Index i = 0; i < X.rows; ++i) out(i, j) = X.values[i + j * X.stride];
                break;
            case Design::Layout::rows:
                for (Index i = 0; i < X.rows; ++i) out(i, j) = X.values[i * X.stride + j];
                break;
            case Design::Layout::sparse_columns:
                for (std::int64_t s = X.starts[j]; s < X.starts[j + 1]; ++s)
                    out(X.indices[s], j) = X.values[s];
                break;
        }
        for (Index i = 0; i < X.rows; ++i)
            if (!std::isfinite(out(i, j)))
                throw InputError("X: the entry in row " + std::to_string(i) + ", column " +
                                 std::to_string(j) + " is not finite; it must be a number");
    }
    if (intercept) out.col(X.columns).setOnes();
    return out;
}

Vector<double> checked_response(const SparseProblem& data) {
    if (!data.observation_weights.empty())
        throw InputError("observation weights: working_set takes them; the other methods, and SurrogateProblem, "
                         "weigh all rows alike");
    if (static_cast<Index>(data.y.size()) != data.X.rows)
        throw InputError("y has " + std::to_string(data.y.size()) + " entries, X has " +
                         std::to_string(data.X.rows) + " rows; they must agree");
    Vector<double> out(data.X.rows);
    for (Index i = 0; i < out.size(); ++i) {
        out[i] = data.y[static_cast<std::size_t>(i)];
        const std::string where = "y[" + std::to_string(i) + "] is " + std::to_string(out[i]);
        if (!std::isfinite(out[i])) throw InputError(where + "; it must be a finite number");
        if (data.loss == LossKind::logistic && out[i] != 0 && out[i] != 1)
            throw InputError(where + "; for logistic it must be 0 or 1");
        if (data.loss == LossKind::poisson && out[i] < 0)
            throw InputError(where + "; for poisson it must be >= 0");
    }
    return out;
}

double checked_lambda(double lambda) {
    if (!(lambda > 0) || !std::isfinite(lambda))
        throw InputError("lambda is " + std::to_string(lambda) +
                         "; it must be positive and finite");
    return lambda;
}

/// P where β = 0 and the intercept is fitted; where there is none, P(0).
double null_objective(const SparseProblem& data, double at_zero) {
    if (!data.intercept) return at_zero;
    SparseProblem plain = data;
    plain.groups.clear();
    plain.weights.clear();
    plain.depth = 2;
    WorkingSet solver(plain, {.tolerance = 1e-14});
    const double lambda_max = solver.lambda_max();
    return solver.solve(lambda_max > 0 ? 2 * lambda_max : 1).objective;
}

Vector<double> as_vector(std::span<const double> values) {
    return Eigen::Map<const Vector<double>>(values.data(), static_cast<Index>(values.size()));
}

std::vector<double> as_list(const Vector<double>& values) {
    return {values.begin(), values.end()};
}

}  // namespace

namespace {

/// @pre weights is empty, or has an entry for each unit.
bool is_free(const SparseProblem& data, std::size_t unit) {
    return !data.weights.empty() && data.weights[unit] == 0;
}

void check_weights(const SparseProblem& data) {
    const std::size_t units =
        data.groups.empty() ? static_cast<std::size_t>(data.X.columns) : data.groups.size();
    if (!data.weights.empty() && data.weights.size() != units)
        throw InputError("weights: " + std::to_string(data.weights.size()) + " of them, expected " +
                         std::to_string(units));
    for (const double w : data.weights)
        if (!(w >= 0) || !std::isfinite(w))
            throw InputError("weights: " + std::to_string(w) + ", expected finite numbers >= 0");
}

/// Of the columns that are transferred, numbered among themselves.
TransferSpec penalised_part(const SurrogateSpec& spec, const IndexList& free) {
    const SparseProblem& data = spec.data;
    TransferSpec out{.name = spec.transfer, .depth = Exponent(data.depth), .base_size = 0};
    IndexList places(static_cast<std::size_t>(data.X.columns), Index(-1));
    for (Index j = 0; j < data.X.columns; ++j)
        if (!std::binary_search(free.begin(), free.end(), j))
            places[static_cast<std::size_t>(j)] = out.base_size++;
    for (std::size_t g = 0; g < data.weights.size(); ++g)
        if (!is_free(data, g)) out.weights.push_back(to_rational(data.weights[g]));
    for (std::size_t g = 0; g < data.groups.size(); ++g) {
        if (is_free(data, g)) continue;
        out.groups.emplace_back();
        for (const std::ptrdiff_t j : data.groups[g]) {
            const bool exists = 0 <= j && j < data.X.columns;
            out.groups.back().push_back(exists ? places[static_cast<std::size_t>(j)] : Index(j));
        }
    }
    return out;
}

}  // namespace

IndexList free_positions(const SparseProblem& data) {
    IndexList out;
    const std::size_t units = data.weights.size();
    for (std::size_t g = 0; g < units; ++g) {
        if (!is_free(data, g)) continue;
        if (data.groups.empty())
            out.push_back(static_cast<Index>(g));
        else
            out.insert(out.end(), data.groups[g].begin(), data.groups[g].end());
    }
    std::sort(out.begin(), out.end());
    if (data.intercept) out.push_back(data.X.columns);
    return out;
}

AnyTransfer<double> transfer_of(const SurrogateSpec& spec) {
    check_weights(spec.data);
    const IndexList free = free_positions(spec.data);
    const TransferSpec part = penalised_part(spec, free);
    if (part.base_size == 0 && spec.data.X.columns > 0)
        throw InputError(
            "weights: all are 0, so that nothing is penalised and there is no surrogate");
    const AnyTransfer<double> inner =
        spec.form ? AnyTransfer<double>(custom::CustomTransfer<double>(spec.form, part))
                  : transfer_by_name(part, catalogue::Transfers<double>());
    return free.empty() ? inner : AnyTransfer<double>(Partial<AnyTransfer<double>>(inner, free));
}

MethodProblem::MethodProblem(const SurrogateSpec& spec)
    : data(spec.data),
      lambda(checked_lambda(spec.lambda)),
      design(dense(spec.data.X, spec.data.intercept)),
      response(checked_response(spec.data)),
      transfer(transfer_of(spec)),
      penalty(transfer.induced()),
      surrogate(RegressionLoss(design, response, AnyPointwise(data)), transfer, lambda),
      base(surrogate.loss(), penalty, lambda) {
    const Index p = data.X.columns;
    data.X = {.layout = Design::Layout::columns,
              .rows = design.rows(),
              .columns = p,
              .values = design.data(),
              .stride = design.rows()};
    data.y = {response.data(), static_cast<std::size_t>(response.size())};
    const Vector<double> zero = Vector<double>::Zero(design.cols());
    const double curvature = largest_eigenvalue(
        zero.size(), [&](const Vector<double>& v) { return base.loss().hessian_times(zero, v); });
    // The power iteration stops short of ‖∇²L‖, by a few percent at most.
    step = curvature > 0 ? 0.9 / curvature : 1;
    null_value = null_objective(data, base.value(zero));
    residual_at_zero = measured(*this, zero, nullptr, {}).prox_residual;
}

QuadraticSurrogate MethodProblem::quadratic() const {
    return {loss::LeastSquares<double>(design, response), transfer, lambda};
}

SparseProblem MethodProblem::sparse() const {
    if (penalty.target<penalty::Lq<double>>() == nullptr &&
        penalty.target<penalty::GroupLq<double>>() == nullptr)
        throw InputError("it needs a penalty that is a sum of w ||b_g||^q");
    const Exponent depth = Exponent(2) / penalty.exponent();
    if (!depth.is_integer())
        throw InputError("it has q = 2/k for whole k alone, not q = " + penalty.exponent().text());
    SparseProblem out = data;
    out.depth = static_cast<int>(depth.num());
    out.groups.clear();
    out.weights.clear();
    const std::vector<PenaltyBlock<double>> blocks = penalty.blocks();
    const bool is_grouped = std::any_of(blocks.begin(), blocks.end(), [](const auto& block) {
        return block.indices.size() != 1;
    });
    out.weights.assign(is_grouped ? 0 : static_cast<std::size_t>(data.X.columns), 0.0);
    if (is_grouped)
        for (const Index j : free_positions(data)) {
            if (j == data.X.columns) continue;  // the intercept is no column
            out.groups.push_back({j});
            out.weights.push_back(0);
        }
    for (const PenaltyBlock<double>& block : blocks) {
        if (is_grouped) {
            out.groups.emplace_back(block.indices.begin(), block.indices.end());
            out.weights.push_back(block.weight);
        } else {
            out.weights[static_cast<std::size_t>(block.indices.front())] = block.weight;
        }
    }
    return out;
}

Sample measured(const MethodProblem& problem, const Vector<double>& beta,
                const Vector<double>* factors, std::span<const double> reference) {
    Sample out;
    out.objective = problem.base.value(beta);
    const double q_part = problem.penalty.value(beta);
    out.surrogate_objective = out.imbalance = out.misalignment = none;
    if (factors != nullptr) {
        out.surrogate_objective = problem.surrogate.value(*factors);
        out.misalignment = problem.transfer.penalty(*factors) - q_part;
        const Vector<double> imbalance = problem.transfer.imbalance(*factors);
        out.imbalance = imbalance.size() == 0 ? 0 : imbalance.cwiseAbs().maxCoeff();
    }
    out.relative_gap = none;
    if (problem.penalty.exponent() == Exponent(1) && beta.allFinite())
        out.relative_gap =
            minima::duality_gap(problem.base.loss(), problem.penalty, problem.lambda, beta).gap /
            (problem.null_value > 0 ? problem.null_value : 1);
    out.prox_residual = none;
    if (problem.penalty.has_prox() && beta.allFinite())
        out.prox_residual = prox_residual(problem.penalty, beta,
                                          Vector<double>(problem.base.loss().gradient(beta)),
                                          problem.lambda, problem.step);
    out.distance = reference.empty() ? none : (beta - as_vector(reference)).norm();
    const double least = 1e-6 * beta.cwiseAbs().maxCoeff();
    const Index penalised = problem.data.X.columns;
    out.support = (beta.head(penalised).cwiseAbs().array() > least).count();
    return out;
}

Sampler::Sampler(const MethodProblem& problem, const MethodSettings& settings)
    : problem_(problem), settings_(settings) {}

bool Sampler::surrogate(const Report<double>& report) {
    const double now = clock_.seconds();
    const Vector<double> beta = problem_.transfer.apply(report.x);
    spent_ += clock_.seconds() - now;
    return at(beta, &report.x, report.iterations);
}

bool Sampler::base(const Report<double>& report) {
    return at(report.x, nullptr, report.iterations);
}

bool Sampler::at(const Vector<double>& beta, const Vector<double>* factors, Index iteration) {
    const double now = clock_.seconds();
    if (settings_.is_interrupted && settings_.is_interrupted()) {
        why_ = "interrupted";
        return false;
    }
    const double seconds = now - spent_;
    if (seconds >= settings_.max_seconds) {
        why_ = "time_limit";
        return false;
    }
    if (iteration < next_) return true;
    measure(beta, factors, iteration, seconds);
    next_ = std::max(iteration + 1,
                     static_cast<Index>(settings_.sampling * static_cast<double>(iteration)));
    const bool done = is_done(out_.samples.back());
    if (done) why_ = "tolerance_reached";
    spent_ += clock_.seconds() - now;
    return !done;
}

void Sampler::measure(const Vector<double>& beta, const Vector<double>* factors, Index iteration,
                      double seconds) {
    const double now = multiplied;
    Sample sample = measured(problem_, beta, factors, settings_.reference);
    multiplied = now;  // measuring is no work of the method
    sample.iteration = iteration;
    sample.evaluations =
        (now - multiplied_before_) / static_cast<double>(problem_.design.size());
    sample.cpu_seconds = seconds;
    if (settings_.keep_points) {
        sample.coefficients = as_list(beta);
        if (factors != nullptr) sample.factors = as_list(*factors);
    }
    if (settings_.on_sample) settings_.on_sample(sample);
    out_.samples.push_back(std::move(sample));
}

bool Sampler::is_done(const Sample& sample) const {
    if (problem_.penalty.exponent() == Exponent(1)) return sample.relative_gap <= settings_.tolerance;
    const double scale = problem_.residual_at_zero > 0 ? problem_.residual_at_zero : 1;
    return sample.prox_residual <= settings_.tolerance * scale && settings_.tolerance > 0;
}

MethodRun Sampler::finish(const Vector<double>& beta, const Vector<double>* factors,
                          Index iterations, const std::string& stop) {
    const double now = clock_.seconds();
    if (out_.samples.empty() || out_.samples.back().iteration != iterations)
        measure(beta, factors, iterations, now - spent_);
    out_.measuring_seconds = spent_ + clock_.seconds() - now;
    out_.coefficients = as_list(beta);
    if (factors != nullptr) out_.factors = as_list(*factors);
    out_.stop = why_.empty() ? stop : why_;
    return std::move(out_);
}

Vector<double> start_of(const MethodProblem& problem, const MethodSettings& settings) {
    const AnyTransfer<double>& transfer = problem.transfer;
    const double scale = settings.start_scale;
    if (settings.start == "variance_matched")
        return start::variance_matched(transfer, scale, settings.seed);
    if (settings.start == "normal") return start::small(transfer, scale, settings.seed);
    if (settings.start == "constant") return start::small(transfer, scale);
    if (settings.start == "balanced") return start::balanced(transfer, scale, settings.seed);
    try {
        return start::variance_matched(transfer, scale, settings.seed);
    } catch (const PreconditionError&) {  // K is no product: entries whose k-th powers are of that size
        return start::small(transfer, std::pow(scale, 1.0 / problem.data.depth), settings.seed);
    }
}

namespace {

/// β̂, or about where the run will end, or nothing.
Vector<double> rough_end(const MethodProblem& problem, const MethodSettings& settings) {
    if (!settings.reference.empty()) return as_vector(settings.reference);
    constexpr double rough = 1e-3;  // curvatures to a percent need no more
    try {
        return solved_by_working_set(problem, rough);
    } catch (const InputError&) {  // a penalty of another form
        return {};
    }
}

}  // namespace

double steady_rate(const MethodProblem& problem, const MethodSettings& settings,
                   const Vector<double>& start) {
    std::vector<Vector<double>> points = {start};
    if (const Vector<double> end = rough_end(problem, settings); end.size() > 0)
        points.push_back(problem.transfer.lift(end));
    double steepest = 0;
    for (const Vector<double>& xi : points)
        steepest = std::max(steepest,
                            largest_eigenvalue(xi.size(), [&](const Vector<double>& v) {
                                return problem.surrogate.hessian_times(xi, v);
                            }));
    return steepest > 0 && std::isfinite(steepest) ? 1 / steepest : 1e-2;
}

}  // namespace hadamard::optim::detail
