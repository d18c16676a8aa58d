#pragma once

#include <algorithm>
#include <chrono>
#include <ctime>

namespace hadamard::optim::detail {

/// CPU seconds of this thread since it was made, or since the last restart.
///
/// The CPU clock is a system call of more than a microsecond on virtual machines, and a λ of a path may
/// take four: it is asked once in 100 μs, and the wall clock in between, in which a thread that runs is
/// not put aside: what a scheduler takes from it is a millisecond or more.
class ThreadClock {
public:
    ThreadClock() : start_(now()) {}
    double seconds() { return std::max(0.0, now() - start_); }
    void restart() { start_ = now(); }

private:
    using Wall = std::chrono::steady_clock;

    double now() {
        const auto wall = Wall::now();
        if (wall - asked_ < std::chrono::microseconds(100))
            return cpu_ + std::chrono::duration<double>(wall - asked_).count();
        timespec t;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        cpu_ = static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
        asked_ = Wall::now();
        return cpu_;
    }

    double cpu_ = 0;
    Wall::time_point asked_{};  // when cpu_ was read; at first, long ago
    double start_;
};

}  // namespace hadamard::optim::detail
