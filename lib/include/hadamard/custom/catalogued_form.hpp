#pragma once

#include "hadamard/core/scalar.hpp"
#include "hadamard/custom/expression.hpp"

#include <optional>
#include <string>

namespace hadamard::custom {

/// A transfer of the catalogue that a user's K and S are, coordinate by coordinate, up to the order of
/// the factors and a constant: S = scale · S of the catalogue, so that λS = (λ·scale)·S of it.
struct CataloguedForm {
    std::string name;
    long depth = 2;
    Rational scale = 1;
};

/// hadamard_product, shared_product or hadamard_difference of integer depth, read off the form of the
/// expressions, not from values; none where they are written as something else.
std::optional<CataloguedForm> catalogued_form(const Expression& K, const Expression& S);

}  // namespace hadamard::custom
