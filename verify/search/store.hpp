#pragma once

/// @file
/// Campaigns on disk: one SQLite file, write-ahead log, every commit of a finding synced.

#include "search/campaign.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

struct sqlite3;

namespace hadamard::search {

/// "HDMS": `PRAGMA application_id` of a store.
constexpr int store_application = 0x48444d53;
constexpr int store_version = 1;

/// A witness as stored: its address, its text, and where it came from.
struct StoredWitness {
    std::string id, text;
    std::string campaign_key;
    long unit = 0;
    Witness witness;
};

/// A campaign as stored.
struct StoredCampaign {
    long number = 0;
    std::string key;
    State state;
    /// Program, command and machine of each run that worked on it (`cli::provenance`); none of what
    /// was done before stores kept them.
    std::vector<nlohmann::ordered_json> sessions;
};

/// An open store.
///
/// One process writes at a time: a second writer is refused while the first lives, by a lock that
/// the system drops with the process, however it ends. Readers come and go beside it. Not for
/// network file systems (SQLite's write-ahead log is not).
///
/// Error  every failure is an `InputError` that names the file and says what to do; whatever was
///        acknowledged before stays.
class Store {
public:
    /// Creates the file where there is none; nothing is changed in a file that is no store. Stores of
    /// earlier programs of the same version get the table they lack, and stay readable by those.
    static Store for_writing(const std::string& path);
    /// @throws InputError when there is none.
    static Store for_reading(const std::string& path);

    Store(Store&&) noexcept;
    Store& operator=(Store&&) noexcept;
    ~Store();

    /// The campaign with this key; a new one where there is none.
    StoredCampaign campaign(const std::string& key);
    std::vector<StoredCampaign> campaigns();
    /// All witnesses, by address.
    std::vector<StoredWitness> witnesses();

    /// Notes who goes on with the campaign from here.
    void begin_session(long campaign, const nlohmann::ordered_json& provenance);

    /// One transaction: the state after `results`, and what they found.
    void commit(long campaign, const State& state, const std::vector<UnitResult>& results);

private:
    class Connection;
    explicit Store(std::unique_ptr<Connection> connection);
    std::unique_ptr<Connection> connection_;
};

/// Commits a campaign's units to a store: at once when something was found, otherwise at least
/// every half second, for a commit waits for the disk.
class StoreLedger : public Ledger {
public:
    StoreLedger(Store& store, long campaign) : store_(store), campaign_(campaign) {}
    void add(const UnitResult& result, const State& state) override;
    void flush(const State& state) override;

private:
    Store& store_;
    long campaign_;
    std::vector<UnitResult> pending_;
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

/// For campaigns that nothing is kept of.
class NoLedger : public Ledger {
public:
    void add(const UnitResult&, const State&) override {}
    void flush(const State&) override {}
};

}  // namespace hadamard::search
