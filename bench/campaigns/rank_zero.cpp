/// @file
/// What a unit costs rank 0 of an MPI job: its result parsed, counted and committed to a store. It
/// bounds how many ranks one store can feed.
///
///     cmake --build build/release --target rank_zero
///     build/release/bench/campaigns/rank_zero FILE
///
/// FILE is a new store on the disk in question. Prints wall and processor seconds of a unit at work
/// and of a unit at rank 0.

#include "hadamard/core/error.hpp"
#include "search/ranks.hpp"
#include "search/store.hpp"

#include <fmt/format.h>

#include <chrono>
#include <ctime>

namespace {

using namespace hadamard::search;

struct Cost {
    double wall = 0, processor = 0;
};

/// Of one call, on the average of `count`.
template <class Call>
Cost cost(long count, Call call) {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point start = Clock::now();
    const std::clock_t cpu = std::clock();
    for (long n = 0; n < count; ++n) call(n);
    const auto each = static_cast<double>(count);
    return {std::chrono::duration<double>(Clock::now() - start).count() / each,
            static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC / each};
}

void measure(const std::string& path) {
    const Subject subject("svf.penalty-equality");
    const Plan plan{subject, cells_of(subject, {}, {}), 1, 50};
    UnitResult result;
    const Cost unit = cost(20, [&](long n) { result = work(plan, n); });

    Store store = Store::for_writing(path);
    StoredCampaign campaign = store.campaign(key_of(plan));
    StoreLedger ledger(store, campaign.number);
    const Cost taken = cost(20'000, [&](long n) {
        result.unit = n;
        const UnitResult received = result_from_text(text_of(result));
        campaign.state.add(received);
        ledger.add(received, campaign.state);
    });
    ledger.flush(campaign.state);
    fmt::print(
        "a unit at work {:.3g} s (processor {:.3g} s); at rank 0 {:.3g} s (processor {:.3g} s)\n",
        unit.wall, unit.processor, taken.wall, taken.processor);
}

}  // namespace

int main(int count, char** words) try {
    hadamard::require(count == 2, "rank_zero: name a new store");
    measure(words[1]);
} catch (const hadamard::Error& error) {
    fmt::print(stderr, "rank_zero: {}\n", error.what());
    return 2;
}
