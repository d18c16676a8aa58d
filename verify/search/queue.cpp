#include "search/queue.hpp"

#include <flint/flint.h>

#include <thread>
#include <utility>
#include <vector>

namespace hadamard::search {

std::optional<long> Queue::take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || has_room(); });
    if (closed_) return std::nullopt;
    ++out_;
    return next_++;
}

std::optional<long> Queue::try_take() {
    const std::scoped_lock lock(mutex_);
    if (closed_ || !has_room()) return std::nullopt;
    ++out_;
    return next_++;
}

bool Queue::is_closed() const {
    const std::scoped_lock lock(mutex_);
    return closed_;
}

void Queue::put(UnitResult result) {
    const std::scoped_lock lock(mutex_);
    --out_;
    const long unit = result.unit;
    finished_.emplace(unit, std::move(result));
    changed_.notify_all();
}

void Queue::fail(std::exception_ptr failure) {
    const std::scoped_lock lock(mutex_);
    --out_;
    closed_ = true;
    if (!failure_) failure_ = std::move(failure);
    changed_.notify_all();
}

void Queue::close() {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    changed_.notify_all();
}

std::optional<UnitResult> Queue::result(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [this] { return finished_.contains(taken_) || is_idle(); });
    auto node = finished_.extract(taken_);
    if (node.empty()) return std::nullopt;
    ++taken_;
    changed_.notify_all();
    return std::move(node.mapped());
}

bool Queue::is_drained() const {
    const std::scoped_lock lock(mutex_);
    return is_idle() && !finished_.contains(taken_);
}

void Queue::rethrow() const {
    const std::scoped_lock lock(mutex_);
    if (failure_) std::rethrow_exception(failure_);
}

namespace {

void work_on(const Plan& plan, Queue& queue) {
    while (const std::optional<long> unit = queue.take()) try {
            queue.put(work(plan, *unit));
        } catch (...) {
            queue.fail(std::current_exception());
        }
    flint_cleanup();  // this thread's caches
}

}  // namespace

Crew threads(int count) {
    return {count, [count](const Plan& plan, Queue& queue) {
                std::vector<std::thread> crew;
                for (int n = 0; n < count; ++n)
                    crew.emplace_back([&plan, &queue] { work_on(plan, queue); });
                for (std::thread& thread : crew) thread.join();
            }};
}

}  // namespace hadamard::search
