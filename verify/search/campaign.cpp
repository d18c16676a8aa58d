#include "search/campaign.hpp"

#include "engine/run.hpp"
#include "hadamard/core/error.hpp"

#include <flint/flint.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace hadamard::search {
namespace {

using Clock = std::chrono::steady_clock;

/// Results that are finished before a unit ahead of them wait for it; this many for each thread.
constexpr long window_per_thread = 16;

/// Hands out units in order and takes results in any; one mutex for both.
class Queue {
public:
    Queue(long first, long window) : next_(first), taken_(first), window_(window) {}

    /// The next unit; nothing once closed. Waits while too many results are kept back.
    std::optional<long> take() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return closed_ || next_ < taken_ + window_; });
        if (closed_) return std::nullopt;
        ++running_;
        return next_++;
    }

    void put(UnitResult result) {
        const std::scoped_lock lock(mutex_);
        --running_;
        const long unit = result.unit;
        finished_.emplace(unit, std::move(result));
        changed_.notify_all();
    }

    /// A unit threw: what the program does not expect ends the campaign, with its message.
    void fail(std::exception_ptr failure) {
        const std::scoped_lock lock(mutex_);
        --running_;
        closed_ = true;
        if (!failure_) failure_ = std::move(failure);
        changed_.notify_all();
    }

    /// No more units are handed out; those that run are finished.
    void close() {
        const std::scoped_lock lock(mutex_);
        closed_ = true;
        changed_.notify_all();
    }

    /// The result of the next unit in order; nothing within `patience`.
    std::optional<UnitResult> result(std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, patience, [this] { return finished_.contains(taken_) || idle(); });
        const auto node = finished_.extract(taken_);
        if (node.empty()) return std::nullopt;
        ++taken_;
        changed_.notify_all();
        return std::move(node.mapped());
    }

    /// Closed, nothing running, and nothing in order left.
    bool is_drained() {
        const std::scoped_lock lock(mutex_);
        return idle() && !finished_.contains(taken_);
    }

    void rethrow() {
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    bool idle() const { return closed_ && running_ == 0; }

    std::mutex mutex_;
    std::condition_variable changed_;
    long next_, taken_, window_;
    long running_ = 0;
    bool closed_ = false;
    std::map<long, UnitResult> finished_;
    std::exception_ptr failure_;
};

/// Threads that work on units until the queue is closed; joined at the end, whatever happens.
class Workers {
public:
    Workers(const Plan& plan, Queue& queue, int threads) : queue_(queue) {
        for (int n = 0; n < threads; ++n) threads_.emplace_back([&plan, &queue] {
            while (const std::optional<long> unit = queue.take()) try {
                    queue.put(work(plan, *unit));
                } catch (...) {
                    queue.fail(std::current_exception());
                }
            flint_cleanup();  // this thread's caches
        });
    }
    ~Workers() {
        queue_.close();
        for (std::thread& thread : threads_) thread.join();
    }
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

private:
    Queue& queue_;
    std::vector<std::thread> threads_;
};

}  // namespace

bool State::knows(const std::string& witness) const {
    return std::any_of(found.begin(), found.end(),
                       [&](const Found& one) { return one.witness.id == witness; });
}

void State::add(const UnitResult& result) {
    require(result.unit == units, "search: unit " + std::to_string(result.unit) + " after " +
                                      std::to_string(units) + " units");
    ++units;
    health.add(result.health);
    if (result.best_margin && (records.empty() || *result.best_margin > records.back().margin))
        records.push_back({result.unit, health.evaluations(), *result.best_margin});
    if (result.witness && !knows(result.witness->id))
        found.push_back({result.unit, *result.witness});
}

bool Limits::reached_by(const State& state) const {
    return (evaluations && state.health.evaluations() >= *evaluations) ||
           static_cast<long>(state.found.size()) >= witnesses;
}

std::string key_of(const Plan& plan) {
    nlohmann::ordered_json out;
    out["claim"] = plan.subject.claim_id();
    out["mutant"] = plan.subject.mutant_id();
    out["cells"] = nlohmann::ordered_json::array();
    for (const Cell& cell : plan.cells)
        out["cells"].push_back({{"transfer", cell.transfer.name}, {"depth", cell.depth.text()}});
    out["seed"] = plan.seed;
    out["digits"] = plan.digits;
    out["algorithm"] = algorithm_version;
    return out.dump();
}

std::vector<Cell> cells_of(const Subject& subject, const std::vector<std::string>& transfers,
                           const std::vector<Exponent>& depths) {
    verify::RunSettings settings;
    settings.transfers = transfers;
    settings.depths = depths;
    std::vector<Cell> out;
    for (const TransferTraits& transfer : verify::chosen_transfers(settings))
        for (const Exponent depth : verify::chosen_depths(settings, transfer))
            if (subject.applies(transfer, depth)) out.push_back({transfer, depth});
    if (out.empty())
        throw InputError("--transfer, --depth: " + subject.name() +
                         " applies to none of those chosen (see hadamard claims " +
                         subject.claim_id() + ")");
    return out;
}

void run_units(const Plan& plan, const Limits& limits, int threads, const std::atomic<bool>& stop,
               State& state, Ledger& ledger, const std::function<void(const State&)>& progress) {
    const Clock::time_point start = Clock::now();
    const double earlier = state.seconds;
    const auto elapsed = [start] { return std::chrono::duration<double>(Clock::now() - start); };
    Queue queue(state.units, threads * window_per_thread);
    bool ended = limits.reached_by(state);
    if (!ended) {
        Workers workers(plan, queue, threads);
        while (!ended && !queue.is_drained()) {
            if (stop || (limits.time && elapsed() >= *limits.time)) queue.close();
            const std::optional<UnitResult> result = queue.result(std::chrono::milliseconds(100));
            state.seconds = earlier + elapsed().count();
            if (result) {
                state.add(*result);
                ledger.add(*result, state);
                ended = limits.reached_by(state);  // what ran ahead is not part of the campaign
            }
            progress(state);
        }
    }
    state.seconds = earlier + elapsed().count();
    ledger.flush(state);
    queue.rethrow();
}

}  // namespace hadamard::search
