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

/// Cores for timed runs, held against other processes of this program by a lock file each.
class Cores {
public:
    /// As many as are wanted, of those that nobody holds; where all are held, of all.
    explicit Cores(int wanted);
    ~Cores();
    Cores(const Cores&) = delete;
    Cores& operator=(const Cores&) = delete;

    const std::vector<int>& numbers() const { return numbers_; }
    bool are_shared() const { return are_shared_; }  ///< With another process: times are longer.

private:
    std::vector<int> numbers_, locks_;
    bool are_shared_ = false;
};

/// Makes the runs that the file does not have. Runs share no core: each worker is bound to one of its
/// own, so that no two timed runs meet.
Results run(Grid& grid, const Plan& plan, RecordFile& file, const Cores& cores,
            const Interrupted& is_interrupted, const Progress& progress);

/// Cores this process may run on.
int available_cores();

}  // namespace hadamard::converge
