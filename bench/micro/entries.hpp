#pragma once

#include <benchmark/benchmark.h>

#include <string>

namespace hadamard::micro {

/// "matvec/arb/50/200"
inline std::string entry(const std::string& kernel, const std::string& implementation,
                         unsigned digits, long n) {
    return kernel + "/" + implementation + "/" + std::to_string(digits) + "/" + std::to_string(n);
}

/// Measures body().
template <class Body>
void enter(const std::string& kernel, const char* implementation, unsigned digits, long n,
           Body body) {
    benchmark::RegisterBenchmark(entry(kernel, implementation, digits, n).c_str(),
                                 [body](benchmark::State& state) mutable {
                                     for (auto _ : state) body();
                                 });
}

void enter_hadamard();     ///< Eigen with the kernels.
void enter_eigen_boost();  ///< Eigen without.
void enter_peers();        ///< MPFR, Arb, QD.

}  // namespace hadamard::micro
