#pragma once

#include <ctime>

namespace hadamard::optim::detail {

/// CPU seconds of this thread since it was made.
class ThreadClock {
public:
    ThreadClock() : start_(now()) {}
    double seconds() const { return now() - start_; }

private:
    static double now() {
        timespec t;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
    }
    double start_;
};

}  // namespace hadamard::optim::detail
