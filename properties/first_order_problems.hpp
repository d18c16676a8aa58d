#pragma once

/// @file
/// Small regressions, and their surrogates, that the suites of the first-order methods share.

#include "hadamard/losses/least_squares.hpp"
#include "hadamard/losses/logistic.hpp"
#include "hadamard/objectives/base.hpp"
#include "hadamard/objectives/surrogate.hpp"
#include "hadamard/optimizers/coordinate_descent.hpp"
#include "hadamard/transfers/group_product.hpp"
#include "hadamard/transfers/hadamard_product.hpp"
#include "optimizer_problems.hpp"

namespace hadamard::problems {

/// Integers in −5 … 5 without equal rows or columns up to 11 of each; full rank at 8 × 5 and 5 × 8.
template <class T>
Matrix<T> design(Index rows, Index cols) {
    Matrix<T> out(rows, cols);
    for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < cols; ++j)
            out(i, j) =
                T(static_cast<int>((5 * i * i + 3 * j * j + 2 * i * j + 7 * i + j) % 11) - 5);
    return out;
}

template <class T>
loss::LeastSquares<T> regression(Index rows, Index cols) {
    Vector<T> y(rows);
    for (Index i = 0; i < rows; ++i) y[i] = T(static_cast<int>((i * i + 3 * i) % 11) - 4) / T(2);
    return loss::LeastSquares<T>(design<T>(rows, cols), y);
}

template <class T>
loss::Logistic<T> classification(Index rows, Index cols) {
    Vector<T> y(rows);
    for (Index i = 0; i < rows; ++i) y[i] = T(static_cast<int>((i * i + i / 2) % 2));
    return loss::Logistic<T>(design<T>(rows, cols), y);
}

inline TransferSpec product_spec(Index d, Exponent depth = 2) {
    return {"hadamard_product", depth, d};
}

/// Pairs of neighbours, and the last coordinate alone where d is odd.
inline TransferSpec group_spec(Index d, Exponent depth = 2) {
    TransferSpec out{"group_product", depth, d};
    for (Index i = 0; i < d; i += 2)
        out.groups.push_back(i + 1 < d ? IndexList{i, i + 1} : IndexList{i});
    return out;
}

/// argmin P for a convex P, by a method that never sees Q.
template <class L, class P>
Vector<double> solution(const Surrogate<L, P>& f) {
    const Base base(f.loss(), f.transfer().induced(), f.lambda());
    optim::CoordinateDescent<double>::Settings settings;
    settings.tolerance = 1e-13;
    const Vector<double> zero = Vector<double>::Zero(base.size());
    return optim::CoordinateDescent<double>(settings).minimize(base, zero).x;
}

/// ‖K(ξ) − β‖.
template <class F>
double distance(const F& f, const Vector<double>& xi, const Vector<double>& beta) {
    return Vector<double>(f.transfer().apply(xi) - beta).norm();
}

}  // namespace hadamard::problems
