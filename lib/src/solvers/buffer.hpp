#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

#include <sys/mman.h>

namespace hadamard::optim::detail {

/// Memory for doubles, neither set nor, until it is written, there. In large pages where it fills one and
/// the system has them: a solve of some milliseconds would otherwise spend a third of its time on page
/// faults.
class Buffer {
public:
    Buffer() = default;
    explicit Buffer(std::size_t count) {
        constexpr std::size_t page = std::size_t(1) << 21;
        const std::size_t unit = count * sizeof(double) < page ? 64 : page;
        const std::size_t bytes = (count * sizeof(double) + unit - 1) / unit * unit;
        data_.reset(static_cast<double*>(std::aligned_alloc(unit, bytes)));
        if (!data_) throw std::bad_alloc();
        if (unit < page) return;
        madvise(data_.get(), bytes, MADV_HUGEPAGE);  // a wish: without it, the same but slower
    }
    double* data() const { return data_.get(); }

private:
    struct Free {
        void operator()(double* data) const { std::free(data); }
    };
    std::unique_ptr<double, Free> data_;
};

}  // namespace hadamard::optim::detail
