#pragma once

/// @file
/// `Real<D>`, D decimal digits on the stack, and what Eigen must know of it.

#include <boost/multiprecision/mpfr.hpp>

#include <Eigen/Core>

#include <limits>

namespace hadamard {

template <unsigned Digits>
using Real = boost::multiprecision::number<
    boost::multiprecision::mpfr_float_backend<Digits, boost::multiprecision::allocate_stack>,
    boost::multiprecision::et_off>;

}  // namespace hadamard

namespace Eigen {

/// Boost 1.74's own NumTraits lack infinity and quiet_NaN, and 1.81's are in another header: these
/// serve both. Do not include boost/multiprecision/eigen.hpp beside them.
template <unsigned D>
struct NumTraits<hadamard::Real<D>> : GenericNumTraits<hadamard::Real<D>> {
    using Self = hadamard::Real<D>;
    using Real = Self;
    using NonInteger = Self;
    using Nested = Self;
    using Literal = double;
    enum {
        IsComplex = 0,
        IsInteger = 0,
        IsSigned = 1,
        RequireInitialization = 1,
        ReadCost = 2,
        AddCost = 8,
        MulCost = 12
    };
    static Real epsilon() { return std::numeric_limits<Self>::epsilon(); }
    static Real dummy_precision() { return Real(1000) * epsilon(); }
    static Real highest() { return (std::numeric_limits<Self>::max)(); }
    static Real lowest() { return -(std::numeric_limits<Self>::max)(); }
    static Real infinity() { return std::numeric_limits<Self>::infinity(); }
    static Real quiet_NaN() { return std::numeric_limits<Self>::quiet_NaN(); }
    static int digits10() { return static_cast<int>(D); }
    static int digits() { return std::numeric_limits<Self>::digits; }
};

}  // namespace Eigen
