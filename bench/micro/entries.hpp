#pragma once

#include <string>

namespace hadamard::micro {

/// "matvec/arb/50/200"
inline std::string entry(const std::string& kernel, const std::string& implementation,
                         unsigned digits, long n) {
    return kernel + "/" + implementation + "/" + std::to_string(digits) + "/" + std::to_string(n);
}

void enter_hadamard();     ///< Eigen with the kernels.
void enter_eigen_boost();  ///< Eigen without.
void enter_peers();        ///< MPFR, Arb, QD.

}  // namespace hadamard::micro
