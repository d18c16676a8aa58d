/// @file
/// The compiled half of the Python package. Arrays come by the buffer protocol and results go into
/// arrays that the caller made, so that one build serves every version of NumPy; what is kind to
/// the user (conversions, defaults) is in Python.

#include "hadamard/core/error.hpp"
#include "hadamard/optimizers/path.hpp"
#include "hadamard/optimizers/working_set.hpp"
#include "matrix.hpp"

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <concepts>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace py = pybind11;
using namespace hadamard;
using namespace hadamard::optim;
using namespace hadamard::python;

namespace {

/// How the solver can read an n × p array of doubles where it lies; none if it cannot. Overlapping,
/// reversed and broadcast views are among those that must be copied.
std::optional<Design> direct(const py::buffer_info& X) {
    constexpr py::ssize_t width = sizeof(double);
    if (X.ndim != 2 || !holds<double>(X)) return {};
    if (X.strides[0] % width != 0 || X.strides[1] % width != 0) return {};
    Design out;
    out.rows = X.shape[0];
    out.columns = X.shape[1];
    out.values = static_cast<const double*>(X.ptr);
    // NumPy gives any stride to an axis of length 1.
    const bool one_row = out.rows <= 1, one_column = out.columns <= 1;
    const py::ssize_t down = one_row ? 1 : X.strides[0] / width;
    const py::ssize_t across =
        one_column ? std::max(out.rows, py::ssize_t{1}) : X.strides[1] / width;
    if (down == 1 && across >= out.rows) {
        out.layout = Design::Layout::columns;
        out.stride = across;
        return out;
    }
    if ((across == 1 || one_column) && down >= out.columns) {
        out.layout = Design::Layout::rows;
        out.stride = down;
        return out;
    }
    return {};
}

std::shared_ptr<Matrix> dense(const py::buffer& X) {
    auto out = std::make_shared<Matrix>();
    out->memory.push_back(X.request());
    const std::optional<Design> design = direct(out->memory[0]);
    if (!design) throw PreconditionError("X: neither by rows nor by columns; copy it first");
    out->design = *design;
    return out;
}

std::shared_ptr<Matrix> sparse(py::ssize_t rows, const py::buffer& values, const py::buffer& starts,
                               const py::buffer& indices) {
    auto out = std::make_shared<Matrix>();
    for (const py::buffer* part : {&values, &starts, &indices})
        out->memory.push_back(part->request());
    const auto v = entries<const double>(out->memory[0], "values");
    const auto s = entries<const std::int64_t>(out->memory[1], "starts");
    const auto i = entries<const std::int32_t>(out->memory[2], "indices");
    // The solver has pointers alone, so that only here can a short array be seen.
    const std::size_t stored = std::min(v.size(), i.size());
    if (s.empty() || s[0] < 0 || !std::is_sorted(s.begin(), s.end()) ||
        static_cast<std::size_t>(s.back()) > stored)
        throw InputError("X: indptr must ascend from 0 to the number of stored entries, " +
                         std::to_string(stored));
    out->design = {.layout = Design::Layout::sparse_columns,
                   .rows = rows,
                   .columns = static_cast<std::ptrdiff_t>(s.size()) - 1,
                   .values = v.data(),
                   .starts = s.data(),
                   .indices = i.data()};
    return out;
}

/// What Python says of the problem beside X.
struct Options {
    std::string loss;
    double huber_delta;
    std::vector<std::vector<std::ptrdiff_t>> groups;
    std::vector<double> weights;
    std::vector<double> sample_weight;  ///< Kept here, viewed by the problem.
    bool intercept;
    int depth;
    double tolerance;
    std::ptrdiff_t max_iterations;
};

/// Keeps a second thread out.
class Occupied {
public:
    explicit Occupied(std::atomic<bool>& busy) : busy_(busy) {
        if (busy.exchange(true))
            throw PreconditionError("WorkingSet: in use by another thread; give each its own");
    }
    ~Occupied() { busy_ = false; }
    Occupied(const Occupied&) = delete;
    Occupied& operator=(const Occupied&) = delete;

private:
    std::atomic<bool>& busy_;
};

/// A WorkingSet that keeps its arrays alive and lets one thread in.
class Solver {
public:
    Solver(std::shared_ptr<Matrix> X, const py::buffer& y, Options options)
        : X_(std::move(X)), y_(y.request()), sample_weight_(std::move(options.sample_weight)) {
        problem_.X = X_->design;
        problem_.y = entries<const double>(y_, "y");
        problem_.loss = loss_kind(options.loss);
        problem_.huber_delta = options.huber_delta;
        problem_.groups = std::move(options.groups);
        problem_.weights = std::move(options.weights);
        problem_.intercept = options.intercept;
        problem_.depth = options.depth;
        problem_.observation_weights = sample_weight_;
        settings_ = {.tolerance = options.tolerance,
                     .max_iterations = options.max_iterations,
                     .is_interrupted = [this] { return signals_.arrived(); }};
        const py::gil_scoped_release others_run;
        solver_.emplace(problem_, settings_);
    }

    double lambda_max() {
        return alone([this] { return solver_->lambda_max(); });
    }

    /// Writes β to `coefficients` and gives the rest.
    py::dict solve(double lambda, const py::buffer& coefficients) {
        const py::buffer_info memory = coefficients.request(true);
        const auto out = entries<double>(memory, "coefficients");
        if (static_cast<std::ptrdiff_t>(out.size()) != problem_.X.columns)
            throw PreconditionError("coefficients: not one a column");
        const SparseSolution found = alone([&] { return solver_->solve(lambda); });
        std::copy(found.coefficients.begin(), found.coefficients.end(), out.begin());
        return described(found);
    }

    void start_at(const py::buffer& coefficients, double intercept) {
        const py::buffer_info memory = coefficients.request();
        const auto values = entries<const double>(memory, "coefficients");
        const Occupied here(busy_);
        solver_->start_at(values, intercept);
    }

    /// Of the problem alone: where this object's own solutions are does not matter.
    py::dict cross_validate(const std::vector<double>& lambdas, std::size_t folds,
                            std::uint64_t seed) {
        const CrossValidation found =
            alone([&] { return optim::cross_validate(problem_, lambdas, folds, seed, settings_); });
        py::dict out;
        out["lambdas"] = found.lambdas;
        out["mean_loss"] = found.mean_loss;
        out["standard_error"] = found.standard_error;
        out["best"] = found.best;
        out["one_standard_error"] = found.one_standard_error;
        out["unconverged"] = found.unconverged;
        out["worst"] = found.worst;
        return out;
    }

private:
    /// Runs without the GIL; afterwards, with it, the signal that stopped it is raised.
    template <class F>
    std::invoke_result_t<F> alone(const F& work) {
        const Occupied here(busy_);
        const auto out = [&] {
            const py::gil_scoped_release others_run;
            return work();
        }();
        signals_.rethrow();
        return out;
    }

    static py::dict described(const SparseSolution& found) {
        py::dict out;
        out["lambda_"] = found.lambda;
        out["intercept"] = found.intercept;
        out["objective"] = found.objective;
        out["gap"] = found.gap;
        out["relative_gap"] = found.relative_gap;
        out["residual"] = found.residual;
        out["support"] = found.support;
        out["iterations"] = found.iterations;
        out["newton_steps"] = found.newton_steps;
        out["sweeps"] = found.sweeps;
        out["passes"] = found.passes;
        out["cpu_seconds"] = found.cpu_seconds;
        out["stop"] = to_string(found.stop);
        return out;
    }

    std::shared_ptr<Matrix> X_;
    py::buffer_info y_;
    std::vector<double> sample_weight_;
    SparseProblem problem_;
    SparseSettings settings_;
    Signals signals_;
    std::optional<WorkingSet> solver_;
    std::atomic<bool> busy_ = false;
};

}  // namespace

PYBIND11_MODULE(_hadamard, m) {
    m.attr("version") = HADAMARD_VERSION;
    // The last one registered is asked first: the root must come before its descendants.
    py::register_exception<Error>(m, "Error", PyExc_RuntimeError);
    py::register_exception<PreconditionError>(m, "PreconditionError", PyExc_ValueError);
    py::register_exception<InputError>(m, "InputError", PyExc_ValueError);

    py::class_<Matrix, std::shared_ptr<Matrix>>(m, "Matrix")
        .def_static("is_direct",
                    [](const py::buffer& X) { return direct(X.request()).has_value(); })
        .def_static("dense", &dense)
        .def_static("sparse", &sparse, py::arg("rows"), py::arg("values"), py::arg("starts"),
                    py::arg("indices"))
        .def_property_readonly("rows", [](const Matrix& X) { return X.design.rows; })
        .def_property_readonly("columns", [](const Matrix& X) { return X.design.columns; })
        .def_property_readonly("address", [](const Matrix& X) {
            return reinterpret_cast<std::uintptr_t>(X.design.values);
        });

    py::class_<Solver>(m, "Solver")
        .def(py::init([](std::shared_ptr<Matrix> X, const py::buffer& y, std::string loss,
                         double huber_delta, std::vector<std::vector<std::ptrdiff_t>> groups,
                         std::vector<double> weights, bool intercept, int depth, double tolerance,
                         std::ptrdiff_t max_iterations, std::vector<double> sample_weight) {
                 return std::make_unique<Solver>(
                     std::move(X), y,
                     Options{std::move(loss), huber_delta, std::move(groups), std::move(weights),
                             std::move(sample_weight), intercept, depth, tolerance,
                             max_iterations});
             }),
             py::arg("X"), py::arg("y"), py::kw_only(), py::arg("loss"), py::arg("huber_delta"),
             py::arg("groups"), py::arg("weights"), py::arg("intercept"), py::arg("depth"),
             py::arg("tolerance"), py::arg("max_iterations"),
             py::arg("sample_weight") = std::vector<double>())
        .def("lambda_max", &Solver::lambda_max)
        .def("solve", &Solver::solve, py::arg("lambda_"), py::arg("coefficients"))
        .def("cross_validate", &Solver::cross_validate, py::arg("lambdas"), py::arg("folds"),
             py::arg("seed"))
        .def("start_at", &Solver::start_at, py::arg("coefficients"), py::arg("intercept"));

    bind_surrogate(m);
    m.def("lambda_grid", &lambda_grid, py::arg("largest"), py::arg("smallest"), py::arg("count"));
}
