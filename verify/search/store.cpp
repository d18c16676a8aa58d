#include "search/store.hpp"

#include "hadamard/core/error.hpp"
#include "search/digest.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace hadamard::search {
namespace {

constexpr const char* schema = R"sql(
CREATE TABLE campaign(
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,         -- canonical JSON of what determines the units
    units INTEGER NOT NULL,           -- units 0 … units-1 are done
    evaluations INTEGER NOT NULL,
    seconds REAL NOT NULL,
    health TEXT NOT NULL) STRICT;     -- JSON
CREATE TABLE witness(
    id TEXT PRIMARY KEY,              -- SHA-256 of text
    text TEXT NOT NULL,               -- canonical JSON of the case
    printed TEXT NOT NULL) STRICT;    -- what the claim says of it, JSON
CREATE TABLE finding(
    campaign INTEGER NOT NULL REFERENCES campaign(number),
    unit INTEGER NOT NULL,
    witness TEXT NOT NULL REFERENCES witness(id),
    origin TEXT NOT NULL,
    margin REAL,                      -- NULL where the subject has none
    PRIMARY KEY(campaign, witness)) STRICT;
CREATE TABLE margin_record(
    campaign INTEGER NOT NULL REFERENCES campaign(number),
    unit INTEGER NOT NULL,
    evaluations INTEGER NOT NULL,
    margin REAL NOT NULL,
    PRIMARY KEY(campaign, unit)) STRICT;
)sql";

/// Stores of version 1 are without it where no later program has written to them.
constexpr const char* session_schema = R"sql(
CREATE TABLE IF NOT EXISTS session(
    number INTEGER PRIMARY KEY,
    campaign INTEGER NOT NULL REFERENCES campaign(number),
    provenance TEXT NOT NULL) STRICT; -- JSON: program, command, machine
)sql";

std::string advice(int code) {
    switch (code & 0xff) {
        case SQLITE_FULL:
            return "the disk is full; all that was committed is kept: free space and run the same "
                   "command again";
        case SQLITE_IOERR:
            return "reading or writing failed (disk full, size limit or a fault); all that was "
                   "committed is kept: make room and run the same command again";
        case SQLITE_NOTADB: return "is not a store of hadamard search; name another file";
        case SQLITE_CORRUPT:
            return "is damaged; restore a copy, or name a new file and search again";
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH: return "cannot be written; check its permissions and its directory's";
        case SQLITE_CANTOPEN: return "cannot be opened; check the path and its permissions";
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return "is in use by another program; try again when it has ended";
        default: return "cannot be used as a store";
    }
}

}  // namespace

/// The SQLite handle, with the lock that makes its process the only writer.
class Store::Connection {
public:
    Connection(std::string path, bool writes) : path_(std::move(path)) {
        if (writes) lock();
        const int flags =
            writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
        if (writes || !is_frozen())
            check(sqlite3_open_v2(path_.c_str(), &handle_, flags, nullptr));
        else
            check(
                sqlite3_open_v2(frozen_uri().c_str(), &handle_, flags | SQLITE_OPEN_URI, nullptr));
        sqlite3_extended_result_codes(handle_, 1);
        check(sqlite3_busy_timeout(handle_, 5000));
    }
    /// SQLite first: closing any descriptor of the file drops its own locks.
    ~Connection() {
        sqlite3_close_v2(handle_);
        if (lock_ >= 0) close(lock_);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    [[noreturn]] void refuse(const std::string& why) const { throw InputError(path_ + ": " + why); }

    void check(int code) const {
        if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
        refuse(advice(code) + " (" + sqlite3_errstr(code) + ")");
    }

    void execute(const char* sql) const {
        check(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr));
    }

    sqlite3* handle() const { return handle_; }

    /// What is written to a file without a name is gone with this process.
    void require_in_place() const {
        struct stat ours {}, named {};
        if (fstat(lock_, &ours) != 0 || stat(path_.c_str(), &named) != 0 ||
            ours.st_ino != named.st_ino || ours.st_dev != named.st_dev)
            refuse("was removed or replaced while it was written to; what was found since is lost");
    }

private:
    /// Nobody can be writing: no log beside the file, and no way to make one. SQLite needs to be
    /// told.
    bool is_frozen() const {
        const std::string directory = std::filesystem::absolute(path_).parent_path().string();
        return access(directory.c_str(), W_OK) != 0 && access((path_ + "-wal").c_str(), F_OK) != 0;
    }

    std::string frozen_uri() const {
        std::string out = "file:";
        for (const char c : std::filesystem::absolute(path_).string())
            out += c == '?' || c == '#' || c == '%'
                       ? fmt::format("%{:02x}", static_cast<unsigned char>(c))
                       : std::string(1, c);
        return out + "?immutable=1";
    }

    /// BSD locks are apart from the POSIX locks of SQLite; the descriptor outlives its handle.
    void lock() {
        lock_ = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (lock_ < 0) refuse(std::string("cannot be written (") + std::strerror(errno) + ")");
        if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
            const int reason = errno;
            close(std::exchange(lock_, -1));
            if (reason == EWOULDBLOCK)
                refuse(
                    "another hadamard search is writing to it; wait, or give --store another file");
            refuse(std::string("cannot be locked (") + std::strerror(reason) + ")");
        }
    }

    std::string path_;
    sqlite3* handle_ = nullptr;
    int lock_ = -1;
};

namespace {

/// A prepared statement. Parameters and columns count from 0.
template <class Connection>
class Statement {
public:
    Statement(const Connection& connection, const char* sql) : connection_(connection) {
        connection.check(sqlite3_prepare_v2(connection.handle(), sql, -1, &handle_, nullptr));
    }
    ~Statement() { sqlite3_finalize(handle_); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    Statement& bind(const std::string& text) {
        return bound(sqlite3_bind_text(handle_, ++bound_, text.data(),
                                       static_cast<int>(text.size()), SQLITE_TRANSIENT));
    }
    Statement& bind(long number) { return bound(sqlite3_bind_int64(handle_, ++bound_, number)); }
    Statement& bind(double number) { return bound(sqlite3_bind_double(handle_, ++bound_, number)); }
    Statement& bind(const std::optional<double>& number) {
        return number ? bind(*number) : bound(sqlite3_bind_null(handle_, ++bound_));
    }

    /// True while there are rows.
    bool step() {
        const int code = sqlite3_step(handle_);
        connection_.check(code);
        return code == SQLITE_ROW;
    }
    void run() {
        while (step()) {
        }
    }

    long number(int column) const { return sqlite3_column_int64(handle_, column); }
    double real(int column) const { return sqlite3_column_double(handle_, column); }
    bool is_null(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }
    std::string text(int column) const {
        const auto* bytes = sqlite3_column_text(handle_, column);
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, column));
        return bytes == nullptr ? std::string()
                                : std::string(reinterpret_cast<const char*>(bytes), size);
    }

private:
    Statement& bound(int code) {
        connection_.check(code);
        return *this;
    }

    const Connection& connection_;
    sqlite3_stmt* handle_ = nullptr;
    int bound_ = 0;
};

template <class Connection>
long pragma(const Connection& connection, const char* sql) {
    Statement statement(connection, sql);
    return statement.step() ? statement.number(0) : 0;
}

/// Undone unless committed.
template <class Connection>
class Transaction {
public:
    explicit Transaction(const Connection& connection) : connection_(connection) {
        connection.execute("BEGIN IMMEDIATE");
    }
    ~Transaction() {
        if (!done_) sqlite3_exec(connection_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit() {
        connection_.execute("COMMIT");
        done_ = true;
    }

private:
    const Connection& connection_;
    bool done_ = false;
};

/// Stored JSON that does not parse was not written by this program.
template <class Connection, class Read>
auto interpreted(const Connection& connection, Read read) {
    try {
        return read();
    } catch (const nlohmann::json::exception&) {
        connection.refuse(advice(SQLITE_CORRUPT));
    }
}

template <class Connection>
void require_a_store(const Connection& connection) {
    const long application = pragma(connection, "PRAGMA application_id");
    const long version = pragma(connection, "PRAGMA user_version");
    if (application != store_application)
        connection.refuse("is a database of another program; name another file");
    if (version > store_version)
        connection.refuse(
            fmt::format("was written by a newer hadamard (store version {}, this "
                        "program knows {}); use that one",
                        version, store_version));
    Statement checked(connection, "PRAGMA quick_check(1)");
    if (!checked.step() || checked.text(0) != "ok") connection.refuse(advice(SQLITE_CORRUPT));
}

template <class Connection>
bool is_blank(const Connection& connection) {
    return pragma(connection, "SELECT count(*) FROM sqlite_schema") == 0 &&
           pragma(connection, "PRAGMA application_id") == 0 &&
           pragma(connection, "PRAGMA user_version") == 0;
}

template <class Connection>
void create(const Connection& connection) {
    connection.execute("PRAGMA journal_mode=WAL");
    connection.execute("PRAGMA synchronous=FULL");
    Transaction transaction(connection);
    connection.execute(schema);
    connection.execute(fmt::format("PRAGMA application_id={}", store_application).c_str());
    connection.execute(fmt::format("PRAGMA user_version={}", store_version).c_str());
    transaction.commit();
}

template <class Connection, class Row>
Witness witness_in(const Connection& connection, const Row& row) {
    if (sha256(row.text(1)) != row.text(0))
        connection.refuse("witness " + row.text(0).substr(0, 12) +
                          " does not have the text of its address; restore a copy");
    Witness out;
    out.id = row.text(0);
    out.text = row.text(1);
    out.printed = nlohmann::ordered_json::parse(row.text(2));
    out.origin = row.text(3);
    if (!row.is_null(4)) out.margin = row.real(4);
    return out;
}

template <class Connection>
void read_state(const Connection& connection, StoredCampaign& campaign) {
    Statement records(connection,
                      "SELECT unit, evaluations, margin FROM margin_record WHERE campaign = ? "
                      "ORDER BY unit");
    records.bind(campaign.number);
    while (records.step())
        campaign.state.records.push_back({records.number(0), records.number(1), records.real(2)});
    Statement found(connection,
                    "SELECT id, text, printed, origin, margin, unit FROM finding JOIN witness ON "
                    "witness = id WHERE campaign = ? ORDER BY unit");
    found.bind(campaign.number);
    while (found.step())
        campaign.state.found.push_back({found.number(5), witness_in(connection, found)});
}

template <class Connection>
void read_sessions(const Connection& connection, StoredCampaign& campaign) {
    if (pragma(connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'session'") == 0) return;
    Statement rows(connection, "SELECT provenance FROM session WHERE campaign = ? ORDER BY number");
    rows.bind(campaign.number);
    while (rows.step())
        campaign.sessions.push_back(nlohmann::ordered_json::parse(rows.text(0)));
}

}  // namespace

Store::Store(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Store Store::for_writing(const std::string& path) {
    struct stat place {};
    if (stat(path.c_str(), &place) == 0 && !S_ISREG(place.st_mode))
        throw InputError(path + ": is not a file; --store needs one");
    auto connection = std::make_unique<Connection>(path, true);
    if (is_blank(*connection)) create(*connection);
    require_a_store(*connection);
    connection->execute("PRAGMA journal_mode=WAL");
    connection->execute("PRAGMA synchronous=FULL");
    connection->execute(session_schema);
    return Store(std::move(connection));
}

Store Store::for_reading(const std::string& path) {
    if (access(path.c_str(), F_OK) != 0)
        throw InputError(path + ": there is no such file; hadamard search --store makes one");
    struct stat place {};
    if (stat(path.c_str(), &place) == 0 && !S_ISREG(place.st_mode))
        throw InputError(path + ": is not a file");
    auto connection = std::make_unique<Connection>(path, false);
    require_a_store(*connection);
    return Store(std::move(connection));
}

StoredCampaign Store::campaign(const std::string& key) {
    for (StoredCampaign& known : campaigns())
        if (known.key == key) return std::move(known);
    Statement insert(*connection_,
                     "INSERT INTO campaign(key, units, evaluations, seconds, health) VALUES(?, 0, "
                     "0, 0, ?)");
    insert.bind(key).bind(Health().to_json().dump()).run();
    StoredCampaign out;
    out.number = sqlite3_last_insert_rowid(connection_->handle());
    out.key = key;
    return out;
}

std::vector<StoredCampaign> Store::campaigns() {
    return interpreted(*connection_, [this] {
        std::vector<StoredCampaign> out;
        Statement rows(*connection_,
                       "SELECT number, key, units, seconds, health FROM campaign ORDER BY number");
        while (rows.step()) {
            StoredCampaign one;
            one.number = rows.number(0);
            one.key = rows.text(1);
            one.state.units = rows.number(2);
            one.state.seconds = rows.real(3);
            one.state.health = Health::from_json(nlohmann::json::parse(rows.text(4)));
            read_state(*connection_, one);
            read_sessions(*connection_, one);
            out.push_back(std::move(one));
        }
        return out;
    });
}

std::vector<StoredWitness> Store::witnesses() {
    return interpreted(*connection_, [this] {
        std::vector<StoredWitness> out;
        Statement rows(*connection_,
                       "SELECT id, text, printed, origin, margin, unit, key FROM witness JOIN "
                       "finding ON witness = id JOIN campaign ON campaign = number "
                       "GROUP BY id ORDER BY id");
        while (rows.step())
            out.push_back(
                {rows.text(0), rows.text(1), rows.text(6), rows.number(5), witness_in(*connection_, rows)});
        return out;
    });
}

void Store::begin_session(long campaign, const nlohmann::ordered_json& provenance) {
    Statement(*connection_, "INSERT INTO session(campaign, provenance) VALUES(?, ?)")
        .bind(campaign)
        .bind(provenance.dump())
        .run();
}

void Store::commit(long campaign, const State& state, const std::vector<UnitResult>& results) {
    connection_->require_in_place();
    Transaction transaction(*connection_);
    Statement(*connection_,
              "UPDATE campaign SET units = ?, evaluations = ?, seconds = ?, health = ? WHERE "
              "number = ?")
        .bind(state.units)
        .bind(state.health.evaluations())
        .bind(state.seconds)
        .bind(state.health.to_json().dump())
        .bind(campaign)
        .run();
    for (const UnitResult& result : results) {
        if (!result.witness) continue;
        const Witness& witness = *result.witness;
        Statement(*connection_, "INSERT OR IGNORE INTO witness VALUES(?, ?, ?)")
            .bind(witness.id)
            .bind(witness.text)
            .bind(witness.printed.dump())
            .run();
        Statement(*connection_, "INSERT OR IGNORE INTO finding VALUES(?, ?, ?, ?, ?)")
            .bind(campaign)
            .bind(result.unit)
            .bind(witness.id)
            .bind(witness.origin)
            .bind(witness.margin)
            .run();
    }
    for (const MarginRecord& record : state.records)
        Statement(*connection_, "INSERT OR IGNORE INTO margin_record VALUES(?, ?, ?, ?)")
            .bind(campaign)
            .bind(record.unit)
            .bind(record.evaluations)
            .bind(record.margin)
            .run();
    transaction.commit();
}

void StoreLedger::add(const UnitResult& result, const State& state) {
    pending_.push_back(result);
    const bool is_due = std::chrono::steady_clock::now() - last_ >= std::chrono::milliseconds(500);
    if (result.witness || is_due) flush(state);
}

void StoreLedger::flush(const State& state) {
    if (pending_.empty()) return;
    store_.commit(campaign_, state, pending_);
    pending_.clear();
    last_ = std::chrono::steady_clock::now();
}

}  // namespace hadamard::search
