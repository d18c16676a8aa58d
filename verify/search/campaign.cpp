#include "search/campaign.hpp"

#include "engine/run.hpp"
#include "engine/user_transfers.hpp"
#include "hadamard/core/error.hpp"

#include <algorithm>
#include <thread>

namespace hadamard::search {
namespace {

using Clock = std::chrono::steady_clock;

/// Results that are finished before a unit ahead of them wait for it; so many for each worker.
constexpr long window_per_worker = 16;

nlohmann::ordered_json key_of(const Cell& cell) {
    nlohmann::ordered_json out = {{"transfer", cell.transfer.name}, {"depth", cell.depth.text()}};
    const std::string definition = verify::definition_of(cell.transfer.name);
    if (!definition.empty()) out["definition"] = nlohmann::json::parse(definition);
    return out;
}

/// A crew at work on a queue; closed and waited for at the end, whatever happens.
class AtWork {
public:
    AtWork(const Crew& crew, const Plan& plan, Queue& queue)
        : queue_(queue), thread_([&crew, &plan, &queue] { crew.work(plan, queue); }) {}
    ~AtWork() {
        queue_.close();
        thread_.join();
    }
    AtWork(const AtWork&) = delete;
    AtWork& operator=(const AtWork&) = delete;

private:
    Queue& queue_;
    std::thread thread_;
};

}  // namespace

bool State::knows(const std::string& witness) const {
    return std::any_of(found.begin(), found.end(),
                       [&](const Found& one) { return one.witness.id == witness; });
}

void State::add(const UnitResult& result) {
    require(result.unit == units, "search: unit " + std::to_string(result.unit) + " after " +
                                      std::to_string(units) + " units");
    ++units;
    health.add(result.health);
    if (result.best_margin && (records.empty() || *result.best_margin > records.back().margin))
        records.push_back({result.unit, health.evaluations(), *result.best_margin});
    if (result.witness && !knows(result.witness->id))
        found.push_back({result.unit, *result.witness});
}

bool Limits::reached_by(const State& state) const {
    return (evaluations && state.health.evaluations() >= *evaluations) ||
           static_cast<long>(state.found.size()) >= witnesses;
}

std::string key_of(const Plan& plan) {
    nlohmann::ordered_json out;
    out["claim"] = plan.subject.claim_id();
    out["mutant"] = plan.subject.mutant_id();
    out["cells"] = nlohmann::ordered_json::array();
    for (const Cell& cell : plan.cells)
        out["cells"].push_back(key_of(cell));
    out["seed"] = plan.seed;
    out["digits"] = plan.digits;
    out["algorithm"] = algorithm_version;
    return out.dump();
}

std::vector<Cell> cells_of(const Subject& subject, const std::vector<std::string>& transfers,
                           const std::vector<Exponent>& depths) {
    verify::RunSettings settings;
    settings.transfers = transfers;
    settings.depths = depths;
    std::vector<Cell> out;
    for (const TransferTraits& transfer : verify::chosen_transfers(settings))
        for (const Exponent depth : verify::chosen_depths(settings, transfer))
            if (subject.applies(transfer, depth)) out.push_back({transfer, depth});
    if (out.empty())
        throw InputError("--transfer, --depth: " + subject.name() +
                         " applies to none of those chosen (see hadamard claims " +
                         subject.claim_id() + ")");
    return out;
}

void run_units(const Plan& plan, const Limits& limits, const Crew& crew,
               const std::atomic<bool>& stop, State& state, Ledger& ledger,
               const std::function<void(const State&)>& progress) {
    const Clock::time_point start = Clock::now();
    const double earlier = state.seconds;
    const auto elapsed = [start] { return std::chrono::duration<double>(Clock::now() - start); };
    Queue queue(state.units, crew.size * window_per_worker);
    bool ended = limits.reached_by(state);
    const auto close_in_time = [&] {
        if (stop || (limits.time && elapsed() >= *limits.time)) queue.close();
    };
    close_in_time();  // before a worker takes anything
    if (!ended) {
        const AtWork working(crew, plan, queue);
        while (!ended && !queue.is_drained()) {
            close_in_time();
            const std::optional<UnitResult> result = queue.result(std::chrono::milliseconds(100));
            state.seconds = earlier + elapsed().count();
            if (result) {
                state.add(*result);
                ledger.add(*result, state);
                ended = limits.reached_by(state);  // what ran ahead is not part of the campaign
            }
            progress(state);
        }
    }
    state.seconds = earlier + elapsed().count();
    ledger.flush(state);
    queue.rethrow();
}

}  // namespace hadamard::search
