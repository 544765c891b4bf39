// Writes that fail and processes that are killed, at each call below the gathering VFS in turn.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include "tests/support/temp_folder.h"
#include "tests/unit/worker/store/log_witness.h"
#include "worker/store/database.h"

namespace posta::store {
namespace {

using Kind = LogCall::Kind;

// In each of `note` a page of text; `n` is the number of the transaction that has written last.
constexpr const char* kTable =
    "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL, n INT NOT NULL); CREATE INDEX "
    "numbers ON note(n);"
    " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12)"
    " INSERT INTO note(text, n) SELECT hex(zeroblob(1750)), 0 FROM n; PRAGMA cache_size = 5";

// A transaction that is spilled and read back and undoes a part. What fails midway is gone on with
// where SQLite lets one: it must not count on bytes that were lost.
bool commit(WitnessedDatabase& database, int number) {
    const std::string n = std::to_string(number);
    // Of these the last UPDATE makes good what those before it have missed.
    if (database.run("BEGIN IMMEDIATE") != SQLITE_OK) return false;
    for (const std::string& sql :
         {"UPDATE note SET n = " + n + ", text = text || 'y' WHERE id <= 8",
          std::string("SAVEPOINT part"), std::string("UPDATE note SET text = 'x', n = n - 7"),
          std::string("SELECT sum(length(text)) FROM note WHERE n < 0"),
          std::string("ROLLBACK TO part"), std::string("RELEASE part"),
          "UPDATE note SET n = " + n + " WHERE id > 8",
          "UPDATE note SET n = " + n + ", text = text || 'z' WHERE n <> " + n,
          std::string("COMMIT")}) {
        const int code = database.run(sql);
        if (!database.in_transaction()) return code == SQLITE_OK && sql == "COMMIT";
        const bool counts = sql == "COMMIT" || sql.find("<>") != std::string::npos;
        if (code != SQLITE_OK && counts) {
            database.run("ROLLBACK");
            return false;
        }
    }
    return false;
}

void expect_state(const std::string& path, const std::set<std::string>& allowed) {
    WitnessedDatabase other(path, "unix");
    EXPECT_EQ(other.ask("PRAGMA integrity_check"), "ok");
    EXPECT_EQ(allowed.count(other.ask("SELECT DISTINCT n FROM note")), 1U)
        << other.ask("SELECT DISTINCT n FROM note");
    EXPECT_EQ(other.ask("SELECT count(*) FROM note"), "12");
}

struct Failure {
    int code;
    int calls;  // how many fail one after the other
};

class FailingLog : public ::testing::TestWithParam<Failure> {
protected:
    // The `first`th call and those after it; one that syncs fails as a sync does.
    static auto failing(int first, Failure failure, int& seen) {
        return [first, failure, &seen](const LogCall& call) {
            if (call.kind == Kind::barrier || call.kind == Kind::unlock) return SQLITE_OK;
            const int number = seen++;
            if (number < first || number >= first + failure.calls) return SQLITE_OK;
            return call.kind == Kind::sync ? SQLITE_IOERR_FSYNC : failure.code;
        };
    }
};

TEST_P(FailingLog, LosesThatCommitAloneAndGoesOnAfterwards) {
    int failures = 0;
    for (int first = 0;; ++first) {
        SCOPED_TRACE("from call " + std::to_string(first) + " on");
        testing::TempFolder folder(quick_place());
        const std::string path = folder / "a.db";
        LogWitness witness;
        WitnessedDatabase database(path, LogWitness::gathering());
        ASSERT_EQ(database.run(kTable), SQLITE_OK);
        ASSERT_TRUE(commit(database, 1));

        int seen = 0;
        witness.on_call = failing(first, GetParam(), seen);
        const bool good = commit(database, 2);
        witness.on_call = [](const LogCall&) { return SQLITE_OK; };

        EXPECT_FALSE(database.in_transaction());
        expect_state(path, {good ? "2" : "1"});
        EXPECT_EQ(database.ask("SELECT DISTINCT n FROM note"), good ? "2" : "1");
        WitnessedDatabase other(path, "unix");
        ASSERT_TRUE(commit(other, 3));
        expect_state(path, {"3"});
        ASSERT_TRUE(commit(database, 4));
        expect_state(path, {"4"});
        if (HasFailure()) return;
        failures += good ? 0 : 1;
        if (seen <= first) break;
    }
    EXPECT_GT(failures, 5);
}

INSTANTIATE_TEST_SUITE_P(Each, FailingLog,
                         ::testing::Values(Failure{SQLITE_FULL, 1}, Failure{SQLITE_FULL, 3},
                                           Failure{SQLITE_FULL, 1000000},
                                           Failure{SQLITE_IOERR_WRITE, 1},
                                           Failure{SQLITE_IOERR_WRITE, 1000000}));

TEST(FailingLogAlone, TellsOfAFullDiskAsTheVfsBelowDoes) {
    for (const char* vfs : {LogWitness::plain(), LogWitness::gathering()}) {
        testing::TempFolder folder;
        LogWitness witness;
        WitnessedDatabase database(folder / "a.db", vfs);
        ASSERT_EQ(database.run(kTable), SQLITE_OK);
        for (const int code : {SQLITE_FULL, SQLITE_IOERR_WRITE}) {
            witness.on_call = [code](const LogCall& call) {
                return call.kind == Kind::write ? code : SQLITE_OK;
            };
            EXPECT_EQ(database.run("UPDATE note SET n = 7"), code) << vfs;
            EXPECT_EQ(database.ask("SELECT DISTINCT n FROM note"), "0") << "reading goes on";
        }
    }
}

// A limit on the size of files is what the system tells with a number, as of a quota.
TEST(FailingLogAlone, KeepsTheSystemsReason) {
    testing::TempFolder folder;
    const std::string path = folder / "a.db";
    {
        Database database = Database::open(path, Database::Mode::create).value();
        ASSERT_TRUE(database.execute(kTable));
        for (int doubling = 0; doubling < 2; ++doubling)
            ASSERT_TRUE(database.execute("INSERT INTO note(text, n) SELECT text, n FROM note"));
    }
    const auto before = std::signal(SIGXFSZ, SIG_IGN);
    rlimit usual{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &usual), 0);
    for (const auto mode : {Database::Mode::existing, Database::Mode::served}) {
        Database database = Database::open(path, mode).value();
        ASSERT_TRUE(database.execute("PRAGMA cache_size = 5"));
        const rlimit small{50'000, usual.rlim_max};
        ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
        const Result<void> failed = database.execute("UPDATE note SET n = 7, text = 1 || text");
        ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &usual), 0);
        ASSERT_FALSE(failed);
        EXPECT_EQ(failed.error().message, "database: disk I/O error: File too large");
        EXPECT_TRUE(database.execute("UPDATE note SET n = 8 WHERE id = 1"));
    }
    std::signal(SIGXFSZ, before);
}

// With a broken promise (no sync before a commit is shown) nobody could be told.
TEST(FailingLogDeathTest, EndsTheProcessBeforeItShowsACommitThatIsNotInTheFile) {
    testing::TempFolder folder;
    const std::string path = folder / "a.db";
    LogWitness witness;
    {
        WitnessedDatabase database(path, LogWitness::gathering());
        ASSERT_EQ(database.run(kTable), SQLITE_OK);
        EXPECT_DEATH(
            {
                WitnessedDatabase unsafe(path, LogWitness::gathering());
                unsafe.run("PRAGMA synchronous = NORMAL");
                witness.on_call = [](const LogCall& call) {
                    return call.kind == Kind::write ? SQLITE_FULL : SQLITE_OK;
                };
                unsafe.run("UPDATE note SET n = 7 WHERE id < 3");
            },
            "broken invariant");
        EXPECT_EQ(database.ask("SELECT DISTINCT n FROM note"), "0");
    }
    expect_state(path, {"0"});
}

// The child says each commit that has returned; it is killed at its `last`th call below.
int commits_until_killed(const std::string& path, int last, bool& was_killed) {
    int said[2];
    CHECK(::pipe(said) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        LogWitness witness;
        WitnessedDatabase database(path, LogWitness::gathering());
        database.run("PRAGMA cache_size = 5");
        int calls = 0;
        witness.on_call = [&](const LogCall&) {
            if (calls++ == last) ::kill(::getpid(), SIGKILL);
            return SQLITE_OK;
        };
        for (int number = 1; number <= 2; ++number)
            if (!commit(database, number) || ::write(said[1], "", 1) != 1) ::_exit(1);
        ::_exit(0);
    }
    ::close(said[1]);
    int commits = 0;
    for (char byte = 0; ::read(said[0], &byte, 1) == 1;) ++commits;
    ::close(said[0]);
    int status = 0;
    CHECK(::waitpid(child, &status, 0) == child);
    was_killed = WIFSIGNALED(status);
    EXPECT_TRUE(was_killed || status == 0);
    return commits;
}

TEST(KilledWriter, LosesNoCommitThatHasReturnedWhereverItIsKilled) {
    testing::TempFolder folder(quick_place());
    const std::string path = folder / "a.db";
    bool was_killed = true;
    int last = 0;
    for (; was_killed && !::testing::Test::HasFailure(); ++last) {
        SCOPED_TRACE("at call " + std::to_string(last));
        WitnessedDatabase before(path, "unix");
        ASSERT_EQ(before.run("DROP TABLE IF EXISTS note"), SQLITE_OK);
        ASSERT_EQ(before.run(kTable), SQLITE_OK);

        const int commits = commits_until_killed(path, last, was_killed);

        // One that was under way is there or not, as a whole.
        expect_state(path, {std::to_string(commits), std::to_string(commits + 1)});
        EXPECT_EQ(before.run("UPDATE note SET n = 9"), SQLITE_OK);
        expect_state(path, {"9"});
    }
    EXPECT_GT(last, 20);
}

}  // namespace
}  // namespace posta::store
