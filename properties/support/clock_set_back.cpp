/// @file
/// Preloaded before a program, it sets the clock back by an hour each time it is read. Clocks that
/// cannot be set go on.

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <ctime>

extern "C" int clock_gettime(clockid_t clock, timespec* out) noexcept {
    static std::atomic<long> reads = 0;
    if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)
        return static_cast<int>(syscall(SYS_clock_gettime, clock, out));
    constexpr long year_2000 = 946684800;
    *out = {year_2000 - 3600 * ++reads, 0};
    return 0;
}

extern "C" time_t time(time_t* out) noexcept {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    if (out != nullptr) *out = now.tv_sec;
    return now.tv_sec;
}
