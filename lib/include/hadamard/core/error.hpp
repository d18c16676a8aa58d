#pragma once

/// @file
/// The one family of exceptions. `main` catches `Error`, prints its text and exits with `exit_code`.

#include <stdexcept>
#include <string>

namespace hadamard {

/// Root of everything this project throws. The text says what is wrong, where, and what would be
/// right, in one line.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The caller broke a documented precondition of the library. Never thrown for a numerical outcome.
class PreconditionError : public Error {
public:
    using Error::Error;
};

/// Data, a file or a flag from outside is not acceptable: exit code 2 at the command line.
class InputError : public Error {
public:
    using Error::Error;
};

/// The exact result is not a member of the scalar type, as a square root of 2 over `Rational`.
class NotRepresentable : public Error {
public:
    using Error::Error;
};

inline void require(bool holds, const std::string& what) {
    if (!holds) throw PreconditionError(what);
}

inline void require_size(long actual, long expected, const char* who) {
    if (actual != expected)
        throw PreconditionError(std::string(who) + ": size " + std::to_string(actual) +
                                ", expected " + std::to_string(expected));
}

}  // namespace hadamard
