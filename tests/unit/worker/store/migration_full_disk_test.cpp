// A migration on a disk that is too small for it: for the backup, for the files in which an index
// is sorted, for the log. Whatever it lacks, it says so and the database stays as it was; with room
// it succeeds.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "common/base/unique_fd.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/worker/store/migration_support.h"
#include "worker/store/backup.h"
#include "worker/store/migrate.h"
#include "worker/store/schema.h"
#include "worker/store/store.h"

namespace posta::store {
namespace {

constexpr std::size_t kStep = 1024 * 1024;
constexpr int kOldVersion = 10;  // the next one sorts a large index
constexpr int kRows = 12'000;

// Of this thread alone, until its end.
class SmallDisk {
public:
    static bool mount(const std::string& directory) {
        return ::unshare(CLONE_NEWNS) == 0 &&
               ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
               ::mount("tmpfs", directory.c_str(), "tmpfs", 0, "size=96m,mode=0700") == 0;
    }
};

class MigrationOnAFullDisk : public ::testing::Test {
protected:
    void SetUp() override {
        before_ = UniqueFd(::open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC));
        if (::geteuid() != 0 || !SmallDisk::mount(folder_.path()))
            GTEST_SKIP() << "needs root, to mount a small file system";
        mounted_ = true;
        make_old_database();
    }
    void TearDown() override {
        if (!mounted_) return;
        ASSERT_EQ(::umount2(folder_.path().c_str(), MNT_DETACH), 0);
        ASSERT_EQ(::setns(before_.get(), CLONE_NEWNS), 0) << std::strerror(errno);
    }

    // With long addresses, so that sorting them takes more than SQLite does in memory.
    void make_old_database() {
        Database database = Database::open(path_, Database::Mode::create).value();
        ASSERT_TRUE(apply_plain_migrations(database, kOldVersion));
        ASSERT_TRUE(database.execute(
            "BEGIN;"
            " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
            std::to_string(kRows) +
            ") INSERT INTO messages (direction, peer_url, message_id, payload, sent_at, status)"
            " SELECT 'in', 'https://' || (i * 7919 % 1009) || '.example/' ||"
            " replace(hex(zeroblob(120)), '0', 'x'), i, '1', '2026-05-10T12:00:00Z', 'received'"
            " FROM n;"
            " INSERT INTO schema_version (version, applied_at) SELECT " +
            std::to_string(kOldVersion) + ", ''; COMMIT"));
    }
    // So that there are `bytes` of room left, and not one more.
    void leave_room(std::size_t bytes) {
        const std::string filler = folder_ / "filler";
        std::filesystem::remove(filler);
        struct statvfs disk {};
        ASSERT_EQ(::statvfs(folder_.path().c_str(), &disk), 0);
        const std::size_t free = disk.f_bavail * disk.f_frsize;
        ASSERT_GT(free, bytes);
        const UniqueFd fd(::open(filler.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        ASSERT_EQ(::posix_fallocate(fd.get(), 0, static_cast<off_t>(free - bytes)), 0);
    }
    Result<void> migrate_it() {
        Database database = TRY(Database::open(path_, Database::Mode::served));
        return migrate(database, clock_, log_);
    }
    // With all its rows, and sound.
    void expect_version(int version) {
        std::filesystem::remove(folder_ / "filler");
        Database database = Database::open(path_, Database::Mode::existing).value();
        EXPECT_EQ(schema_version_of(database).value(), version);
        EXPECT_EQ(rows_of(database, "SELECT count(*), sum(id) FROM messages").front(),
                  std::to_string(kRows) + "|" + std::to_string(kRows * (kRows + 1LL) / 2) + "|");
        EXPECT_TRUE(database.integrity_check());
    }
    void expect_clear_failure(const Result<void>& migrated, const std::string& where) {
        ASSERT_FALSE(migrated.has_value());
        const std::string& said = migrated.error().message;
        EXPECT_EQ(migrated.error().code, ErrorCode::unavailable) << said;
        EXPECT_NE(said.find(where), std::string::npos) << said;
        EXPECT_NE(said.find("full"), std::string::npos) << said;
        EXPECT_EQ(said.find("database_limit_mb"), std::string::npos) << said << ": no limit is set";
        EXPECT_NE(said.find("MiB of room in " + folder_.path()), std::string::npos) << said;
        EXPECT_EQ(left_over(), std::vector<std::string>()) << said;
        expect_version(kOldVersion);
    }
    std::vector<std::string> left_over() const {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
            const std::string name = entry.path().filename().string();
            if (name.starts_with("etilqs_") || name.find(".tmp") != std::string::npos)
                found.push_back(name);
        }
        return found;
    }

    testing::TempFolder folder_;
    std::string path_ = folder_ / "inbox.db";
    UniqueFd before_;
    bool mounted_ = false;
    testing::FakeClock clock_;
    Log log_{clock_, "test", LogLevel::error, LogFormat::text, -1};
};

TEST_F(MigrationOnAFullDisk, SaysSoWhenThereIsNoRoomForTheBackup) {
    leave_room(kStep);

    expect_clear_failure(migrate_it(), "backup before the migration");
}

// Its 3 MiB of keys are sorted in files before the first of them is written to the log.
TEST_F(MigrationOnAFullDisk, SaysSoInTheMidstAndSucceedsOnceThereIsRoom) {
    {
        Database database = Database::open(path_, Database::Mode::existing).value();
        ASSERT_TRUE(back_up_beside(database, path_ + ".v10.bak", ignore_progress));
    }
    int failures = 0;
    Result<void> migrated;
    for (std::size_t room = kStep; room < 48 * kStep && !HasFailure(); room += kStep) {
        leave_room(room);
        migrated = migrate_it();
        if (migrated) break;
        ++failures;
        expect_clear_failure(migrated, "migration to version 11");
    }

    EXPECT_TRUE(migrated.has_value());
    EXPECT_GT(failures, 4);
    expect_version(kNewestVersion);
}

}  // namespace
}  // namespace posta::store
