#pragma once

#include "hadamard/core/specification.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hadamard::transfer::detail {

/// One small spec for each depth, over shapes in turn.
inline std::vector<TransferSpec> examples_over(std::string_view name,
                                               const std::vector<Exponent>& depths,
                                               const std::vector<TransferSpec>& shapes) {
    std::vector<TransferSpec> out;
    for (std::size_t i = 0; i < depths.size(); ++i) {
        TransferSpec spec = shapes[i % shapes.size()];
        spec.name = name;
        spec.depth = depths[i];
        out.push_back(spec);
    }
    return out;
}

/// Shapes in turn: a scalar, three weighted coordinates, two weighted ones, two.
inline std::vector<TransferSpec> coordinate_examples(std::string_view name,
                                                     const std::vector<Exponent>& depths) {
    return examples_over(name, depths,
                         {{"", 2, 1, {}, {}},
                          {"", 2, 3, {}, {Rational(2), Rational(1), Rational(1, 3)}},
                          {"", 2, 2, {}, {Rational(1, 2), Rational(3)}},
                          {"", 2, 2, {}, {}}});
}

/// Shapes in turn: a singleton, interleaved groups, one group out of order, a singleton beside a
/// pair, one group of three; some with weights.
inline std::vector<TransferSpec> group_examples(std::string_view name,
                                                const std::vector<Exponent>& depths) {
    return examples_over(name, depths,
                         {{"", 2, 1, {{0}}, {}},
                          {"", 2, 3, {{0, 2}, {1}}, {Rational(2), Rational(1, 3)}},
                          {"", 2, 2, {{1, 0}}, {Rational(1, 2)}},
                          {"", 2, 3, {{0}, {2, 1}}, {Rational(1, 2), Rational(3)}},
                          {"", 2, 3, {{2, 0, 1}}, {}}});
}

}  // namespace hadamard::transfer::detail
