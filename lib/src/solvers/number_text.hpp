#pragma once

#include <charconv>
#include <string>

namespace hadamard::optim::detail {

/// The shortest decimal that reads back as `a`: "0.1", "1e-300", "-inf", "nan".
inline std::string shortest_text(double a) {
    char buffer[32];  // 24 are the most a double takes
    return {buffer, std::to_chars(buffer, buffer + sizeof buffer, a).ptr};
}

}  // namespace hadamard::optim::detail
