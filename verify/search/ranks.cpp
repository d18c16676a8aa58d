#include "search/ranks.hpp"

#include "hadamard/core/error.hpp"

#ifdef HADAMARD_HAS_MPI
#include <mpi.h>
#endif

#include <cstdlib>
#include <set>
#include <thread>
#include <vector>

namespace hadamard::search {

using Json = nlohmann::ordered_json;

std::string text_of(const UnitResult& result) {
    Json out;
    out["unit"] = result.unit;
    out["health"] = result.health.to_json();
    if (result.best_margin) out["best_margin"] = *result.best_margin;
    if (result.witness) {
        const Witness& witness = *result.witness;
        out["witness"] = {{"id", witness.id},
                          {"text", witness.text},
                          {"printed", witness.printed},
                          {"origin", witness.origin}};
        if (witness.margin) out["witness"]["margin"] = *witness.margin;
    }
    return out.dump();
}

UnitResult result_from_text(const std::string& text) {
    const Json json = Json::parse(text);
    UnitResult out;
    out.unit = json.at("unit").get<long>();
    out.health = Health::from_json(json.at("health"));
    if (json.contains("best_margin")) out.best_margin = json["best_margin"].get<double>();
    if (json.contains("witness")) {
        const Json& from = json["witness"];
        Witness witness;
        witness.id = from.at("id");
        witness.text = from.at("text");
        witness.printed = from.at("printed");
        witness.origin = from.at("origin");
        if (from.contains("margin")) witness.margin = from["margin"].get<double>();
        out.witness = std::move(witness);
    }
    return out;
}

#ifdef HADAMARD_HAS_MPI

namespace {

constexpr int to_worker = 1, to_root = 2;
constexpr long no_more = -1;
/// What begins a message that says why a unit failed; a result begins with a brace.
constexpr char failure_mark = '!';

bool was_launched() {
    for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"})
        if (std::getenv(name) != nullptr) return true;
    return false;
}

void send_unit(int rank, long unit) {
    MPI_Send(&unit, 1, MPI_LONG, rank, to_worker, MPI_COMM_WORLD);
}

void send_text(const std::string& text) {
    MPI_Send(text.data(), static_cast<int>(text.size()), MPI_CHAR, 0, to_root, MPI_COMM_WORLD);
}

struct Message {
    int from = 0;
    std::string text;
};

/// The message that `status` announces.
Message received(MPI_Status status) {
    int size = 0;
    MPI_Get_count(&status, MPI_CHAR, &size);
    Message out{status.MPI_SOURCE, std::string(static_cast<std::size_t>(size), '\0')};
    MPI_Recv(out.text.data(), size, MPI_CHAR, out.from, to_root, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    return out;
}

std::optional<Message> message() {
    int is_there = 0;
    MPI_Status status;
    MPI_Iprobe(MPI_ANY_SOURCE, to_root, MPI_COMM_WORLD, &is_there, &status);
    if (is_there == 0) return std::nullopt;
    return received(status);
}

/// A first, empty message says that a rank is there.
void accept(const Message& message, Queue& queue) {
    if (message.text.empty()) return;
    if (message.text.front() == failure_mark)
        queue.fail(std::make_exception_ptr(
            Error("rank " + std::to_string(message.from) + ": " + message.text.substr(1))));
    else
        queue.put(result_from_text(message.text));
}

std::string answer(const Plan& plan, long unit) {
    try {
        return text_of(work(plan, unit));
    } catch (const std::exception& error) {
        return failure_mark + std::string(error.what());
    }
}

}  // namespace

Ranks::Ranks() {
    if (!was_launched()) return;
    int provided = 0;
    // Rank 0 talks from the one thread that hands out units, which is not the main one.
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided);
    if (provided < MPI_THREAD_SERIALIZED) throw InputError("this MPI does not allow threads");
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
}

Ranks::~Ranks() {
    int is_up = 0;
    MPI_Initialized(&is_up);
    if (is_up == 0) return;
    if (rank_ == 0) dismiss();
    MPI_Finalize();
}

void Ranks::dismiss() {
    if (dismissed_) return;
    dismissed_ = true;
    for (int rank = 1; rank < size_; ++rank) {
        MPI_Status status;
        MPI_Probe(rank, to_root, MPI_COMM_WORLD, &status);
        received(status);
        send_unit(rank, no_more);
    }
}

Crew Ranks::crew() {
    require(rank_ == 0 && size_ > 1, "Ranks::crew: on rank 0 of several");
    return {size_ - 1, [this](const Plan&, Queue& queue) {
                std::set<int> idle;
                while (!queue.is_closed() || static_cast<int>(idle.size()) < size_ - 1) {
                    bool rests = true;
                    while (const std::optional<Message> next = message()) {
                        accept(*next, queue);
                        idle.insert(next->from);
                        rests = false;
                    }
                    while (!idle.empty()) {
                        const std::optional<long> unit = queue.try_take();
                        if (!unit) break;
                        send_unit(*idle.begin(), *unit);
                        idle.erase(idle.begin());
                        rests = false;
                    }
                    // MPI waits by spinning on a core, and would not see the queue close.
                    if (rests) std::this_thread::sleep_for(std::chrono::microseconds(200));
                }
                for (const int rank : idle) send_unit(rank, no_more);
                dismissed_ = true;
            }};
}

void Ranks::serve(const Plan& plan) {
    require(rank_ > 0, "Ranks::serve: not on rank 0");
    std::string message;
    while (true) {
        send_text(message);
        long unit = no_more;
        MPI_Recv(&unit, 1, MPI_LONG, 0, to_worker, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (unit == no_more) return;
        message = answer(plan, unit);
    }
}

#else  // a job of one

Ranks::Ranks() = default;
Ranks::~Ranks() = default;
void Ranks::dismiss() { dismissed_ = true; }
Crew Ranks::crew() { throw PreconditionError("Ranks::crew: on rank 0 of several"); }
void Ranks::serve(const Plan&) { throw PreconditionError("Ranks::serve: not on rank 0"); }

#endif

}  // namespace hadamard::search
