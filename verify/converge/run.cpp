#include "converge/run.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

namespace hadamard::converge {
namespace {

std::vector<int> cores() {
    cpu_set_t set;
    CPU_ZERO(&set);
    std::vector<int> out;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        for (int core = 0; core < CPU_SETSIZE; ++core)
            if (CPU_ISSET(core, &set)) out.push_back(core);
    return out;
}

/// The descriptor of the lock of a core, or -1: somebody has it. Where there can be no file, nothing is
/// held and the core is free.
int lock_of(int core, bool& is_free) {
    const char* folder = std::getenv("XDG_RUNTIME_DIR");
    const std::string path = fmt::format("{}/hadamard-core-{}.lock",
                                         folder != nullptr && *folder != 0 ? folder : "/tmp", core);
    const int out = ::open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    is_free = out < 0 || ::flock(out, LOCK_EX | LOCK_NB) == 0;
    if (is_free) return out;
    ::close(out);
    return -1;
}

void bind_to(int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    sched_setaffinity(0, sizeof set, &set);  // this thread; where it fails, threads wander
}

bool is_reference_of(const Target& target, const nlohmann::json& record) {
    return record.value("record", "") == "reference" &&
           record.value("problem", "") == target.problem &&
           record.value("penalty", "") == target.penalty &&
           record.value("loss", "") == target.regression->loss() &&
           record.value("rows", Index(0)) == target.regression->rows() &&
           record.value("lambda", 0.0) == target.lambda;
}

class Campaign {
public:
    Campaign(Grid& grid, const Plan& plan, RecordFile& file, const Interrupted& is_interrupted,
             const Progress& progress)
        : grid_(grid),
          plan_(plan),
          file_(file),
          is_interrupted_(is_interrupted),
          progress_(progress),
          runs_(grid.cells.size()) {}

    Results operator()(const std::vector<int>& on) {
        take_known();
        find_references();
        std::vector<std::thread> threads;
        for (const int core : on)
            threads.emplace_back([this, core] {
                if (core >= 0) bind_to(core);
                work();
            });
        for (std::thread& thread : threads) thread.join();
        if (error_) std::rethrow_exception(error_);
        Results out;
        out.cells = grid_.cells.size();
        out.reused = reused_;
        for (const Target& target : grid_.targets)
            if (!target.reference.is_null()) out.references.emplace_back(target.reference);
        for (nlohmann::json& run : runs_)
            if (!run.is_null()) out.runs.push_back(std::move(run));
        return out;
    }

private:
    void take_known() {
        std::map<std::string, const nlohmann::json*> by_key;
        for (const nlohmann::json& record : file_.known()) {
            if (record.value("record", "") == "run") by_key[record.value("key", "")] = &record;
            for (Target& target : grid_.targets)
                if (is_reference_of(target, record)) take_reference(target, record);
        }
        for (std::size_t c = 0; c < runs_.size(); ++c)
            if (const auto found = by_key.find(grid_.cells[c].key); found != by_key.end()) {
                runs_[c] = *found->second;
                ++reused_;
            }
        done_ = reused_;
    }

    void find_references() {
        std::size_t position = 0;
        for (Target& target : grid_.targets) {
            ++position;
            if (!target.reference.is_null() || is_interrupted_()) continue;
            progress_(fmt::format("certifying the minimizer {} of {}: {}, {}", position,
                                  grid_.targets.size(), target.problem, target.penalty));
            find_reference(target, plan_, is_interrupted_);
            if (is_interrupted_() || target.reference.is_null()) {
                target.reference = nullptr;
                continue;
            }
            file_.append(target.reference);
        }
    }

    void work() {
        try {
            for (;;) {
                const std::size_t c = next_++;
                if (c >= runs_.size() || is_interrupted_()) return;
                if (!runs_[c].is_null()) continue;
                make(c);
            }
        } catch (...) {
            const std::lock_guard lock(mutex_);
            if (!error_) error_ = std::current_exception();
            next_ = runs_.size();
        }
    }

    void make(std::size_t c) {
        const Cell& cell = grid_.cells[c];
        const Target& target = grid_.targets[cell.target];
        if (target.reference.is_null()) return;
        const auto asked = [&] {
            const std::unique_lock lock(mutex_, std::try_to_lock);
            if (lock)
                progress_(fmt::format("{} of {} runs; {} on {}", done_, runs_.size(), cell.method,
                                      target.problem));
            return is_interrupted_();
        };
        const nlohmann::ordered_json record = run_cell(target, cell, plan_, asked);
        if (record.is_null()) return;
        const std::lock_guard lock(mutex_);
        file_.append(record);
        runs_[c] = record;
        ++done_;
    }

    Grid& grid_;
    const Plan& plan_;
    RecordFile& file_;
    const Interrupted& is_interrupted_;
    const Progress& progress_;
    std::vector<nlohmann::json> runs_;
    std::atomic<std::size_t> next_ = 0;
    std::size_t done_ = 0, reused_ = 0;
    std::mutex mutex_;
    std::exception_ptr error_;
};

}  // namespace

int available_cores() { return std::max(1, static_cast<int>(cores().size())); }

Cores::Cores(int wanted) {
    const std::vector<int> all = cores();
    for (const int core : all) {
        if (static_cast<int>(numbers_.size()) == wanted) break;
        bool is_free = false;
        const int lock = lock_of(core, is_free);
        if (lock >= 0) locks_.push_back(lock);
        if (is_free) numbers_.push_back(core);
    }
    if (!numbers_.empty()) return;
    are_shared_ = !all.empty();
    for (const int core : all)
        if (static_cast<int>(numbers_.size()) < wanted) numbers_.push_back(core);
    if (numbers_.empty()) numbers_.push_back(-1);  // the system does not say: not bound
}

Cores::~Cores() {
    for (const int lock : locks_) ::close(lock);
}

Results run(Grid& grid, const Plan& plan, RecordFile& file, const Cores& cores,
            const Interrupted& is_interrupted, const Progress& progress) {
    return Campaign(grid, plan, file, is_interrupted, progress)(cores.numbers());
}

}  // namespace hadamard::converge
