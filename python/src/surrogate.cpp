#include "hadamard/optimizers/method.hpp"

#include "matrix.hpp"

#include <pybind11/stl.h>

#include <memory>

namespace hadamard::python {
namespace {

using namespace hadamard::optim;
using List = std::vector<double>;

/// One list a field of `Sample`.
py::dict columns_of(const std::vector<Sample>& samples, bool with_points) {
    py::dict out;
    const auto column = [&](const char* name, auto field) {
        py::list values;
        for (const Sample& sample : samples) values.append(py::cast(sample.*field));
        out[name] = values;
    };
    column("iteration", &Sample::iteration);
    column("evaluations", &Sample::evaluations);
    column("cpu_seconds", &Sample::cpu_seconds);
    column("objective", &Sample::objective);
    column("surrogate_objective", &Sample::surrogate_objective);
    column("relative_gap", &Sample::relative_gap);
    column("prox_residual", &Sample::prox_residual);
    column("distance", &Sample::distance);
    column("imbalance", &Sample::imbalance);
    column("misalignment", &Sample::misalignment);
    column("support", &Sample::support);
    if (with_points) {
        column("coefficients", &Sample::coefficients);
        column("factors", &Sample::factors);
    }
    return out;
}

MethodSettings settings_of(const py::dict& options) {
    MethodSettings out;
    const auto take = [&](const char* name, auto& field) {
        if (options.contains(name))
            field = options[name].template cast<std::remove_reference_t<decltype(field)>>();
    };
    take("max_iterations", out.max_iterations);
    take("max_seconds", out.max_seconds);
    take("tolerance", out.tolerance);
    take("learning_rate", out.learning_rate);
    take("schedule", out.schedule);
    take("momentum", out.momentum);
    take("batch", out.batch);
    take("start", out.start);
    take("start_scale", out.start_scale);
    take("seed", out.seed);
    take("initial", out.initial);
    take("reference", out.reference);
    take("sampling", out.sampling);
    take("keep_points", out.keep_points);
    return out;
}

py::dict run(const SurrogateProblem& problem, const std::string& method, const py::dict& options) {
    MethodSettings settings = settings_of(options);
    Signals signals;
    settings.is_interrupted = [&] { return signals.arrived(); };
    const MethodRun found = [&] {
        const py::gil_scoped_release others_run;
        return problem.run(method, settings);
    }();
    signals.rethrow();
    py::dict out;
    out["samples"] = columns_of(found.samples, settings.keep_points);
    out["coef"] = found.coefficients;
    out["factors"] = found.factors;
    out["learning_rate"] = found.learning_rate;
    out["measuring_seconds"] = found.measuring_seconds;
    out["stop"] = found.stop;
    return out;
}

std::unique_ptr<SurrogateProblem> problem_of(const std::shared_ptr<Matrix>& X, const List& y,
                                             double lambda, const std::string& loss,
                                             double huber_delta, const std::string& transfer,
                                             int depth,
                                             std::vector<std::vector<std::ptrdiff_t>> groups,
                                             List weights, bool intercept) {
    SurrogateSpec spec;
    spec.data.X = X->design;
    spec.data.y = y;
    spec.data.loss = loss_kind(loss);
    spec.data.huber_delta = huber_delta;
    spec.data.groups = std::move(groups);
    spec.data.weights = std::move(weights);
    spec.data.intercept = intercept;
    spec.data.depth = depth;
    spec.transfer = transfer;
    spec.lambda = lambda;
    return std::make_unique<SurrogateProblem>(spec);
}

}  // namespace

void bind_surrogate(py::module_& m) {
    using P = SurrogateProblem;
    py::class_<P>(m, "SurrogateProblem")
        .def(py::init(&problem_of), py::arg("X"), py::arg("y"), py::arg("lambda_"),
             py::kw_only(), py::arg("loss"), py::arg("huber_delta"), py::arg("transfer"),
             py::arg("depth"), py::arg("groups"), py::arg("weights"), py::arg("intercept"))
        .def_property_readonly("base_size", &P::base_size)
        .def_property_readonly("surrogate_size", &P::surrogate_size)
        .def_property_readonly("is_convex", &P::is_convex)
        .def_property_readonly("null_objective", &P::null_objective)
        .def("objective", [](const P& p, const List& beta) { return p.objective(beta); })
        .def("surrogate_objective",
             [](const P& p, const List& xi) { return p.surrogate_objective(xi); })
        .def("surrogate_gradient",
             [](const P& p, const List& xi) { return p.surrogate_gradient(xi); })
        .def("surrogate_hessian",
             [](const P& p, const List& xi) { return p.surrogate_hessian(xi); })
        .def("apply", [](const P& p, const List& xi) { return p.apply(xi); })
        .def("lift", [](const P& p, const List& beta) { return p.lift(beta); })
        .def("penalty", [](const P& p, const List& xi) { return p.penalty(xi); })
        .def("induced_penalty", [](const P& p, const List& b) { return p.induced_penalty(b); })
        .def("imbalance", [](const P& p, const List& xi) { return p.imbalance(xi); })
        .def("start", [](const P& p, const py::dict& o) { return p.start(settings_of(o)); })
        .def("measure",
             [](const P& p, const List& beta) {
                 const Sample found = p.measure(beta);
                 py::dict out;
                 out["objective"] = found.objective;
                 out["relative_gap"] = found.relative_gap;
                 out["prox_residual"] = found.prox_residual;
                 out["support"] = found.support;
                 return out;
             })
        .def("obstacle", &P::obstacle)
        .def("run", &run, py::arg("method"), py::arg("options"));
    m.def("methods", [] {
        py::list out;
        for (const MethodTraits& method : method_catalogue())
            out.append(py::make_tuple(method.name, method.on_surrogate, method.summary,
                                      method.settings));
        return out;
    });
}

}  // namespace hadamard::python
