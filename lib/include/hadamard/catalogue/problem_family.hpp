#pragma once

/// @file
/// One instance over every scalar, as callers of the compiled entry points (`minima/decide.hpp`,
/// `optimizers/find.hpp`) need it: without the templates behind it, so that their files compile fast.
/// `over<T>()` is for those who include `catalogue/problem.hpp`.

#include "hadamard/core/specification.hpp"

#include <memory>

namespace hadamard {

class TransferFactory;
template <Field T>
struct Problem;

/// One instance over every scalar: the exact data, and P and Q made from them on demand.
class ProblemFamily {
public:
    /// The transfer is the catalogue's (`TransferFactory::standard()`).
    /// @throws InputError when λ ≤ 0.
    explicit ProblemFamily(Instance instance);
    ProblemFamily(Instance instance, TransferFactory factory);

    const Instance& instance() const { return instance_; }

    /// P and Q over T; over `Interval` the data are enclosed at the precision of the current scope.
    /// @throws InputError when the instance is not one: sizes, groups, depth.
    template <Field T>
    Problem<T> over() const;

    /// Whether the loss has values in Rational for rational arguments.
    bool over_rational() const;

private:
    Instance instance_;
    std::shared_ptr<const TransferFactory> factory_;
};

}  // namespace hadamard
