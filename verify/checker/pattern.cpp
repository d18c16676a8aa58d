#include "pattern.hpp"

#include <string_view>

namespace check {

Pattern pattern(const Problem& problem, const std::string& signs) {
    if (signs.size() != static_cast<std::size_t>(problem.size) ||
        signs.find_first_not_of(problem.alphabet()) != std::string::npos)
        not_understood("\"" + signs.substr(0, 40) + "\" is not a pattern of this instance");
    Pattern out;
    out.signs = signs;
    for (int i = 0; i < problem.size; ++i) {
        const char state = signs[static_cast<std::size_t>(i)];
        const bool two = state == 'p' || state == 'm';
        out.multiplicity.push_back(two ? 2 : 1);
        out.between += two ? 1 : 0;
        if (state == '0') continue;
        out.support.push_back(i);
        out.on_support |= coordinate(i);
        if (state == '-' || state == 'm') out.negative |= coordinate(i);
    }
    return out;
}

std::uint64_t number_of_patterns(const Problem& problem) {
    std::uint64_t out = 1;
    for (int i = 0; i < problem.size; ++i) out *= std::string_view(problem.alphabet()).size();
    return out;
}

std::uint64_t rank_of(const Problem& problem, const std::string& signs) {
    const std::string_view alphabet = problem.alphabet();
    std::uint64_t out = 0;
    for (const char state : signs) out = out * alphabet.size() + alphabet.find(state);
    return out;
}

}  // namespace check
