/// @file
/// Plain Eigen over Real<D>: compiled once with the kernels behind it and once without.

#include "micro/entries.hpp"
#include "micro/problem.hpp"

#include "hadamard/core/scalar.hpp"
#include "hadamard/core/types.hpp"
#include "hadamard/minima/inertia.hpp"

#include <benchmark/benchmark.h>
#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

namespace hadamard::micro {
namespace {

constexpr const char* implementation = HADAMARD_KERNELS ? "hadamard" : "eigen_boost";
constexpr bool has_kernels = HADAMARD_KERNELS != 0;

template <unsigned D>
void enter_all() {
    using T = Real<D>;
    for (const Index n : {50, 200}) {
        const Matrix<T> A = matrix<T>(n);
        const Vector<T> x = vector<T>(n);
        Vector<T> y(n);
        Matrix<T> G(n, n);
        enter("matvec", implementation, D, n, [=]() mutable {
            y.noalias() = A * x;
            benchmark::DoNotOptimize(y.data());
        });
        enter("gram", implementation, D, n, [=]() mutable {
            G.noalias() = A.transpose() * A;
            benchmark::DoNotOptimize(G.data());
        });
        Matrix<T> definite = A.transpose() * A;
        for (Index i = 0; i < n; ++i) definite(i, i) += T(1);
        enter("llt_solve", implementation, D, n, [=]() mutable {
            y = definite.llt().solve(x);
            benchmark::DoNotOptimize(y.data());
        });
        if (n > 50) continue;
        const Matrix<T> symmetric = (A + A.transpose()).eval();
        enter("eigenvalues", implementation, D, n, [=] {
            const Eigen::SelfAdjointEigenSolver<Matrix<T>> solver(symmetric,
                                                                  Eigen::EigenvaluesOnly);
            benchmark::DoNotOptimize(solver.eigenvalues().data());
        });
        enter("inertia", implementation, D, n, [=] {
            benchmark::DoNotOptimize(minima::enclosed_inertia(symmetric).positive);
        });
    }
    const Vector<T> b = vector<T>(100);
    enter("power_2_3", implementation, D, 1, [=, i = Index(0)]() mutable {
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
