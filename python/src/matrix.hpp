#pragma once

/// @file
/// Python's arrays as C++ sees them.

#include "hadamard/core/error.hpp"
#include "hadamard/optimizers/sparse_problem.hpp"

#include <pybind11/pybind11.h>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace hadamard::python {

namespace py = pybind11;

/// X and the Python objects that own its memory.
struct Matrix {
    std::vector<py::buffer_info> memory;
    optim::Design design;
};

template <class T>
bool holds(const py::buffer_info& array) {
    // 64 bits are "q" to pybind11 and "l" to NumPy.
    const bool is_long = std::same_as<T, std::int64_t> && array.format == "l";
    return (is_long || array.format == py::format_descriptor<T>::format()) &&
           reinterpret_cast<std::uintptr_t>(array.ptr) % alignof(T) == 0;
}

/// The entries of a one-dimensional contiguous array, in the caller's memory.
template <class T>
std::span<T> entries(const py::buffer_info& array, const char* name) {
    if (array.ndim != 1 || !holds<std::remove_const_t<T>>(array) ||
        (array.size > 1 && array.strides[0] != py::ssize_t{sizeof(T)}))
        throw PreconditionError(std::string(name) + ": not a contiguous array of its type");
    return {static_cast<T*>(array.ptr), static_cast<std::size_t>(array.size)};
}

/// Asks Python whether a signal arrived, from a thread that does not hold the GIL.
class Signals {
public:
    bool arrived() {
        if (error_) return true;
        const auto now = std::chrono::steady_clock::now();
        if (now - asked_ < interval) return false;
        asked_ = now;
        const py::gil_scoped_acquire gil;
        if (PyErr_CheckSignals() != 0) error_ = std::make_exception_ptr(py::error_already_set());
        return error_ != nullptr;
    }

    /// Throws what the signal's handler threw, KeyboardInterrupt as a rule.
    void rethrow() {
        if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
    }

private:
    /// Often enough for a person, seldom enough for other threads to keep the GIL.
    static constexpr std::chrono::milliseconds interval{50};
    std::chrono::steady_clock::time_point asked_ = std::chrono::steady_clock::now();
    std::exception_ptr error_;
};

/// `SurrogateProblem` and `methods`.
void bind_surrogate(py::module_& m);

}  // namespace hadamard::python
