#pragma once

#include "converge/cells.hpp"
#include "converge/record_file.hpp"

#include <functional>
#include <string>
#include <vector>

namespace hadamard::converge {

/// What a campaign has when it ends, in the order of the grid.
struct Results {
    std::vector<nlohmann::json> references;
    std::vector<nlohmann::json> runs;
    std::size_t cells = 0;   ///< Wanted; fewer runs than that: interrupted.
    std::size_t reused = 0;  ///< Of the runs: they were in the file.
};

/// Asked now and then by every worker; true stops.
using Interrupted = std::function<bool()>;
/// Told of what is going on, by one worker at a time.
using Progress = std::function<void(const std::string&)>;

/// Makes the runs that the file does not have. Runs share no core: each worker is bound to one of its
/// own, so that no two timed runs meet.
/// @param workers  ≥ 1; no more than there are cores are used.
Results run(Grid& grid, const Plan& plan, RecordFile& file, int workers,
            const Interrupted& is_interrupted, const Progress& progress);

/// Cores this process may run on.
int available_cores();

}  // namespace hadamard::converge
