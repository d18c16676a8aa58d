#pragma once

/// @file
/// Running laws: a law is a function of one specimen that draws its own point.

#include "generators/specimen.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <vector>

namespace hadamard::laws {

/// The law holds of every specimen.
template <class T>
void hold(const char* name, const std::vector<gen::Specimen<T>>& all,
          void (*law)(const gen::Specimen<T>&)) {
    ASSERT_FALSE(all.empty()) << "a law checked on nothing holds of nothing";
    for (std::size_t i = 0; i < all.size(); ++i) {
        SCOPED_TRACE("example " + std::to_string(i) + ", depth " + all[i].depth().text());
        EXPECT_TRUE(rc::check(name, [&] { law(all[i]); }));
    }
}

/// Some specimen breaks the law. Silent: here a counterexample is the expected outcome. An exception
/// is not one: the mutant must be wrong, not out of its domain.
template <class T>
bool some_breaks(const std::vector<gen::Specimen<T>>& all,
                 void (*law)(const gen::Specimen<T>&)) {
    return std::any_of(all.begin(), all.end(), [&](const gen::Specimen<T>& p) {
        rc::detail::FailureResult failure;
        return rc::detail::checkTestable([&] { law(p); }).match(failure) &&
               !failure.description.starts_with("Exception");
    });
}

/// The law tells some specimen with the wrong formula of `Mutant`.
template <class Mutant, class T>
bool is_refuted(const std::vector<gen::Specimen<T>>& all,
                void (*law)(const gen::Specimen<T>&)) {
    return some_breaks(gen::mutated<Mutant>(all), law);
}

}  // namespace hadamard::laws
