#pragma once

/// @file
/// Products of the columns of a factor matrix u (one row a coordinate, one column a factor), with
/// one column left out. Running products from both ends cost O(rows · columns), divide by nothing.

#include "hadamard/core/types.hpp"

namespace hadamard::transfer::detail {

template <class T>
using Factors = Eigen::Map<const Matrix<T>>;

/// Π_l u_l.
template <class T>
Vector<T> product(const Factors<T>& u) {
    Vector<T> out = u.col(0);
    for (Index l = 1; l < u.cols(); ++l) out = out.cwiseProduct(u.col(l));
    return out;
}

/// Column l holds Π_{i≠l} u_i.
template <class T>
Matrix<T> products_of_others(const Factors<T>& u) {
    Matrix<T> out(u.rows(), u.cols());
    Vector<T> running = Vector<T>::Constant(u.rows(), T(1));
    for (Index l = 0; l < u.cols(); ++l) {
        out.col(l) = running;
        running = running.cwiseProduct(u.col(l));
    }
    running.setConstant(T(1));
    for (Index l = u.cols() - 1; l >= 0; --l) {
        out.col(l) = out.col(l).cwiseProduct(running);
        running = running.cwiseProduct(u.col(l));
    }
    return out;
}

/// d/dt Π_l (u_l + t v_l) at t = 0.
template <class T>
Vector<T> product_slope(const Factors<T>& u, const Factors<T>& v) {
    Vector<T> value = u.col(0), slope = v.col(0);
    for (Index l = 1; l < u.cols(); ++l) {
        slope = slope.cwiseProduct(u.col(l)) + value.cwiseProduct(v.col(l));
        value = value.cwiseProduct(u.col(l));
    }
    return slope;
}

/// Column l holds d/dt Π_{i≠l} (u_i + t v_i) at t = 0.
template <class T>
Matrix<T> slopes_of_others(const Factors<T>& u, const Factors<T>& v) {
    Matrix<T> values(u.rows(), u.cols()), slopes(u.rows(), u.cols());
    Vector<T> value = Vector<T>::Constant(u.rows(), T(1));
    Vector<T> slope = Vector<T>::Constant(u.rows(), T(0));
    const auto step = [&](Index l) {
        slope = slope.cwiseProduct(u.col(l)) + value.cwiseProduct(v.col(l));
        value = value.cwiseProduct(u.col(l));
    };
    for (Index l = 0; l < u.cols(); ++l) {
        values.col(l) = value;
        slopes.col(l) = slope;
        step(l);
    }
    value.setConstant(T(1));
    slope.setConstant(T(0));
    for (Index l = u.cols() - 1; l >= 0; --l) {
        slopes.col(l) = slopes.col(l).cwiseProduct(value) + values.col(l).cwiseProduct(slope);
        step(l);
    }
    return slopes;
}

}  // namespace hadamard::transfer::detail
