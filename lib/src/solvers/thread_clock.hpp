#pragma once

#include <chrono>
#include <ctime>

namespace hadamard::optim::detail {

/// CPU seconds of this thread since it was made, or since the last restart.
class ThreadClock {
public:
    ThreadClock() : start_(now()) {}
    double seconds() const { return now() - start_; }

    /// From now on seconds since this call. Asks the clock, a system call of more than a microsecond on
    /// virtual machines, only if more than that passed since lap(): a λ of a path may take five.
    void restart() {
        using namespace std::chrono_literals;
        start_ = std::chrono::steady_clock::now() - lapped_ < 1us ? lap_ : now();
    }
    double lap() {
        lap_ = now();
        lapped_ = std::chrono::steady_clock::now();
        return lap_ - start_;
    }

private:
    static double now() {
        timespec t;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
    }
    double start_, lap_ = 0;
    std::chrono::steady_clock::time_point lapped_{};
};

}  // namespace hadamard::optim::detail
