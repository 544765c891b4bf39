// Migration against the world: killed at any point, without disk space, two at a time.

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <random>

#include "tests/support/fake_clock.h"
#include "tests/support/legacy_fixture.h"
#include "tests/unit/worker/store/migration_support.h"
#include "worker/store/migrate.h"
#include "worker/store/schema.h"
#include "worker/store/store.h"

namespace posta::store {
namespace {

pid_t in_child(const std::function<int()>& work) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(work());
    return child;
}

int status_of(pid_t child) {
    int status = 0;
    CHECK(::waitpid(child, &status, 0) == child);
    return status;
}

std::string copy_of_arne() {
    const std::string folder = testing::legacy_scratch("interrupted") + "/arne";
    testing::copy_legacy("arne", folder);
    return folder + "/inbox.db";
}

int open_quietly(const std::string& path) {
    const testing::FakeClock clock;
    Log log(clock, "test", LogLevel::error, LogFormat::text);
    const auto store = Store::serve(path, clock, log);
    return store ? 0 : 1 + static_cast<int>(store.error().code);
}

std::vector<std::string> all_of(const std::string& path) {
    Result<Database> database = Database::open(path, Database::Mode::existing);
    CHECK(database.has_value());
    return everything(*database);
}

TEST(InterruptedMigration, KilledAtAnyPointItCompletesAtTheNextOpenAndLosesNothing) {
    const std::string reference = copy_of_arne();
    const auto started = std::chrono::steady_clock::now();
    ASSERT_EQ(status_of(in_child([&] { return open_quietly(reference); })), 0);
    auto whole = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - started);
    const std::vector<std::string> expected = all_of(reference);
    std::mt19937 random(20260510);

    int killed_midway = 0;
    // On, when the first run was the longest by far: most are done before their moment then.
    for (int round = 0; round < 15 || (killed_midway < 4 && round < 200); ++round) {
        const std::string path = copy_of_arne();
        const pid_t child = in_child([&] { return open_quietly(path); });
        std::uniform_int_distribution<int> moment(0, static_cast<int>(whole.count()));
        const int microseconds = moment(random);
        const timespec wait{microseconds / 1'000'000, microseconds % 1'000'000 * 1000L};
        ::nanosleep(&wait, nullptr);  // the moment of the kill is the case
        ::kill(child, SIGKILL);
        if (WIFSIGNALED(status_of(child))) {
            ++killed_midway;
        } else {
            whole = std::chrono::microseconds(microseconds);  // it takes no longer
        }

        ASSERT_EQ(open_quietly(path), 0) << "round " << round;
        ASSERT_EQ(all_of(path), expected) << "round " << round;
        std::filesystem::remove_all(std::filesystem::path(path).parent_path());
    }
    EXPECT_GT(killed_midway, 3);
}

TEST(InterruptedMigration, TwoAtATimeDoItOnce) {
    const std::string path = copy_of_arne();

    const pid_t one = in_child([&] { return open_quietly(path); });
    const pid_t other = in_child([&] { return open_quietly(path); });

    EXPECT_EQ(status_of(one), 0);
    EXPECT_EQ(status_of(other), 0);
    Result<Database> database = Database::open(path, Database::Mode::existing);
    EXPECT_EQ(rows_of(*database, "SELECT version FROM schema_version ORDER BY 1").size(),
              static_cast<std::size_t>(kNewestVersion));
}

TEST(InterruptedMigration, WaitsForALockThatIsHeldOnlySoLongAndSaysWhoMayHoldIt) {
    const std::string path = copy_of_arne();
    const std::string folder = std::filesystem::path(path).parent_path();
    const testing::FakeClock clock;
    Log log(clock, "test", LogLevel::error, LogFormat::text);
    {
        const Result<FileLock> held = FileLock::on_directory(folder);
        ASSERT_TRUE(held.has_value());
        Result<Database> database = Database::open(path, Database::Mode::existing);
        ASSERT_TRUE(database.has_value());

        const Result<void> migrated =
            migrate(*database, clock, log, ignore_progress, std::chrono::milliseconds(30));

        ASSERT_FALSE(migrated.has_value());
        EXPECT_EQ(migrated.error().code, ErrorCode::unavailable);
        EXPECT_EQ(migrated.error().message,
                  "migration from version 2: cannot lock " + folder +
                      ": another process has held it for 30 ms (a posta-server command or worker "
                      "that is at work there; fuser " +
                      folder + " names it; wait for its end or end it, then try again)");
    }
    EXPECT_EQ(open_quietly(path), 0);
}

// At every size limit the migration either succeeds or fails clearly, and nothing is lost.
TEST(InterruptedMigration, WithoutRoomItFailsClearlyAndLeavesTheDatabaseUnharmed) {
    const std::string reference = copy_of_arne();
    ASSERT_EQ(open_quietly(reference), 0);
    const std::vector<std::string> expected = all_of(reference);

    int failures = 0;
    for (const rlim_t megabytes : {1U, 3U, 5U, 6U, 7U, 8U, 12U}) {
        const std::string path = copy_of_arne();
        const int status = status_of(in_child([&] {
            std::signal(SIGXFSZ, SIG_IGN);
            const rlimit limit{megabytes << 20, megabytes << 20};
            if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 100;
            return open_quietly(path);
        }));
        ASSERT_TRUE(WIFEXITED(status));
        ASSERT_NE(WEXITSTATUS(status), 100);
        if (WEXITSTATUS(status) != 0) ++failures;

        EXPECT_EQ(open_quietly(path), 0);
        EXPECT_EQ(all_of(path), expected) << megabytes;
    }
    EXPECT_GT(failures, 2);
}

// Needs root for the small file system; without it the test above is what there is.
TEST(InterruptedMigration, AFullDiskIsUnavailable) {
    if (::geteuid() != 0) return;
    const std::string folder = testing::legacy_scratch("full");
    const int status = status_of(in_child([&] {
        if (::unshare(CLONE_NEWNS) != 0 ||
            ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=10m") != 0)
            return 100;
        testing::copy_legacy("arne", folder + "/arne");
        return open_quietly(folder + "/arne/inbox.db");
    }));

    ASSERT_TRUE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 100) return;  // a container that may not mount
    EXPECT_EQ(WEXITSTATUS(status), 1 + static_cast<int>(ErrorCode::unavailable));
}

}  // namespace
}  // namespace posta::store
