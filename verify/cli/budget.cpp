#include "cli/budget.hpp"

#include "hadamard/core/error.hpp"
#include "hadamard/data/number.hpp"

namespace hadamard::cli {
namespace {

constexpr long most_seconds = 366L * 24 * 3600;
constexpr long most_evaluations = 1'000'000'000'000'000;

/// Seconds in one of this unit; 0 when it is none.
long seconds_in(char unit) {
    switch (unit) {
        case 's': return 1;
        case 'm': return 60;
        case 'h': return 3600;
        case 'd': return 24 * 3600;
        default: return 0;
    }
}

}  // namespace

Budget budget_of(const std::string& word) {
    const std::string wanted = "--budget: " + in_quotes(word) +
                               " is neither a time (30s, 10m, 2h, at most 366d) nor a whole "
                               "number of evaluations (1e6, at most 1e15)";
    const long unit = word.empty() ? 0 : seconds_in(word.back());
    const auto number = [&wanted](const std::string& digits) {
        try {
            return parse_decimal(digits);
        } catch (const InputError&) {
            throw InputError(wanted);
        }
    };
    if (unit > 0) {
        const Rational seconds = number(word.substr(0, word.size() - 1)) * unit;
        if (seconds <= 0 || seconds > most_seconds) throw InputError(wanted);
        return {.time = std::chrono::duration<double>(seconds.convert_to<double>()),
                .evaluations = {}};
    }
    const Rational count = number(word);
    if (denominator(count) != 1 || count < 1 || count > most_evaluations) throw InputError(wanted);
    return {.time = {}, .evaluations = numerator(count).convert_to<long>()};
}

}  // namespace hadamard::cli
