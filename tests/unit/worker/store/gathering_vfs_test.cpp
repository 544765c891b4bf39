// What the gathering VFS does to a log: fewer calls, the same bytes, in the same order towards
// syncs, readers and other writers.

#include "worker/store/gathering_vfs.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "tests/support/temp_folder.h"
#include "tests/unit/worker/store/log_witness.h"
#include "worker/store/database.h"

namespace posta::store {
namespace {

using Kind = LogCall::Kind;

constexpr int kPage = 4096;
constexpr int kFrame = 24 + kPage;

// Rows of 3,500 bytes: a page each. 64 for a transaction beyond what is gathered at once.
std::string insert_rows(int count) {
    return "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
           std::to_string(count) + ") INSERT INTO note(text) SELECT hex(zeroblob(1750)) FROM n";
}

class GatheringVfs : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_EQ(database_.run("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT, n INT)"), 0);
        ASSERT_EQ(database_.run(insert_rows(3)), 0);
        witness_.take();
    }
    // Calls that move bytes of the log or its commits, without those of the index.
    static std::vector<LogCall> of_the_log(const std::vector<LogCall>& calls) {
        std::vector<LogCall> found;
        for (const LogCall& call : calls)
            if (call.kind != Kind::barrier && call.kind != Kind::unlock) found.push_back(call);
        return found;
    }
    static int writes_in(const std::vector<LogCall>& calls) {
        int found = 0;
        for (const LogCall& call : calls) found += call.kind == Kind::write ? 1 : 0;
        return found;
    }
    void expect_sound() {
        WitnessedDatabase other(path_, "unix");
        EXPECT_EQ(other.ask("PRAGMA integrity_check"), "ok");
        EXPECT_EQ(database_.ask("PRAGMA integrity_check"), "ok");
    }

    testing::TempFolder folder_;
    std::string path_ = folder_ / "a.db";
    LogWitness witness_;
    WitnessedDatabase database_{path_, LogWitness::gathering()};
};

TEST_F(GatheringVfs, WritesACommitInOneCallAndThenSyncsIt) {
    ASSERT_EQ(database_.run(insert_rows(3)), 0);

    const auto calls = of_the_log(witness_.take());
    ASSERT_EQ(calls.size(), 2U);
    EXPECT_EQ(calls[0].kind, Kind::write);
    EXPECT_EQ(calls[0].count % kFrame, 0);
    EXPECT_GE(calls[0].count, 4 * kFrame);
    EXPECT_EQ(calls[1].kind, Kind::sync);
}

TEST_F(GatheringVfs, WritesALargeTransactionInAFewCalls) {
    ASSERT_EQ(database_.run("BEGIN; " + insert_rows(300) + "; COMMIT"), 0);

    const auto calls = of_the_log(witness_.take());
    EXPECT_EQ(calls.back().kind, Kind::sync);
    EXPECT_LE(writes_in(calls), 22) << "300 pages, 15 a call";
    EXPECT_EQ(database_.ask("SELECT count(*) FROM note"), "303");
    expect_sound();
}

TEST_F(GatheringVfs, SyncsTheHeaderOfAFreshLogBeforeItsFrames) {
    ASSERT_EQ(database_.ask("PRAGMA wal_checkpoint(TRUNCATE)"), "0");
    witness_.take();
    ASSERT_EQ(database_.run(insert_rows(1)), 0);

    const auto calls = of_the_log(witness_.take());
    ASSERT_EQ(calls.size(), 4U);
    EXPECT_EQ(calls[0], (LogCall{Kind::write, 32, 0}));
    EXPECT_EQ(calls[1].kind, Kind::sync);
    EXPECT_EQ(calls[2].kind, Kind::write);
    EXPECT_EQ(calls[2].at, 32);
    EXPECT_EQ(calls[3].kind, Kind::sync);
}

// Guard: a read of the log that wants what is gathered.
TEST_F(GatheringVfs, ReadsBackPagesThatATransactionHadToPutIntoTheLog) {
    ASSERT_EQ(database_.run("PRAGMA cache_size = 5; BEGIN; " + insert_rows(40)), 0);
    ASSERT_EQ(database_.run("UPDATE note SET n = id; UPDATE note SET n = n + 1"), 0);

    EXPECT_EQ(database_.ask("SELECT sum(n) FROM note"), std::to_string(44 * 43 / 2 + 43));
    EXPECT_EQ(database_.run("COMMIT"), 0);
    EXPECT_GT(writes_in(witness_.take()), 40) << "it did not go through the log midway";
    expect_sound();
}

// As a rollback has to, after a write that failed.
TEST_F(GatheringVfs, ReadsWhatIsInTheFileAlsoWhileNothingMoreFitsOnTheDisk) {
    ASSERT_EQ(database_.run(insert_rows(10) + "; PRAGMA cache_size = 5"), 0);
    witness_.on_call = [](const LogCall& call) {
        return call.kind == Kind::write ? SQLITE_FULL : SQLITE_OK;
    };

    EXPECT_EQ(database_.run("BEGIN; UPDATE note SET n = 1"), 0) << "less than goes at once";

    witness_.on_call = [](const LogCall&) { return SQLITE_OK; };
    EXPECT_EQ(database_.run("COMMIT"), 0);
    EXPECT_EQ(database_.ask("SELECT sum(n) FROM note"), "13");
    expect_sound();
}

// Guards: the sync, the barrier, and the unlocking, whichever the mode leaves.
TEST_F(GatheringVfs, HasEveryByteInTheFileWhenItIsSyncedAndShownAndLetGo) {
    WitnessedDatabase plain(folder_ / "plain.db", LogWitness::plain());
    ASSERT_EQ(plain.run("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT, n INT)"), 0);
    ASSERT_EQ(plain.run(insert_rows(3)), 0);
    witness_.take();

    for (const std::string mode : {"FULL", "NORMAL", "OFF"}) {
        for (const std::string end : {"COMMIT", "ROLLBACK"}) {
            std::vector<std::vector<LogCall>> seen;
            std::vector<sqlite3_int64> written;
            for (WitnessedDatabase* each : {&plain, &database_}) {
                ASSERT_EQ(each->run("PRAGMA synchronous = " + mode + "; PRAGMA cache_size = 5"), 0);
                sqlite3_int64 end_of_writes = 0;
                std::vector<LogCall> order;
                witness_.on_call = [&](const LogCall& call) {
                    if (call.kind == Kind::write)
                        end_of_writes = std::max(end_of_writes, call.at + call.count);
                    else
                        order.push_back({call.kind, 0, end_of_writes});
                    return SQLITE_OK;
                };
                EXPECT_EQ(each->run("BEGIN; " + insert_rows(20) + "; " + end), 0);
                seen.push_back(order);
                witness_.on_call = [](const LogCall&) { return SQLITE_OK; };
            }
            EXPECT_EQ(seen[0], seen[1])
                << mode << ' ' << end << ": what had been written by each sync, barrier, unlock";
        }
    }
}

// From inside each call below, as from a process that runs at just that moment; but for the midst
// of a barrier (and what is written there, without syncs), whose end a reader has to wait for.
TEST_F(GatheringVfs, ShowsOthersWholeCommitsOnlyAndEachOnceItHasReturned) {
    WitnessedDatabase other(path_, "unix");
    ASSERT_EQ(database_.run("UPDATE note SET n = 0; PRAGMA cache_size = 5"), 0);
    for (const std::string mode : {"FULL", "NORMAL", "OFF"}) {
        ASSERT_EQ(database_.run("PRAGMA synchronous = " + mode), 0);
        const int start = std::stoi(database_.ask("SELECT max(n) FROM note"));
        int looks = 0;
        int newest = start;
        witness_.on_call = [&](const LogCall& call) {
            if (call.kind == Kind::barrier || mode != "FULL") return SQLITE_OK;
            const std::string seen = other.ask("SELECT DISTINCT n FROM note");
            EXPECT_TRUE(seen == std::to_string(newest) || seen == std::to_string(newest + 1))
                << seen << " where " << newest << " is the newest commit";
            ++looks;
            return SQLITE_OK;
        };
        for (; newest < start + 3; ++newest) {
            ASSERT_EQ(database_.run("BEGIN; UPDATE note SET n = n + 1; INSERT INTO note(text, n)"
                                    " SELECT text, n FROM note; COMMIT"),
                      0);
            EXPECT_EQ(other.ask("SELECT DISTINCT n FROM note"), std::to_string(newest + 1)) << mode;
            EXPECT_EQ(other.ask("PRAGMA integrity_check"), "ok") << mode;
        }
        EXPECT_TRUE(mode != "FULL" || looks > 6) << looks;
        witness_.on_call = [](const LogCall&) { return SQLITE_OK; };
    }
}

TEST_F(GatheringVfs, ShowsAnotherProcessEachCommitOnceItHasReturned) {
    int asked[2];
    int answered[2];
    ASSERT_EQ(::pipe(asked), 0);
    ASSERT_EQ(::pipe(answered), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(asked[1]);
        WitnessedDatabase reader(path_, "unix");
        for (char byte = 0; ::read(asked[0], &byte, 1) == 1;) {
            const bool sound = reader.ask("PRAGMA quick_check") == "ok";
            const int rows = sound ? std::stoi(reader.ask("SELECT count(*) FROM note")) : -1;
            if (::write(answered[1], &rows, sizeof rows) != sizeof rows) ::_exit(1);
        }
        ::_exit(0);
    }
    ::close(asked[0]);
    ::close(answered[1]);
    for (int rows = 4; rows < 44; ++rows) {
        ASSERT_EQ(database_.run(insert_rows(1)), 0);
        int seen = 0;
        ASSERT_EQ(::write(asked[1], "?", 1), 1);
        ASSERT_EQ(::read(answered[0], &seen, sizeof seen), static_cast<ssize_t>(sizeof seen));
        EXPECT_EQ(seen, rows);
    }
    ::close(asked[1]);
    ::close(answered[0]);
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

// Guard: the unlocking. What is left of a transaction that was undone must not go to the file when
// another process has written its own commit there.
TEST_F(GatheringVfs, LeavesNothingBehindThatWouldOverwriteAnother) {
    WitnessedDatabase other(path_, "unix");
    ASSERT_EQ(database_.run("PRAGMA cache_size = 5; BEGIN; " + insert_rows(20)), 0);
    ASSERT_EQ(database_.run("ROLLBACK"), 0);
    ASSERT_EQ(other.run("BEGIN; " + insert_rows(20) + "; COMMIT"), 0);

    ASSERT_EQ(database_.run(insert_rows(1)), 0);

    EXPECT_EQ(other.ask("SELECT count(*) FROM note"), "24");
    expect_sound();
}

TEST_F(GatheringVfs, IsTheWorkersAndAskedToSyncEachCommit) {
    const auto vfs_of = [](Database& opened) {
        sqlite3_vfs* vfs = nullptr;
        EXPECT_EQ(sqlite3_file_control(opened.connection(), "main", SQLITE_FCNTL_VFS_POINTER, &vfs),
                  SQLITE_OK);
        return std::string(vfs->zName);
    };
    Database served = Database::open(path_, Database::Mode::served).value();
    EXPECT_EQ(vfs_of(served), gathering_vfs());
    Statement mode(served, "PRAGMA synchronous");
    Rows rows = mode.run();
    ASSERT_TRUE(rows.next().value());
    EXPECT_EQ(rows.integer(0), 2) << "FULL";

    for (const auto other : {Database::Mode::existing, Database::Mode::read_only}) {
        Database opened = Database::open(path_, other).value();
        EXPECT_EQ(vfs_of(opened), sqlite3_vfs_find(nullptr)->zName);
    }
}

}  // namespace
}  // namespace posta::store
