/// The Python module `_peers`. Every function takes the same views and returns a dict with the
/// coefficients (λ × p), CPU seconds of this thread and counts; nothing is copied inside the clock
/// but answers.

#include "hadamard/penalties/detail/power_prox.hpp"
#include "peers.hpp"

#include <pybind11/eigen.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace py = pybind11;
using namespace peers;

namespace {

using Dense = py::array_t<double, py::array::f_style>;
using Values = py::array_t<double, py::array::c_style>;

/// A design and the arrays it looks at.
struct Held {
    Design design;
    std::vector<py::object> owners;
};

Held dense(const Dense& x) {
    if (x.ndim() != 2) throw py::value_error("dense: X must have two dimensions");
    return {DenseDesign(x.data(), x.shape(0), x.shape(1)), {x}};
}

Held sparse(const Values& values, const py::array_t<std::int32_t, py::array::c_style>& indices,
            const py::array_t<std::int64_t, py::array::c_style>& starts, Index n) {
    return {SparseDesign(values.data(), indices.data(), starts.data(), n, starts.size() - 1),
            {values, indices, starts}};
}

py::dict as_dict(const Answer& answer) {
    py::dict out;
    const Mat rows = answer.coefficients.transpose();
    out["coefficients"] = rows;
    out["cpu_seconds"] = answer.cpu_seconds;
    out["iterations"] = answer.iterations;
    return out;
}

py::dict as_dict(const OurAnswer& answer) {
    py::dict out = as_dict(static_cast<const Answer&>(answer));
    out["passes"] = answer.passes;
    out["relative_gap"] = answer.relative_gap;
    out["residual"] = answer.residual;
    out["newton_steps"] = answer.newton_steps;
    out["sweeps"] = answer.sweeps;
    return out;
}

py::array_t<double> power_prox(const Values& a, double t, int depth) {
    const hadamard::Exponent q(2, depth);
    py::array_t<double> out(a.size());
    for (py::ssize_t i = 0; i < a.size(); ++i) {
        const double y = a.data()[i];
        out.mutable_data()[i] =
            std::copysign(hadamard::penalty::detail::power_prox(std::abs(y), t, q), y);
    }
    return out;
}

}  // namespace

PYBIND11_MODULE(_peers, m) {
    m.doc() = "What bench/peers/run measures";
    py::class_<Held>(m, "Design");
    m.def("dense", &dense, py::arg("X").noconvert());
    m.def("sparse", &sparse, py::arg("values").noconvert(), py::arg("indices").noconvert(),
          py::arg("starts").noconvert(), py::arg("rows"));
    py::class_<Problem>(m, "Problem")
        .def(py::init([](const Vec& y, bool logistic, Index group, int depth) {
                 return Problem{y, logistic, group, depth};
             }),
             py::arg("y"), py::arg("logistic") = false, py::arg("group") = 1, py::arg("depth") = 2);

    m.def("fista", [](const Held& x, const Problem& problem, const std::vector<double>& lambdas,
                      double tolerance, double max_seconds) {
        return as_dict(fista(x.design, problem, lambdas, {tolerance, max_seconds}));
    });
    m.def("prox_cd", [](const Held& x, const Problem& problem, const std::vector<double>& lambdas,
                        double tolerance, double max_seconds, Index first_size) {
        return as_dict(prox_cd(x.design, problem, lambdas, {tolerance, max_seconds}, first_size));
    });
    m.def("lbfgs_on_q", [](const Held& x, const Problem& problem, double lambda, double tolerance,
                           double max_seconds, double start, std::uint64_t seed) {
        return as_dict(
            lbfgs_on_q(x.design, problem, lambda, {tolerance, max_seconds}, start, seed));
    });
    m.def("varpro", [](const Held& x, const Problem& problem, double lambda, double tolerance,
                       double max_seconds) {
        return as_dict(
            varpro(std::get<DenseDesign>(x.design), problem, lambda, {tolerance, max_seconds}));
    });
    m.def("ours", [](const Held& x, const Problem& problem, const std::vector<double>& lambdas,
                     double tolerance, double max_seconds) {
        return as_dict(ours(x.design, problem, lambdas, {tolerance, max_seconds}));
    });
    m.def("our_search", [](const Held& x, const Problem& problem, double lambda, double tolerance,
                           double max_seconds) {
        return as_dict(our_search(x.design, problem, lambda, {tolerance, max_seconds}));
    });
    m.def("kernels", [](const Held& x, const Vec& r) {
        const Kernels k = kernels(x.design, r);
        return py::make_tuple(k.pass, k.gram);
    });
    m.def("power_prox", &power_prox, "argmin t|z|^(2/depth) + (z - a)^2/2, entry by entry",
          py::arg("a"), py::arg("t"), py::arg("depth"));
}
