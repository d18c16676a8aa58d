#pragma once

/// @file
/// The unit of work that all methods are compared in: passes over the design X, (n × p).

namespace hadamard::optim::detail {

/// Entries that this thread has multiplied: n p for a product with X or Xᵀ, m n p for m of them, as
/// XᵀWX with m columns is; a sweep over a Gram matrix its entries.
inline thread_local double multiplied = 0;

}  // namespace hadamard::optim::detail
