#pragma once

#include <exception>
#include <string>

namespace check {

/// Also the exit codes.
enum class Status { accepted = 0, rejected = 1, not_understood = 2 };

/// Why a certificate is not accepted, and at which item.
struct Failure : std::exception {
    Failure(Status why, std::string text) : status(why), reason(std::move(text)) {}

    Status status;
    std::string where, reason;
};

/// A check of FORMAT.md that fails.
[[noreturn]] inline void reject(const std::string& reason) {
    throw Failure(Status::rejected, reason);
}

/// Not a certificate of this format, or one of a kind that this checker does not cover.
[[noreturn]] inline void not_understood(const std::string& reason) {
    throw Failure(Status::not_understood, reason);
}

/// Does it; a failure is told to lie at this place.
template <class Work>
decltype(auto) within(const std::string& place, const Work& work) {
    try {
        return work();
    } catch (Failure& failure) {
        const bool joined = failure.where.empty() || failure.where.front() == '[';
        failure.where = place + (joined ? "" : ".") + failure.where;
        throw;
    }
}

}  // namespace check
