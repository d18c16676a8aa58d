#pragma once

/// @file
/// Dense linear algebra of working sets with thousands of columns, which takes seconds, in pieces of
/// some hundredths of a second between which the caller may stop it.

#include <Eigen/Core>

#include <functional>

namespace hadamard::optim::detail {

/// True: stop. May be empty.
using Interrupt = std::function<bool()>;

inline bool is_stopped(const Interrupt& interrupt) { return interrupt && interrupt(); }

/// A bound of the largest eigenvalue of a symmetric positive semidefinite matrix.
///
/// Up to 300 rows a little above the eigenvalue; beyond, (α ‖A^m ω‖²)^{1/2m} with m = 60 and one
/// Gaussian ω, at most the trace: ωᵀA^{2m}ω ≥ λ^{2m} g² with g normal, so that the bound fails with a
/// probability of √(2/(πα)) = 1e−10 at most, whatever A, and exceeds λ by half of it. When it is
/// stopped: the trace.
/// Source  Dixon 1983, doi:10.1137/0720053.
double eigenvalue_bound(const Eigen::Ref<const Eigen::MatrixXd>& A, const Interrupt& interrupt);

/// A = LLᵀ.
class Cholesky {
public:
    /// @param A  its lower half is read.
    Cholesky(Eigen::MatrixXd A, const Interrupt& interrupt);

    /// False: A is not positive definite, or it was stopped.
    bool is_there() const { return is_there_; }
    Eigen::VectorXd solve(Eigen::VectorXd b) const;

private:
    bool factorise(const Interrupt& interrupt);

    Eigen::MatrixXd L_;
    bool is_there_ = false;
};

}  // namespace hadamard::optim::detail
