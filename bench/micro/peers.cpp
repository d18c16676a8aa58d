/// @file
/// The same kernels by others: a loop of MPFR's own functions, Arb's approximate products, QD.

#include "micro/entries.hpp"
#include "micro/problem.hpp"

#include "hadamard/core/scalar.hpp"
#include "hadamard/core/types.hpp"

#include <arb_mat.h>
#include <benchmark/benchmark.h>
#include <qd/dd_real.h>
#include <qd/qd_real.h>

#include <memory>
#include <vector>

namespace hadamard::micro {
namespace {

// ---- MPFR: mpfr_mul, mpfr_add -------------------------------------------------------------------

/// Σ a_i b_i; `term` is scratch.
template <unsigned D>
void mpfr_loop(Real<D>& out, const Real<D>* a, Index step, const Real<D>* b, Index n,
               Real<D>& term) {
    mpfr_ptr sum = out.backend().data(), product = term.backend().data();
    mpfr_set_zero(sum, 1);
    for (Index i = 0; i < n; ++i) {
        mpfr_mul(product, a[i * step].backend().data(), b[i].backend().data(), MPFR_RNDN);
        mpfr_add(sum, sum, product, MPFR_RNDN);
    }
}

template <unsigned D>
void enter_mpfr() {
    using T = Real<D>;
    for (const Index n : {50, 200}) {
        const Matrix<T> A = matrix<T>(n);
        const Vector<T> x = vector<T>(n);
        enter("matvec", "mpfr", D, n, [=, y = Vector<T>(n), term = T()]() mutable {
            for (Index i = 0; i < n; ++i) mpfr_loop<D>(y[i], &A(i, 0), n, x.data(), n, term);
            benchmark::DoNotOptimize(y.data());
        });
        enter("gram", "mpfr", D, n, [=, G = Matrix<T>(n, n), term = T()]() mutable {
            for (Index j = 0; j < n; ++j)
                for (Index i = 0; i < n; ++i) mpfr_loop<D>(G(i, j), &A(0, i), 1, &A(0, j), n, term);
            benchmark::DoNotOptimize(G.data());
        });
    }
    const T b = number<T>(3, 7), exponent = T(2) / T(3);
    enter("power_2_3", "mpfr", D, 1, [=, out = T()]() mutable {
        mpfr_pow(out.backend().data(), b.backend().data(), exponent.backend().data(), MPFR_RNDN);
        benchmark::DoNotOptimize(&out);
    });
}

// ---- Arb ----------------------------------------------------------------------------------------

/// An arb_mat with the numbers of `matrix`, of radius 0.
class ArbMatrix {
public:
    template <unsigned D>
    explicit ArbMatrix(const Matrix<Real<D>>& A) {
        arb_mat_init(data_, A.rows(), A.cols());
        for (Index j = 0; j < A.cols(); ++j)
            for (Index i = 0; i < A.rows(); ++i)
                arf_set_mpfr(arb_midref(arb_mat_entry(data_, i, j)), A(i, j).backend().data());
    }
    ~ArbMatrix() { arb_mat_clear(data_); }
    ArbMatrix(const ArbMatrix&) = delete;
    ArbMatrix& operator=(const ArbMatrix&) = delete;
    arb_mat_struct* get() { return data_; }

private:
    arb_mat_t data_;
};

template <unsigned D>
std::shared_ptr<ArbMatrix> arb(const Matrix<Real<D>>& A) {
    return std::make_shared<ArbMatrix>(A);
}

template <unsigned D>
void enter_arb() {
    using T = Real<D>;
    constexpr slong bits = std::numeric_limits<T>::digits;
    for (const Index n : {50, 200}) {
        const Matrix<T> A = matrix<T>(n);
        const auto whole = arb<D>(A), transposed = arb<D>(A.transpose()), x = arb<D>(vector<T>(n)),
                   y = arb<D>(vector<T>(n)), G = arb<D>(A);
        enter("matvec", "arb", D, n, [=] {
            for (Index i = 0; i < n; ++i)
                arb_approx_dot(arb_mat_entry(y->get(), i, 0), nullptr, 0,
                               arb_mat_entry(whole->get(), i, 0), 1, arb_mat_entry(x->get(), 0, 0),
                               1, n, bits);
        });
        enter("gram", "arb", D, n,
              [=] { arb_mat_approx_mul(G->get(), transposed->get(), whole->get(), bits); });
        Matrix<T> definite = A.transpose() * A;
        for (Index i = 0; i < n; ++i) definite(i, i) += T(1);
        enter("llt_solve", "arb", D, n, [=, S = arb<D>(definite), L = arb<D>(definite)] {
            arb_mat_cho(L->get(), S->get(), bits);
            arb_mat_solve_cho_precomp(y->get(), L->get(), x->get(), bits);
        });
    }
    enter("power_2_3", "arb", D, 1, [b = arb<D>(vector<T>(1)), out = arb<D>(vector<T>(1))] {
        arb_root_ui(arb_mat_entry(out->get(), 0, 0), arb_mat_entry(b->get(), 0, 0), 3, bits);
        arb_sqr(arb_mat_entry(out->get(), 0, 0), arb_mat_entry(out->get(), 0, 0), bits);
    });
}

// ---- QD -----------------------------------------------------------------------------------------

template <class T>
void enter_qd(unsigned digits) {
    for (const Index n : {50, 200}) {
        std::vector<T> A, x, y(static_cast<std::size_t>(n));
        for (Index j = 0; j < n; ++j)
            for (Index i = 0; i < n; ++i) A.push_back(number<T>(i, j));
        for (Index i = 0; i < n; ++i) x.push_back(number<T>(i, 7));
        const auto at = [n](Index i, Index j) { return static_cast<std::size_t>(i + j * n); };
        enter("matvec", "qd", digits, n, [=]() mutable {
            for (T& entry : y) entry = T(0.0);
            for (Index j = 0; j < n; ++j)
                for (Index i = 0; i < n; ++i) y[at(i, 0)] += A[at(i, j)] * x[at(j, 0)];
            benchmark::DoNotOptimize(y.data());
        });
        enter("gram", "qd", digits, n, [=, G = A]() mutable {
            for (Index j = 0; j < n; ++j)
                for (Index i = 0; i < n; ++i) {
                    T sum(0.0);
                    for (Index l = 0; l < n; ++l) sum += A[at(l, i)] * A[at(l, j)];
                    G[at(i, j)] = sum;
                }
            benchmark::DoNotOptimize(G.data());
        });
    }
    const T b = number<T>(3, 7);
    enter("power_2_3", "qd", digits, 1, [=] {
        T out = sqr(nroot(b, 3));
        benchmark::DoNotOptimize(&out);
    });
}

// ---- The processor ------------------------------------------------------------------------------

/// Products of two limbs, from registers and the nearest cache, as many as go side by side: what the
/// kernels can at best do.
void enter_limb_products() {
    constexpr std::size_t size = 1024;
    const std::vector<unsigned long> a(size, 0x9e3779b97f4a7c15), b(size, 0xbf58476d1ce4e5b9);
    enter("limb_products", "processor", 19, size, [=] {
        unsigned long high = 0;
        for (std::size_t i = 0; i < size; ++i) {
            __extension__ const auto p = static_cast<unsigned __int128>(a[i]) * b[i];
            high ^= static_cast<unsigned long>(p >> 64) ^ static_cast<unsigned long>(p);
        }
        benchmark::DoNotOptimize(high);
    });
}

}  // namespace

void enter_peers() {
    enter_limb_products();
    enter_mpfr<34>(), enter_mpfr<50>(), enter_mpfr<100>(), enter_mpfr<200>();
    enter_arb<34>(), enter_arb<50>(), enter_arb<100>(), enter_arb<200>();
    enter_qd<dd_real>(31);
    enter_qd<qd_real>(62);
}

}  // namespace hadamard::micro
