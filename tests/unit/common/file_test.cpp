#include "common/base/file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

namespace posta {
namespace {

class File : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "posta-file-XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory_ = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    std::string path(const std::string& name) const { return directory_ + "/" + name; }
    std::size_t entries() const {
        const std::filesystem::directory_iterator all(directory_);
        return static_cast<std::size_t>(std::distance(begin(all), end(all)));
    }

    std::string directory_;
};

TEST_F(File, WritesAllBytesWithTheModeAskedFor) {
    const std::string bytes("a\0b\n", 4);

    ASSERT_TRUE(write_file_atomically(path("x"), bytes, 0640));

    EXPECT_EQ(read_file(path("x"), 4).value(), bytes);
    struct stat status {};
    ASSERT_EQ(::stat(path("x").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0640U);
    EXPECT_EQ(entries(), 1U);
}

TEST_F(File, RefusesWhatIsLargerThanAllowed) {
    ASSERT_TRUE(write_file_atomically(path("x"), "12345", 0600));

    EXPECT_EQ(read_file(path("x"), 4).error().code, ErrorCode::invalid);
}

TEST_F(File, RefusesWhatIsNotARegularFileWithoutHanging) {
    ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);

    EXPECT_EQ(read_file(path("fifo"), 10).error().code, ErrorCode::invalid);
    EXPECT_EQ(read_file(directory_, 10).error().code, ErrorCode::invalid);
    EXPECT_EQ(read_file(path("absent"), 10).error().code, ErrorCode::not_found);
}

TEST_F(File, KeepsTheOldBytesAndLeavesNothingBehindWhenTheDiskIsFull) {
    ASSERT_TRUE(write_file_atomically(path("x"), "old", 0600));

    const pid_t child = ::fork();
    if (child == 0) {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{1000, 1000};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        const bool failed = !write_file_atomically(path("x"), std::string(5000, 'n'), 0600);
        ::_exit(failed ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);

    EXPECT_EQ(status, 0);
    EXPECT_EQ(read_file(path("x"), 100).value(), "old");
    EXPECT_EQ(entries(), 1U);
}

// Whatever the instant of the kill, the file is whole: old or new.
TEST_F(File, IsNeverAMixtureAfterAKill) {
    const std::string old_bytes(100'000, 'o');
    const std::string new_bytes(100'000, 'n');
    int new_seen = 0;
    // On, until the child was once left the time that a slow disk needs.
    for (int round = 0; round < 60 || (new_seen == 0 && round < 1000); ++round) {
        ASSERT_TRUE(write_file_atomically(path("x"), old_bytes, 0600));
        const pid_t child = ::fork();
        if (child == 0) {
            while (true) static_cast<void>(write_file_atomically(path("x"), new_bytes, 0600));
        }
        ::usleep(static_cast<useconds_t>(round * round));  // where in its work the child is hit
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);

        const std::string found = read_file(path("x"), 200'000).value();
        ASSERT_TRUE(found == old_bytes || found == new_bytes) << "round " << round;
        new_seen += found == new_bytes ? 1 : 0;
    }
    EXPECT_GT(new_seen, 0);
}

}  // namespace
}  // namespace posta
