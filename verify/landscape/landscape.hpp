#pragma once

/// @file
/// The whole answer: all stationary points of Q and of P, classified and matched.

#include "landscape/bound.hpp"
#include "landscape/search.hpp"

#include <functional>
#include <string>
#include <vector>

namespace hadamard::landscape {

enum class PointClass { minimizer, saddle, maximizer, undecided };
std::string to_string(PointClass c);

/// One orbit of stationary points of Q.
struct SurrogatePoint {
    std::size_t region = 0;
    PointClass kind = PointClass::undecided;
    int index = -1;  ///< −1: not defined or not decided
    long points = 0;
    int base = -1;   ///< −1: its image is not stationary for P
};

/// One stationary point of P, enclosed without Q.
struct BasePoint {
    std::string signs;
    std::vector<Rational> lo, hi;  ///< d of them
    int index = 0;
    PointClass kind = PointClass::undecided;
    std::vector<std::string> digits;  ///< β in decimals, as far as they are known.
};

struct UndecidedPlace {
    std::string kind;  ///< leaves, fold, degenerate
    std::string signs;
    std::size_t region = 0;
    long count = 0;
    std::string reason;
};

struct Landscape {
    Problem problem;
    Bound bound;
    std::vector<Tree> trees;        ///< Region numbers are those of `regions`.
    std::vector<Region> regions;
    std::vector<SurrogatePoint> surrogate;
    std::vector<BasePoint> base;
    std::vector<UndecidedPlace> undecided;
    std::string verdict, sentence;
    long leaves = 0;
    double search_seconds = 0;

    long minimizer_orbits() const;
    long base_minimizers() const;
};

struct Settings {
    SearchLimits limits;
    std::function<void(const std::string&)> progress;
};

/// Where the slope g of a coordinate off the support stands at k = 2: abs(g) < λw, g > λw, g < −λw, or
/// too close to tell. A group: ‖g_j‖, never below.
enum class OffSupport { inside, above, below, open };

/// How each coordinate or group off the support stands; empty for k ≥ 3, where none obstructs.
std::vector<OffSupport> off_support(const Problem& problem, const Region& region);

/// @throws Interrupted, InputError
Landscape landscape_of(const Problem& problem, const Settings& settings);

}  // namespace hadamard::landscape
