#include "common/base/unix_socket.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace posta {
namespace {

class UnixSocket : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = "/tmp/posta-socket-XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory_ = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    std::string directory_;
};

TEST_F(UnixSocket, ListensWithTheModeAskedFor) {
    const std::string path = directory_ + "/a.sock";
    const auto listening = listen_unix(path, 0600, 8);
    ASSERT_TRUE(listening) << listening.error().message;

    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    EXPECT_TRUE(connect_unix(path));
}

TEST_F(UnixSocket, ReplacesAStaleSocketFile) {
    const std::string path = directory_ + "/a.sock";
    { const auto gone = listen_unix(path, 0600, 8); }
    EXPECT_EQ(connect_unix(path).error().code, ErrorCode::unavailable);

    const auto listening = listen_unix(path, 0600, 8);

    ASSERT_TRUE(listening);
    EXPECT_TRUE(connect_unix(path));
}

TEST_F(UnixSocket, TellsAbsentFromRefusedFromFull) {
    const std::string path = directory_ + "/a.sock";
    EXPECT_EQ(connect_unix(path).error().code, ErrorCode::not_found);

    const auto listening = listen_unix(path, 0600, 0);
    const auto first = connect_unix(path);
    ASSERT_TRUE(first);
    EXPECT_EQ(connect_unix(path).error().code, ErrorCode::unavailable);
}

TEST_F(UnixSocket, RefusesAPathThatDoesNotFit) {
    const std::string path = directory_ + "/" + std::string(120, 'x');
    EXPECT_EQ(listen_unix(path, 0600, 8).error().code, ErrorCode::invalid);
    EXPECT_EQ(connect_unix(path).error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace posta
