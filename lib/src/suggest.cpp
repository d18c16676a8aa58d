#include "hadamard/core/suggest.hpp"

#include <algorithm>
#include <cstddef>

namespace hadamard {
namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

}  // namespace

int edit_distance(std::string_view first, std::string_view second) {
    const std::string a = lower(first), b = lower(second);
    const std::size_t columns = b.size() + 1;
    std::vector<int> before(columns), previous(columns), current(columns);
    for (std::size_t j = 0; j < columns; ++j) previous[j] = static_cast<int>(j);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = static_cast<int>(i);
        for (std::size_t j = 1; j < columns; ++j) {
            const int replace = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            current[j] = std::min({replace, previous[j] + 1, current[j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                current[j] = std::min(current[j], before[j - 2] + 1);
        }
        std::swap(before, previous);
        std::swap(previous, current);
    }
    return previous[b.size()];
}

std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates) {
    std::string best;
    int best_distance = 0;
    for (const std::string& candidate : candidates) {
        const std::size_t longer = std::max(name.size(), candidate.size());
        const bool abbreviated = name.size() >= 3 && candidate.size() >= name.size() &&
                                 lower(candidate).find(lower(name)) != std::string::npos;
        const int distance = abbreviated ? 1 : edit_distance(name, candidate);
        const int allowed = std::max(2, static_cast<int>(longer / 3));
        if (distance > allowed || distance >= static_cast<int>(longer)) continue;
        if (best.empty() || distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates) {
    const std::string nearest = nearest_name(name, candidates);
    return nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?";
}

}  // namespace hadamard
