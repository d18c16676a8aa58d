/// @file
/// Plain Eigen over Real<D>: compiled once with the kernels behind it and once without.

#include "micro/entries.hpp"
#include "micro/problem.hpp"

#include "hadamard/core/scalar.hpp"
#include "hadamard/core/types.hpp"
#include "hadamard/minima/inertia.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <benchmark/benchmark.h>

namespace hadamard::micro {
namespace {

#define HADAMARD_TEXT_OF(word) #word
#define HADAMARD_TEXT(word) HADAMARD_TEXT_OF(word)
constexpr const char* implementation = HADAMARD_TEXT(IMPLEMENTATION);
constexpr bool has_kernels = HADAMARD_KERNELS != 0;

template <class Body>
void enter(const std::string& kernel, unsigned digits, Index n, Body body) {
    benchmark::RegisterBenchmark(entry(kernel, implementation, digits, n).c_str(),
                                 [body](benchmark::State& state) mutable {
                                     for (auto _ : state) body();
                                 });
}

template <unsigned D>
void enter_all() {
    using T = Real<D>;
    for (const Index n : {50, 200}) {
        const Matrix<T> A = matrix<T>(n);
        const Vector<T> x = vector<T>(n);
        Vector<T> y(n);
        Matrix<T> G(n, n);
        enter("matvec", D, n, [=]() mutable {
            y.noalias() = A * x;
            benchmark::DoNotOptimize(y.data());
        });
        enter("gram", D, n, [=]() mutable {
            G.noalias() = A.transpose() * A;
            benchmark::DoNotOptimize(G.data());
        });
        Matrix<T> definite = A.transpose() * A;
        for (Index i = 0; i < n; ++i) definite(i, i) += T(1);
        enter("llt_solve", D, n, [=]() mutable {
            y = definite.llt().solve(x);
            benchmark::DoNotOptimize(y.data());
        });
        if (n > 50) continue;
        const Matrix<T> symmetric = (A + A.transpose()).eval();
        enter("eigenvalues", D, n, [=] {
            const Eigen::SelfAdjointEigenSolver<Matrix<T>> solver(symmetric,
                                                                  Eigen::EigenvaluesOnly);
            benchmark::DoNotOptimize(solver.eigenvalues().data());
        });
        if (has_kernels)
            enter("inertia", D, n, [=] {
                benchmark::DoNotOptimize(minima::enclosed_inertia(symmetric).positive);
            });
    }
    const Vector<T> b = vector<T>(100);
    enter("power_2_3", D, 1, [=, i = Index(0)]() mutable {
        i = (i + 1) % 100;
        T out;
        if (has_kernels)
            out = abs_power(b[i], Exponent(2, 3));
        else
            out = pow(abs(b[i]), T(T(2) / T(3)));
        benchmark::DoNotOptimize(&out);
    });
}

}  // namespace

#if HADAMARD_KERNELS
void enter_hadamard()
#else
__attribute__((visibility("default"))) void enter_eigen_boost()
#endif
{
    enter_all<34>();
    enter_all<50>();
    enter_all<100>();
    enter_all<200>();
}

}  // namespace hadamard::micro
