#pragma once

#include <Eigen/Core>

namespace hadamard::micro {

/// Numbers with full mantissas and exponents of a few sizes, the same for every type.
template <class T>
T number(long i, long j) {
    return T(static_cast<double>((i * 31 + j * 17 + i * j) % 101 - 50)) / T(37.0);
}

template <class T>
Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> matrix(long n) {
    Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> out(n, n);
    for (long j = 0; j < n; ++j)
        for (long i = 0; i < n; ++i) out(i, j) = number<T>(i, j);
    return out;
}

template <class T>
Eigen::Matrix<T, Eigen::Dynamic, 1> vector(long n) {
    Eigen::Matrix<T, Eigen::Dynamic, 1> out(n);
    for (long i = 0; i < n; ++i) out[i] = number<T>(i, 7);
    return out;
}

}  // namespace hadamard::micro
