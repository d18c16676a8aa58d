/// @file
/// The store alone: what it keeps, whom it refuses, and what faults leave behind.

#include "temporary_directory.hpp"

#include "hadamard/core/error.hpp"
#include "search/digest.hpp"
#include "search/store.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <map>
#include <string>

namespace hadamard::search {
namespace {

namespace fs = std::filesystem;

/// SQLite's own file system, with a fault at one of its writes and syncs.
namespace faulty {

enum class Fault { none, kill, full };

std::map<const sqlite3_io_methods*, const sqlite3_io_methods*> originals;  // by their copies
long operations = 0;  ///< Writes and syncs so far.
long at = -1;         ///< The first that is struck.
Fault fault = Fault::none;

/// An error to return instead; SQLITE_OK to go on.
int struck() {
    if (operations++ < at || fault == Fault::none) return SQLITE_OK;
    if (fault == Fault::kill) kill(getpid(), SIGKILL);
    return SQLITE_FULL;
}

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    const int error = struck();
    return error != SQLITE_OK ? error
                              : originals.at(file->pMethods)->xWrite(file, bytes, size, offset);
}

int sync(sqlite3_file* file, int flags) {
    const int error = struck();
    return error != SQLITE_OK ? error : originals.at(file->pMethods)->xSync(file, flags);
}

const sqlite3_io_methods* copy_of(const sqlite3_io_methods* methods) {
    for (const auto& [copy, original] : originals)
        if (original == methods) return copy;
    auto* out = new sqlite3_io_methods(*methods);  // lives as long as SQLite
    out->xWrite = write;
    out->xSync = sync;
    originals[out] = methods;
    return out;
}

sqlite3_vfs* system() {
    static sqlite3_vfs* const found = sqlite3_vfs_find("unix");
    return found;
}

int open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* flags_out) {
    const int code = system()->xOpen(system(), name, file, flags, flags_out);
    if (code == SQLITE_OK) file->pMethods = copy_of(file->pMethods);
    return code;
}

void install() {
    system();
    static sqlite3_vfs vfs = *sqlite3_vfs_find("unix");
    vfs.zName = "faulty";
    vfs.xOpen = open;
    sqlite3_vfs_register(&vfs, 1);
}

}  // namespace faulty

UnitResult result_of(long unit, const std::string& text = "") {
    UnitResult out;
    out.unit = unit;
    out.health.cases = 3;
    out.health.by_cell["hadamard_product 2"] = 3;
    out.best_margin = -1.0 / static_cast<double>(unit + 1);
    if (text.empty()) return out;
    out.witness = Witness{sha256(text), text, {{"said", text}}, "random", std::nullopt};
    return out;
}

/// What is refused, and the one line that says so.
std::string refusal(const std::function<void()>& action) {
    try {
        action();
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

class StoreTest : public TemporaryDirectory {
protected:
    std::string path() const { return file("store.sqlite").string(); }

    /// Units 0 … count−1, every third with a finding.
    void fill(long count) const {
        Store store = Store::for_writing(path());
        StoredCampaign campaign = store.campaign("key");
        StoreLedger ledger(store, campaign.number);
        for (long unit = campaign.state.units; unit < count; ++unit) {
            const UnitResult result =
                result_of(unit, unit % 3 == 0 ? "text " + std::to_string(unit) : "");
            campaign.state.add(result);
            ledger.add(result, campaign.state);
        }
        ledger.flush(campaign.state);
    }

    std::string bytes() const { return text_of(path()); }

    void sql(const std::string& words) const {
        sqlite3* handle = nullptr;
        ASSERT_EQ(sqlite3_open(path().c_str(), &handle), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(handle, words.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
        sqlite3_close(handle);
    }

    /// Both ways in are refused by a line that names the file and has `word`; the file is
    /// untouched.
    void expect_refused(const std::string& word) const {
        const std::string before = bytes();
        for (const std::string& line :
             {refusal([this] { Store::for_writing(path()); }),
              refusal([this] { Store::for_reading(path()).witnesses(); })}) {
            EXPECT_NE(line.find(path()), std::string::npos) << line;
            EXPECT_NE(line.find(word), std::string::npos) << line;
            EXPECT_EQ(line.find('\n'), std::string::npos);
        }
        EXPECT_EQ(bytes(), before);
    }
};

TEST_F(StoreTest, KeepsWhatItWasGiven) {
    fill(7);
    Store store = Store::for_reading(path());
    const std::vector<StoredCampaign> campaigns = store.campaigns();
    ASSERT_EQ(campaigns.size(), 1U);
    const State& state = campaigns[0].state;
    EXPECT_EQ(campaigns[0].key, "key");
    EXPECT_EQ(state.units, 7);
    EXPECT_EQ(state.health.cases, 21);
    EXPECT_EQ(state.health.by_cell.at("hadamard_product 2"), 21);
    ASSERT_EQ(state.records.size(), 7U);
    EXPECT_EQ(state.records[2].margin, -1.0 / 3);
    EXPECT_EQ(state.records[2].evaluations, 9);
    ASSERT_EQ(state.found.size(), 3U);
    EXPECT_EQ(state.found[1].unit, 3);
    EXPECT_EQ(state.found[1].witness.text, "text 3");
    EXPECT_EQ(state.found[1].witness.printed["said"], "text 3");
    EXPECT_FALSE(state.found[1].witness.margin);
    EXPECT_EQ(store.witnesses().size(), 3U);
}

TEST_F(StoreTest, KeepsWhoWorkedOnIt) {
    fill(1);
    EXPECT_TRUE(Store::for_reading(path()).campaigns()[0].sessions.empty());
    const auto session = [](const char* word) {
        return nlohmann::ordered_json{{"program", "hadamard"}, {"command", {"search", word}}};
    };
    {
        Store store = Store::for_writing(path());
        const long first = store.campaign("key").number, second = store.campaign("other").number;
        for (const auto& [campaign, word] : {std::pair(first, "a"), {second, "b"}, {first, "c"}})
            store.begin_session(campaign, session(word));
    }
    const std::vector<StoredCampaign> campaigns = Store::for_reading(path()).campaigns();
    ASSERT_EQ(campaigns.size(), 2U);
    EXPECT_EQ(campaigns[0].sessions, (std::vector{session("a"), session("c")}));
    EXPECT_EQ(campaigns[1].sessions, std::vector{session("b")});
}

TEST_F(StoreTest, GoesOnWithAStoreThatHasNoSessions) {
    fill(3);
    sql("DROP TABLE session");  // as programs before them wrote it
    const std::vector<StoredCampaign> old = Store::for_reading(path()).campaigns();
    ASSERT_EQ(old.size(), 1U);
    EXPECT_EQ(old[0].state.units, 3);
    EXPECT_TRUE(old[0].sessions.empty());
    fill(5);
    Store store = Store::for_writing(path());
    store.begin_session(store.campaign("key").number, {{"program", "hadamard"}});
    EXPECT_EQ(store.campaign("key").state.units, 5);
    EXPECT_EQ(store.campaign("key").sessions.size(), 1U);
}

TEST_F(StoreTest, KeepsCampaignsApart) {
    fill(4);
    Store store = Store::for_writing(path());
    StoredCampaign other = store.campaign("another key");
    EXPECT_EQ(other.state.units, 0);
    other.state.add(result_of(0, "text 0"));
    store.commit(other.number, other.state, {result_of(0, "text 0")});
    EXPECT_EQ(store.campaign("key").state.units, 4);
    EXPECT_EQ(store.campaign("another key").state.found.size(), 1U);
    EXPECT_EQ(store.witnesses().size(), 2U);  // one address, two findings
}

TEST_F(StoreTest, HasOneWriterAndReadersBesideIt) {
    Store writer = Store::for_writing(path());
    EXPECT_NE(refusal([this] { Store::for_writing(path()); }).find("another hadamard search"),
              std::string::npos);
    EXPECT_EQ(Store::for_reading(path()).campaigns().size(), 0U);
    StoredCampaign campaign = writer.campaign("key");
    campaign.state.add(result_of(0));
    writer.commit(campaign.number, campaign.state, {result_of(0)});
    EXPECT_EQ(Store::for_reading(path()).campaigns().at(0).state.units, 1);
}

TEST_F(StoreTest, IsFreeAgainAfterItsWriter) {
    { const Store writer = Store::for_writing(path()); }
    EXPECT_EQ(refusal([this] { Store::for_writing(path()); }), "");
}

TEST_F(StoreTest, MissesWhatIsNotThere) {
    EXPECT_NE(refusal([this] { Store::for_reading(path()); }).find("no such file"),
              std::string::npos);
    EXPECT_FALSE(fs::exists(path()));
    const std::string nowhere = file("no/such/directory").string();
    EXPECT_NE(refusal([&] { Store::for_writing(nowhere); }).find(nowhere), std::string::npos);
    EXPECT_NE(refusal([this] { Store::for_writing(home().string()); }).find("is not a file"),
              std::string::npos);
}

TEST_F(StoreTest, RefusesGarbage) {
    written("store.sqlite", "this is a letter to my aunt, and no database at all\n");
    expect_refused("is not a store");
}

TEST_F(StoreTest, RefusesDatabasesOfOthers) {
    sql("CREATE TABLE aunts(name TEXT)");
    expect_refused("another program");
}

TEST_F(StoreTest, RefusesNewerStores) {
    fill(3);
    sql("PRAGMA user_version=2");
    expect_refused("newer hadamard");
}

TEST_F(StoreTest, RefusesDamagedStores) {
    fill(30);
    const std::string whole = bytes();
    ASSERT_GT(whole.size(), 20'000U);
    // Cut at a page, within one, and within the header.
    for (const std::size_t size : {whole.size() - 4096, whole.size() - 5000, whole.size() / 2,
                                   std::size_t{4096}, std::size_t{50}}) {
        std::ofstream(path(), std::ios::binary) << whole.substr(0, size);
        const std::string line = refusal([this] {
            Store store = Store::for_writing(path());
            store.campaigns();
        });
        EXPECT_NE(line.find(path()), std::string::npos) << size << ": " << line;
    }
    std::string zeroed = whole;
    zeroed.replace(4096, 4096, 4096, '\0');
    std::ofstream(path(), std::ios::binary) << zeroed;
    EXPECT_NE(refusal([this] { Store::for_writing(path()); }), "");
}

TEST_F(StoreTest, RefusesWitnessesThatAreNotThoseOfTheirAddress) {
    fill(3);
    sql("UPDATE witness SET text = 'another'");
    EXPECT_NE(refusal([this] { Store::for_reading(path()).witnesses(); }).find("of its address"),
              std::string::npos);
    EXPECT_NE(refusal([this] { Store::for_writing(path()).campaigns(); }).find("of its address"),
              std::string::npos);
}

TEST_F(StoreTest, IsReadWhereItCannotBeWritten) {
    fill(5);
    fs::permissions(path(), fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
    fs::permissions(home(), fs::perms(0555));
    const pid_t child = fork();
    if (child == 0) {  // root may write everywhere: as nobody
        if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(4);
        if (refusal([this] { Store::for_writing(path()); }).find("cannot be") == std::string::npos)
            _exit(1);
        if (!refusal([this] { Store::for_reading(path()); }).empty()) _exit(2);
        _exit(Store::for_reading(path()).witnesses().size() == 2 ? 0 : 3);
    }
    int status = 0;
    waitpid(child, &status, 0);
    fs::permissions(home(), fs::perms(0755));
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

/// Fills the store in a child that may write no file beyond so many bytes.
std::string message_under_limit(rlim_t most, const std::function<void()>& fill) {
    int pipes[2];
    EXPECT_EQ(pipe(pipes), 0);
    const pid_t child = fork();
    if (child == 0) {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{most, most};
        setrlimit(RLIMIT_FSIZE, &limit);
        const std::string line = refusal(fill);
        _exit(write(pipes[1], line.data(), line.size()) == static_cast<ssize_t>(line.size()) ? 0
                                                                                             : 9);
    }
    close(pipes[1]);
    std::string out(4096, '\0');
    const ssize_t size = read(pipes[0], out.data(), out.size());
    close(pipes[0]);
    int status = 0;
    waitpid(child, &status, 0);
    out.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return out;
}

TEST_F(StoreTest, KeepsWhatWasCommittedWhenTheDiskIsFull) {
    fill(6);
    std::size_t full = 0;
    for (rlim_t most = 8'000; most < 400'000; most += 16'000) {
        const std::string line = message_under_limit(most, [this] { fill(60); });
        if (line.empty()) continue;
        ++full;
        EXPECT_NE(line.find("committed is kept"), std::string::npos) << line;
        Store store = Store::for_writing(path());
        const State state = store.campaign("key").state;
        EXPECT_GE(state.units, 6);
        // Every unit counted has its finding, and no finding is of a unit not counted.
        EXPECT_EQ(static_cast<long>(state.found.size()), (state.units + 2) / 3);
        EXPECT_EQ(state.health.cases, 3 * state.units);
    }
    EXPECT_GT(full, 0U);
    fill(60);
    EXPECT_EQ(Store::for_reading(path()).campaigns().at(0).state.units, 60);
}

/// Runs `action` in a child that is struck at write or sync number `at`.
int status_when_struck(faulty::Fault fault, long at, const std::function<void()>& action) {
    const pid_t child = fork();
    if (child == 0) {
        faulty::install();
        faulty::fault = fault;
        faulty::at = at;
        const std::string line = refusal(action);
        if (line.empty()) _exit(0);
        _exit(line.find("committed is kept") != std::string::npos ? 1 : 2);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST_F(StoreTest, IsWholeAfterAFaultAtAnyWrite) {
    constexpr long units = 4;
    for (const auto& [fault, ended] :
         {std::pair(faulty::Fault::kill, 128 + SIGKILL), std::pair(faulty::Fault::full, 1)}) {
        long at = 0;
        for (int status = ended; status != 0; ++at) {
            ASSERT_LT(at, 500);
            for (const char* tail : {"", "-wal", "-shm"}) fs::remove(path() + tail);
            status = status_when_struck(fault, at, [this] { fill(units); });
            ASSERT_TRUE(status == ended || status == 0) << "status " << status << " at " << at;
            {
                Store store = Store::for_writing(path());
                const State state = store.campaign("key").state;
                EXPECT_EQ(static_cast<long>(state.found.size()), (state.units + 2) / 3) << at;
                EXPECT_EQ(state.health.cases, 3 * state.units) << at;
                EXPECT_EQ(static_cast<long>(state.records.size()), state.units) << at;
            }
            fill(units);
            const State state = Store::for_reading(path()).campaigns().at(0).state;
            EXPECT_EQ(state.units, units) << at;
            EXPECT_EQ(state.found.size(), 2U) << at;
        }
        EXPECT_GT(at, 10) << "the fault struck hardly anything";
    }
}

}  // namespace
}  // namespace hadamard::search
