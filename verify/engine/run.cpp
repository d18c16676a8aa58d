#include "engine/run.hpp"

#include "engine/shrink.hpp"
#include "hadamard/catalogue/registered_transfers.hpp"
#include "hadamard/core/error.hpp"

#include <algorithm>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>

namespace hadamard::verify {
namespace {

constexpr int shrink_replays = 120;
/// A mutant that survives this many cases is toothless: each is false for nearly every instance.
constexpr long mutant_cases = 60;

/// A cell while cases are still coming in, from any thread in any order.
class Cell {
public:
    Cell(const Claim& claim, TransferTraits transfer, std::vector<Exponent> depths)
        : claim_(claim), transfer_(std::move(transfer)), depths_(std::move(depths)) {
        result_.claim = claim.id;
        result_.transfer = transfer_.name;
    }

    const Claim& claim() const { return claim_; }
    std::string name() const { return claim_.id + " on " + transfer_.name; }
    const std::vector<Exponent>& depths() const { return depths_; }
    Setting setting(long index) const {
        return {transfer_, depths_[static_cast<std::size_t>(index) % depths_.size()]};
    }

    /// A proof for all inputs of a shape. It is no case: cases are counted where they are sampled.
    void merge_proof(const Trial& trial) {
        const std::scoped_lock lock(mutex_);
        ++proofs_;
        for (const auto& [part, shape] : trial.proved_parts()) result_.proved[part].insert(shape);
        all_proved_ = all_proved_ && !trial.proved_parts().empty() &&
                      trial.undecided_reasons().empty() && !trial.refuted();
        for (const std::string& reason : trial.undecided_reasons()) ++result_.reasons[reason];
        if (!trial.refuted()) return;
        ++result_.refuted;
        first_refuted_ = std::numeric_limits<long>::min();
        result_.witness = trial.witness();
    }

    /// `index` orders the cases: the witness kept is the one of the first refuted case.
    void merge(long index, const Trial& trial) {
        const std::scoped_lock lock(mutex_);
        if (trial.empty()) {
            ++result_.discarded;
            return;
        }
        ++result_.cases;
        for (const std::string& part : trial.held_parts()) ++result_.parts[part];
        for (const auto& [name, value] : trial.measured()) {
            const auto [place, fresh] = result_.measured.emplace(name, value);
            if (!fresh) place->second = std::max(place->second, value);
        }
        if (trial.refuted()) {
            ++result_.refuted;
            if (index < first_refuted_) {
                first_refuted_ = index;
                result_.witness = trial.witness();
                if (trial.data() != nullptr)
                    result_.witness["data"] = trial.data()->name;
                else
                    result_.witness["case"] = index;
            }
        } else if (!trial.undecided_reasons().empty()) {
            ++result_.undecided;
            for (const std::string& reason : trial.undecided_reasons()) ++result_.reasons[reason];
        }
    }

    void merge(std::size_t slot, MutantResult mutant) {
        const std::scoped_lock lock(mutex_);
        mutants_[slot] = std::move(mutant);
    }

    CellResult finished() {
        for (auto& [slot, mutant] : mutants_) result_.mutants.push_back(std::move(mutant));
        const bool sampled_some = result_.cases + result_.discarded > 0;
        const bool decided_some = !result_.parts.empty() || !result_.proved.empty();
        // A proof does not stand for cases none of which was decided.
        const bool is_proved = all_proved_ && proofs_ == depths_.size() &&
                               (!sampled_some || !result_.parts.empty());
        if (result_.cases == 0 && result_.discarded > 0)
            result_.reasons["outside the hypotheses, or no candidate was found"] =
                result_.discarded;
        result_.verdict = result_.refuted > 0 ? Verdict::refuted
                          : is_proved         ? Verdict::proved
                          : decided_some      ? Verdict::supported
                                              : Verdict::undecided;
        return std::move(result_);
    }

private:
    const Claim& claim_;
    TransferTraits transfer_;
    std::vector<Exponent> depths_;
    std::mutex mutex_;
    CellResult result_;
    long first_refuted_ = std::numeric_limits<long>::max();
    std::size_t proofs_ = 0;  // depths at which a proof was tried
    bool all_proved_ = true;
    std::map<std::size_t, MutantResult> mutants_;
};

/// Pieces of work of one cell, numbered from 0: a million cases must not take a million objects.
struct Batch {
    Cell* cell;
    std::size_t first;  ///< Number of its first piece in the whole plan.
    /// Does one piece; true when it refuted the claim.
    std::function<bool(long)> work;
};

std::uint64_t case_seed(const RunSettings& settings, const std::string& what,
                        const Setting& setting, long index) {
    SeedMix mix(settings.seed);
    mix << what << setting.transfer.name << setting.depth.text()
        << static_cast<std::uint64_t>(index);
    return mix.value();
}

/// A check that throws has decided nothing; its message is the reason.
void checked(const std::function<void(Trial&)>& check, Trial& trial) {
    try {
        check(trial);
    } catch (const Error& error) {
        trial.undecided("error", error.what());
    }
}

bool run_case(const RunSettings& settings, Cell& cell, long index) {
    const Setting setting = cell.setting(index);
    Trial trial(setting, Tape(case_seed(settings, cell.claim().id, setting, index)),
                settings.digits);
    checked(cell.claim().check, trial);
    if (trial.refuted()) trial = shrunk(cell.claim().check, trial, shrink_replays);
    cell.merge(index, trial);
    return trial.refuted();
}

bool run_proof(const RunSettings& settings, Cell& cell, const Setting& setting) {
    const std::string what = cell.claim().id + "!proof";
    Trial trial(setting, Tape(case_seed(settings, what, setting, 0)), settings.digits);
    checked(cell.claim().prove, trial);
    cell.merge_proof(trial);
    return trial.refuted();
}

bool run_data_case(const RunSettings& settings, Cell& cell, const DataProblem& data,
                   const Setting& setting, long index) {
    const std::string what = cell.claim().id + "@" + data.name + "@" + text(data.lambda);
    Trial trial(setting, Tape(case_seed(settings, what, setting, index)), settings.digits, &data);
    checked(cell.claim().check, trial);
    cell.merge(index, trial);
    return trial.refuted();
}

void run_mutant(const RunSettings& settings, Cell& cell, std::size_t slot,
                const std::vector<Exponent>& depths, const std::atomic<bool>& stop) {
    const Mutant& mutant = cell.claim().mutants[slot];
    MutantResult result;
    result.id = mutant.id;
    for (long index = 0; index < mutant_cases && !result.killed && !stop; ++index) {
        Setting setting = cell.setting(index);
        setting.depth = depths[static_cast<std::size_t>(index) % depths.size()];
        setting.dropped = mutant.drops;
        const std::string what = cell.claim().id + "/" + mutant.id;
        Trial trial(setting, Tape(case_seed(settings, what, setting, index)), settings.digits);
        checked(mutant.check, trial);
        ++result.cases;
        if (!trial.refuted()) continue;
        trial = shrunk(mutant.check, trial, shrink_replays);
        result.killed = true;
        result.witness = trial.witness();
        result.witness["case"] = index;
    }
    if (!stop || result.killed) cell.merge(slot, std::move(result));
}

std::vector<const Claim*> wanted_claims(const RunSettings& settings) {
    std::vector<const Claim*> out;
    for (const std::string& id : settings.claims) out.push_back(&claim_named(id));
    if (settings.claims.empty())
        for (const Claim& claim : claims()) out.push_back(&claim);
    std::sort(out.begin(), out.end(), [](const Claim* a, const Claim* b) { return a->id < b->id; });
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

std::vector<Exponent> depths_where(const std::function<bool(const Setting&)>& applies,
                                   const TransferTraits& transfer,
                                   const std::vector<Exponent>& depths) {
    std::vector<Exponent> out;
    for (const Exponent depth : depths)
        if (applies({transfer, depth})) out.push_back(depth);
    return out;
}

std::vector<Exponent> taken_by(const TransferTraits& transfer,
                               const std::vector<Exponent>& depths) {
    std::vector<Exponent> out;
    for (const Exponent depth : depths)
        if (transfer.takes_depth(depth)) out.push_back(depth);
    return out;
}

class Plan {
public:
    Plan(const RunSettings& settings, const std::atomic<bool>& stop)
        : settings_(settings), stop_(stop) {
        for (const Claim* claim : wanted_claims(settings))
            for (const TransferTraits& transfer : chosen_transfers(settings))
                add_cell(*claim, transfer);
        if (cells_.empty()) throw InputError(why_empty());
    }

    void execute(const std::function<void(const Progress&)>& progress) {
        std::atomic<std::size_t> next = 0;
        std::mutex mutex;
        Progress state;
        state.total = size_;
        std::exception_ptr failure;
        const auto work = [&] {
            for (std::size_t i = next++; i < size_ && !stop_; i = next++) {
                const Batch& batch = batch_of(i);
                bool refuted = false;
                try {
                    refuted = batch.work(static_cast<long>(i - batch.first));
                } catch (...) {
                    const std::scoped_lock lock(mutex);
                    if (!failure) failure = std::current_exception();
                    return;
                }
                const std::scoped_lock lock(mutex);
                ++state.done;
                state.refuted += refuted ? 1 : 0;
                state.current = batch.cell->name();
                progress(state);
            }
            flint_cleanup();  // this thread's caches
        };
        std::vector<std::thread> threads;
        for (int i = 1; i < settings_.threads; ++i) threads.emplace_back(work);
        work();
        for (std::thread& thread : threads) thread.join();
        if (failure) std::rethrow_exception(failure);
    }

    RunResult finished() {
        RunResult out;
        out.interrupted = stop_;
        for (const auto& cell : cells_) {
            CellResult result = cell->finished();
            const bool was_run = result.cases + result.discarded + result.refuted > 0 ||
                                 !result.proved.empty() || !result.mutants.empty();
            if (was_run || !out.interrupted) out.cells.push_back(std::move(result));
        }
        return out;
    }

private:
    void add(Cell& cell, long count, std::function<bool(long)> work) {
        if (count == 0) return;
        batches_.push_back({&cell, size_, std::move(work)});
        size_ += static_cast<std::size_t>(count);
    }

    const Batch& batch_of(std::size_t piece) const {
        const auto next = std::upper_bound(
            batches_.begin(), batches_.end(), piece,
            [](std::size_t number, const Batch& batch) { return number < batch.first; });
        return *std::prev(next);
    }

    std::string why_empty() const {
        for (const TransferTraits& transfer : chosen_transfers(settings_))
            if (chosen_depths(settings_, transfer).empty())
                return "--depth: " + transfer.name + " takes none of the depths given";
        const auto applies = [this](const Claim* claim) {
            for (const TransferTraits& transfer : chosen_transfers(settings_))
                if (!depths_where(claim->applies, transfer, chosen_depths(settings_, transfer))
                         .empty())
                    return true;
            return false;
        };
        const std::vector<const Claim*> wanted = wanted_claims(settings_);
        return std::any_of(wanted.begin(), wanted.end(), applies)
                   ? "--data: the claims chosen speak of random instances only"
                   : "--transfer, --depth: the hypotheses of the claims chosen exclude them (hadamard "
                     "claims shows which transfers a claim is for)";
    }

    void add_cell(const Claim& claim, const TransferTraits& transfer) {
        const bool has_cases = settings_.random || (claim.on_data && !settings_.data.empty());
        if (!has_cases) return;
        const std::vector<Exponent> wanted = chosen_depths(settings_, transfer);
        const std::vector<Exponent> depths = depths_where(claim.applies, transfer, wanted);
        if (depths.empty()) return;
        cells_.push_back(std::make_unique<Cell>(claim, transfer, depths));
        Cell& cell = *cells_.back();
        if (claim.on_data) add_data_cases(cell, transfer);
        if (claim.prove && settings_.random)
            add(cell, static_cast<long>(depths.size()), [this, &cell](long index) {
                return run_proof(settings_, cell, cell.setting(index));
            });
        const long cases = settings_.random ? settings_.cases.value_or(claim.default_cases) : 0;
        add(cell, cases, [this, &cell](long index) { return run_case(settings_, cell, index); });
        for (std::size_t slot = 0; slot < claim.mutants.size(); ++slot) {
            const std::vector<Exponent> where =
                depths_where(claim.mutants[slot].applies, transfer, wanted);
            if (where.empty()) continue;
            add(cell, 1, [this, &cell, slot, where](long) {
                run_mutant(settings_, cell, slot, where, stop_);
                return false;
            });
        }
    }

    /// Data cases have negative numbers, so that case n of the random ones is the same with or
    /// without data.
    void add_data_cases(Cell& cell, const TransferTraits& transfer) {
        long index = std::numeric_limits<long>::min();
        for (const DataProblem& data : settings_.data)
            for (const Exponent depth : cell.depths()) {
                const Setting setting{transfer, depth};
                add(cell, 1, [this, &cell, &data, setting, index](long) {
                    return run_data_case(settings_, cell, data, setting, index);
                });
                ++index;
            }
    }

    const RunSettings& settings_;
    const std::atomic<bool>& stop_;
    std::vector<std::unique_ptr<Cell>> cells_;
    std::vector<Batch> batches_;
    std::size_t size_ = 0;
};

/// A full run is one that tries everything, so that a mutant it never tried has no teeth at all.
bool is_full(const RunSettings& settings) {
    return settings.transfers.empty() && settings.depths.empty();
}

std::vector<std::string> toothless_mutants(const RunSettings& settings, const RunResult& result) {
    std::vector<std::string> out;
    for (const Claim* claim : wanted_claims(settings))
        for (const Mutant& mutant : claim->mutants) {
            bool is_run = false, tried = false, survived = false;
            for (const CellResult& cell : result.cells) {
                if (cell.claim != claim->id) continue;
                is_run = true;
                for (const MutantResult& one : cell.mutants) {
                    if (one.id != mutant.id) continue;
                    tried = true;
                    survived = survived || !one.killed;
                }
            }
            const bool is_missed = is_run && !tried && is_full(settings) && !result.interrupted;
            if (survived || is_missed) out.push_back(claim->id + ": " + mutant.id);
        }
    return out;
}

Verdict weakest(const RunResult& result) {
    if (result.cells.empty()) return Verdict::undecided;
    Verdict out = Verdict::proved;
    for (const CellResult& cell : result.cells) out = std::min(out, cell.verdict);
    return out;
}

}  // namespace

std::vector<Exponent> default_depths(const TransferTraits& transfer) {
    if (const RegisteredTransfer* own = registered_transfer(transfer.name)) return {own->depth};
    return taken_by(transfer, {2, Exponent(5, 2), 3, 4});
}

std::vector<Exponent> chosen_depths(const RunSettings& settings, const TransferTraits& transfer) {
    return settings.depths.empty() ? default_depths(transfer) : taken_by(transfer, settings.depths);
}

std::vector<TransferTraits> chosen_transfers(const RunSettings& settings) {
    if (settings.transfers.empty()) return transfer_catalogue();
    std::vector<TransferTraits> out;
    for (const TransferTraits& known : transfer_catalogue())
        for (const std::string& name : settings.transfers)
            if (transfer_traits(name).name == known.name) out.push_back(known);
    return out;
}

RunResult run(const RunSettings& settings, const std::atomic<bool>& stop,
              const std::function<void(const Progress&)>& progress) {
    require(settings.threads >= 1, "run: threads must be at least 1");
    Plan plan(settings, stop);
    plan.execute(progress);
    RunResult out = plan.finished();
    out.toothless = toothless_mutants(settings, out);
    out.verdict = weakest(out);
    return out;
}

}  // namespace hadamard::verify
