#pragma once

/// @file
/// Units on their way out and results on their way in.

#include "search/unit.hpp"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

namespace hadamard::search {

/// Hands out units in order, takes results in any order and gives them back in order: what is
/// acknowledged is always a prefix of the list. Safe for any number of threads.
class Queue {
public:
    /// @param window  units that may be out or finished ahead of the next one in order.
    Queue(long first, long window) : next_(first), taken_(first), window_(window) {}

    /// The next unit, when there is room for its result; nothing once closed.
    std::optional<long> take();
    /// The same without waiting: nothing either while there is no room.
    std::optional<long> try_take();
    bool is_closed() const;

    void put(UnitResult result);
    /// A unit that was taken threw, which a unit never should: it ends the campaign.
    void fail(std::exception_ptr failure);
    /// No more units are handed out; those that are out are waited for.
    void close();

    /// The result of the next unit in order; nothing when it has not come within `patience`.
    std::optional<UnitResult> result(std::chrono::milliseconds patience);
    /// Closed, nothing out, and nothing in order left.
    bool is_drained() const;
    /// Throws what `fail` was given.
    void rethrow() const;

private:
    bool has_room() const { return next_ < taken_ + window_; }
    bool is_idle() const { return closed_ && out_ == 0; }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    long next_, taken_, window_;
    long out_ = 0;
    bool closed_ = false;
    std::map<long, UnitResult> finished_;
    std::exception_ptr failure_;
};

/// Who works on the units of a queue.
struct Crew {
    long size = 1;  ///< Units at work at a time.
    /// Works until the queue is closed and everything taken is put back.
    std::function<void(const Plan&, Queue&)> work;
};

/// This many threads of this process.
Crew threads(int count);

}  // namespace hadamard::search
