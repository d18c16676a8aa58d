#pragma once

#include "hadamard/optimizers/detail/random.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace hadamard::optim {

/// Mini-batches without replacement: every epoch cuts a fresh random order of the rows 0 … n − 1
/// into runs of `size`, the last one shorter where `size` does not divide n.
///
/// Guarantee  the batches of an epoch are a partition of the rows; the same seed gives the same
///            batches on every machine.
/// Source     what a PyTorch DataLoader does with shuffle=True, drop_last=False. The mean of the
///            last, shorter batch weighs its rows more: size ∤ n makes the epoch's mean gradient
///            slightly different from the full one.
class Batches {
public:
    /// @pre 1 ≤ size ≤ rows.
    Batches(Index rows, Index size, std::uint64_t seed) : rows_(rows), size_(size), random_(seed) {
        require(1 <= size && size <= rows, "Batches: size " + std::to_string(size) +
                                               " must be from 1 to the number of rows, " +
                                               std::to_string(rows));
    }

    /// ⌈n / size⌉.
    Index per_epoch() const { return (rows_ + size_ - 1) / size_; }

    /// The batches of the next epoch.
    std::vector<IndexList> next_epoch() {
        const IndexList order = random_.permutation(rows_);
        std::vector<IndexList> out;
        for (Index start = 0; start < rows_; start += size_)
            out.emplace_back(order.begin() + start, order.begin() + std::min(rows_, start + size_));
        return out;
    }

private:
    Index rows_;
    Index size_;
    detail::Random random_;
};

}  // namespace hadamard::optim
