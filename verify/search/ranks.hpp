#pragma once

/// @file
/// A campaign over the ranks of an MPI job: rank 0 owns the store and hands out units, the others
/// work.

#include "search/queue.hpp"

#include <string>

namespace hadamard::search {

/// The MPI job that started this process: under mpirun or srun, in a program built with MPI; else a
/// job of one, and MPI is not touched.
///
/// Error  a rank that dies takes the job down, as MPI does by default; what rank 0 acknowledged is
///        in its store, and the same command resumes.
class Ranks {
public:
    Ranks();
    /// Rank 0 dismisses those that still wait.
    ~Ranks();
    Ranks(const Ranks&) = delete;
    Ranks& operator=(const Ranks&) = delete;

    int rank() const { return rank_; }
    int size() const { return size_; }

    /// The other ranks, one unit each at a time.   @pre rank() = 0, size() > 1
    Crew crew();
    /// Works on what rank 0 hands out until it dismisses this one.   @pre rank() > 0
    void serve(const Plan& plan);

private:
    void dismiss();

    int rank_ = 0, size_ = 1;
    bool dismissed_ = false;
};

/// A result as one line of JSON, and back: nothing is lost.
std::string text_of(const UnitResult& result);
UnitResult result_from_text(const std::string& text);

}  // namespace hadamard::search
