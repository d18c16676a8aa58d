/// @file
/// High-precision kernels side by side, entries named kernel/implementation/digits/n.
///
///     bench/micro/run                builds it, runs it, and writes results.json and the table

#include "micro/entries.hpp"

#include <benchmark/benchmark.h>

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    hadamard::micro::enter_eigen_boost();
    hadamard::micro::enter_hadamard();
    hadamard::micro::enter_peers();
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
