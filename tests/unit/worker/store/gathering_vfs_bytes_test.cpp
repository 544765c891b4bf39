// The same statements by the gathering VFS and without it leave the same log, byte for byte. A
// log's salts are random numbers, so SQLite's generator is begun anew before each statement.

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <random>

#include "tests/support/temp_folder.h"
#include "tests/unit/worker/store/log_witness.h"

namespace posta::store {
namespace {

class TwinLogs : public ::testing::Test {
protected:
    struct Twin {
        Twin(const std::string& its_path, const char* vfs)
            : path(its_path), database(std::make_unique<WitnessedDatabase>(path, vfs)) {}
        std::string path;
        std::unique_ptr<WitnessedDatabase> database;
    };
    void TearDown() override { sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, 0, nullptr); }

    Twin twin(const std::string& name, const char* vfs) {
        begin_randomness_anew();
        return {folder_ / name, vfs};
    }
    void begin_randomness_anew() {
        sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, ++seed_, nullptr);
    }
    void both(const std::string& sql) {
        const int seed = seed_;
        begin_randomness_anew();
        const std::string expected = plain_.database->ask(sql);
        seed_ = seed;
        begin_randomness_anew();
        ASSERT_EQ(gathering_.database->ask(sql), expected) << sql;
        if (plain_.database->in_transaction()) return;  // some of it may wait
        compare(sql);
    }
    static void expect_same(const std::string& plain, const std::string& gathering,
                            const std::string& after) {
        if (plain == gathering) return;
        ASSERT_EQ(plain.size(), gathering.size()) << after;
        const auto differing = std::mismatch(plain.begin(), plain.end(), gathering.begin()).first;
        FAIL() << after << ": at " << differing - plain.begin() << " of " << plain.size();
    }
    void compare(const std::string& after) {
        const std::string log = bytes_of(plain_.path + "-wal");
        if (log.size() > 32) ++logs_compared_;
        expect_same(log, bytes_of(gathering_.path + "-wal"), after);
        expect_same(bytes_of(plain_.path), bytes_of(gathering_.path), after);
    }

    testing::TempFolder folder_{quick_place()};
    int seed_ = 1000;
    int logs_compared_ = 0;
    Twin plain_ = twin("plain.db", LogWitness::plain());
    Twin gathering_ = (seed_ = 1000, twin("gathering.db", LogWitness::gathering()));
};

std::string rows(int count) {
    return "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
           std::to_string(count) +
           ") INSERT INTO note(text, n) SELECT hex(zeroblob(1750)), i FROM n";
}

void walk(const std::function<void(const std::string&)>& both) {
    const std::vector<std::string> statements = {
        "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT, n INT)",
        "CREATE INDEX numbers ON note(n)",
        rows(3),
        "BEGIN; " + rows(300) + "; COMMIT",
        "BEGIN; " + rows(30) + "; ROLLBACK",
        "BEGIN; " + rows(3) + "; SAVEPOINT part; " + rows(100) + "; UPDATE note SET n = n + 1",
        "ROLLBACK TO part; " + rows(5) + "; RELEASE part; COMMIT",
        "PRAGMA wal_checkpoint(PASSIVE)",
        rows(2),
        "PRAGMA wal_checkpoint(RESTART)",
        "UPDATE note SET n = n + 1, text = id || substr(text, 5)",
        "PRAGMA cache_size = 10",
        "BEGIN; UPDATE note SET n = n + 1; UPDATE note SET n = n * 7919 % 1009; COMMIT",
        "SELECT sum(n), count(*) FROM note",
        "BEGIN; UPDATE note SET n = n + 1; SAVEPOINT part; DELETE FROM note WHERE n % 3 = 0",
        "ROLLBACK TO part; UPDATE note SET text = 'short' WHERE n % 5 = 0; COMMIT",
        "BEGIN; DELETE FROM note WHERE n % 2 = 0; ROLLBACK",
        "DELETE FROM note WHERE n % 2 = 0",
        "PRAGMA wal_checkpoint(TRUNCATE)",
        "PRAGMA journal_size_limit = 100000",
        "VACUUM",
        rows(100),
        "PRAGMA wal_checkpoint(RESTART)",
        rows(1),
        "PRAGMA integrity_check",
    };
    for (const std::string& sql : statements) {
        both(sql);
        if (::testing::Test::HasFatalFailure()) return;
    }
}

TEST_F(TwinLogs, AreTheSameAfterEveryStatement) {
    LogWitness witness;

    walk([&](const std::string& sql) { both(sql); });

    EXPECT_GT(logs_compared_, 15);
}

TEST_F(TwinLogs, AreTheSameInEveryModeAndForEveryPageSize) {
    LogWitness witness;
    for (const std::string mode : {"FULL", "NORMAL", "OFF"}) {
        for (const std::string size : {"512", "65536"}) {
            const std::string name = mode + size;
            plain_ = twin("p" + name, LogWitness::plain());
            --seed_;
            gathering_ = twin("g" + name, LogWitness::gathering());
            both("PRAGMA journal_mode = DELETE; PRAGMA page_size = " + size +
                 "; VACUUM; PRAGMA journal_mode = WAL; PRAGMA synchronous = " + mode);
            walk([&](const std::string& sql) { both(sql); });
            ASSERT_FALSE(HasFatalFailure()) << name;
        }
    }
    EXPECT_GT(logs_compared_, 80);
}

TEST_F(TwinLogs, AreTheSameWhenTheirDatabasesAreClosedAndOpenedAgain) {
    walk([&](const std::string& sql) { both(sql); });
    ASSERT_FALSE(HasFatalFailure());

    plain_.database.reset();
    gathering_.database.reset();

    compare("closed");
    EXPECT_NE(::access((gathering_.path + "-wal").c_str(), F_OK), 0) << "the last one removes it";
    plain_ = {plain_.path, LogWitness::plain()};
    gathering_ = {gathering_.path, LogWitness::gathering()};
    both("SELECT sum(n), count(*) FROM note");
}

// A transaction or a part of one at a time, chosen by a seed, that is told when they differ.
std::string random_statement(std::mt19937& random) {
    const auto one_of = [&](int most) {
        return static_cast<int>(std::uniform_int_distribution<int>(1, most)(random));
    };
    const std::string few = std::to_string(one_of(7) + 1);
    static const std::array<const char*, 3> checkpoints = {"PASSIVE", "RESTART", "TRUNCATE"};
    switch (one_of(12)) {
        case 1:
            return "BEGIN";
        case 2:
            return "COMMIT";
        case 3:
            return "ROLLBACK";
        case 4:
            return "SAVEPOINT part" + std::to_string(one_of(2));
        case 5:
            return "ROLLBACK TO part" + std::to_string(one_of(2));
        case 6:
            return "RELEASE part" + std::to_string(one_of(2));
        case 7:
            return std::string("PRAGMA wal_checkpoint(") +
                   checkpoints[static_cast<std::size_t>(one_of(3) - 1)] + ")";
        case 8:
            return "DELETE FROM note WHERE n % " + few + " = 0";
        case 9:
            return "UPDATE note SET n = n + 1, text = substr(text, " + few + ")";
        case 10:
            return "SELECT sum(n), count(*), sum(length(text)) FROM note";
        case 11:
            return "PRAGMA cache_size = " + std::to_string(one_of(3) * one_of(3) * 5);
        default:
            return rows(one_of(10) * one_of(10));
    }
}

TEST_F(TwinLogs, AreTheSameAfterAnyTransactions) {
    LogWitness witness;
    both("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT, n INT)");
    both("CREATE INDEX numbers ON note(n)");
    for (unsigned seed = 1; seed <= 12 && !HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        for (int step = 0; step < 40 && !HasFailure(); ++step) both(random_statement(random));
        both("COMMIT");
        both("DELETE FROM note WHERE id > 50");
        // By others: what is in a connection's cache decides which pages it writes midway.
        WitnessedDatabase plain(plain_.path, "unix");
        WitnessedDatabase gathering(gathering_.path, "unix");
        const std::string all = "SELECT id || text || n FROM note";
        ASSERT_EQ(gathering.ask(all), plain.ask(all));
        ASSERT_EQ(gathering.ask("PRAGMA integrity_check"), "ok");
    }
    EXPECT_GT(logs_compared_, 90);
}

}  // namespace
}  // namespace posta::store
