/// @file
/// Apart from the rest of expressions, since the fast solvers evaluate them too.

#include "hadamard/custom/expression.hpp"

#include "hadamard/data/number.hpp"

namespace hadamard::custom {

std::string at_character(const std::string& label, std::string_view text, std::size_t position,
                         const std::string& what) {
    if (position >= text.size()) return label + ", at the end: " + what;
    constexpr std::size_t shown = 16;
    std::string rest(text.substr(position, shown));
    if (position + shown < text.size()) rest += "...";
    return label + ", character " + std::to_string(position + 1) + " (" + in_quotes(rest) +
           "): " + what;
}

void Expression::fail(const Node& node, const std::string& what) const {
    throw ExpressionError(at_character(label_, text_, node.position, what));
}

}  // namespace hadamard::custom
