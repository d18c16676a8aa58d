#pragma once

#include <cstddef>
#include <exception>
#include <string>

namespace check {

/// Also the exit codes.
enum class Status { accepted = 0, rejected = 1, not_understood = 2 };

/// Why a certificate is not accepted, and at which item.
class Failure : public std::exception {
public:
    Failure(Status status, std::string reason) : status_(status), reason_(std::move(reason)) {}

    Status status() const { return status_; }
    const std::string& where() const { return where_; }
    const std::string& reason() const { return reason_; }
    const char* what() const noexcept override { return reason_.c_str(); }

    /// The item lies inside this one.
    void enclose(const std::string& place) {
        const bool joined = where_.empty() || where_.front() == '[';
        where_ = place + (joined ? "" : ".") + where_;
    }

private:
    Status status_;
    std::string where_, reason_;
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
decltype(auto) within(const char* place, const Work& work) {
    try {
        return work();
    } catch (Failure& failure) {
        failure.enclose(place);
        throw;
    }
}

template <class Work>
decltype(auto) within(std::size_t index, const Work& work) {
    try {
        return work();
    } catch (Failure& failure) {
        failure.enclose("[" + std::to_string(index) + "]");
        throw;
    }
}

}  // namespace check
