// Upgrades with children that only act (tests/support/stage.cpp): what a version that passes its
// rehearsal and then cannot serve does, and what init systems are told.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "common/base/unique_fd.h"
#include "tests/support/server_process.h"
#include "tests/support/test_paths.h"
#include "tests/support/versions.h"

namespace posta::test {
namespace {

class StagedUpgrade : public testing::Test {
protected:
    Versions versions{POSTA_STAGE};
    ServerProcess server{versions.current()};

    void serve() {
        server.add_identity("arne");
        server.add_identity("marcus");
        server.write_manifest();
        server.start();
    }
    std::string ask(std::string_view request) const { return server.ask(request); }
};

// Workers of a program named so fail.
TEST_F(StagedUpgrade, GoesOnWithTheVersionBeforeWhereTheNewOneCannotServe) {
    serve();
    const pid_t arne = server.pid_of("arne");
    const pid_t marcus = server.pid_of("marcus");
    versions.use(versions.add("broken"));

    const std::string answer = ask("upgrade");

    EXPECT_NE(answer.find("not from every process: arne: put back to the version before"),
              std::string::npos)
        << answer;
    EXPECT_NE(ask("wait arne ready 20").find("\"ok\":true"), std::string::npos);
    EXPECT_EQ(program_of(server.pid()), "broken");
    EXPECT_NE(server.pid_of("arne"), arne);
    EXPECT_EQ(program_of(server.pid_of("arne")), "v1");
    EXPECT_EQ(server.pid_of("marcus"), marcus);
    EXPECT_NE(ask("status").find("\"upgrade\":{\"state\":\"halted\""), std::string::npos);

    versions.use(versions.add("v3"));
    EXPECT_NE(ask("upgrade").find("\"ok\":true"), std::string::npos);
    for (const std::string slug : {"arne", "marcus"})
        EXPECT_EQ(program_of(server.pid_of(slug)), "v3");
}

TEST_F(StagedUpgrade, StopsRightAfterAnUpgrade) {
    serve();
    versions.use(versions.add("v2"));
    server.signal(SIGUSR2);
    ASSERT_TRUE(server.logs("hands over"));

    server.signal(SIGTERM);  // it may find the old image, none, or the new one

    EXPECT_EQ(server.wait_for_exit(), 0);
    EXPECT_TRUE(server.logs("supervisor: stopped"));
}

TEST_F(StagedUpgrade, FollowsEachOtherAndLeavesNoDescriptorBehind) {
    serve();
    const auto open_descriptors = [&] {
        const auto all =
            std::filesystem::directory_iterator("/proc/" + std::to_string(server.pid()) + "/fd");
        return std::distance(begin(all), end(all));
    };
    versions.use(versions.add("v2"));
    ASSERT_NE(ask("upgrade").find("\"ok\":true"), std::string::npos);
    const auto after_one = open_descriptors();

    for (int round = 0; round < 5; ++round)
        ASSERT_NE(ask("upgrade").find("\"ok\":true"), std::string::npos);

    EXPECT_TRUE(eventually([&] { return open_descriptors() <= after_one; }));
    EXPECT_TRUE(eventually([&] {
        return server.children("worker").size() == 2 && server.children("front").size() == 1;
    }));
}

// It counts as silent only after a while; until then, as one that dies just now, it is passed on.
TEST_F(StagedUpgrade, GoesOnBesideAWorkerThatHasClosedItsChannel) {
    server.add_identity("closed");
    write_text(server.data_dir_of("closed") + "/part", "mute\n");
    serve();
    versions.use(versions.add("v2"));

    EXPECT_NE(ask("upgrade").find("\"ok\":true"), std::string::npos);

    EXPECT_EQ(program_of(server.pid()), "v2");
    for (const std::string slug : {"arne", "marcus", "closed"})
        EXPECT_EQ(program_of(server.pid_of(slug)), "v2");
}

// systemd's side of NOTIFY_SOCKET.
class InitSystem {
public:
    explicit InitSystem(const std::string& path)
        : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.data(), path.size());
        EXPECT_EQ(
            ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        const timeval patience{20, 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    std::string hear() const {
        std::array<char, 256> buffer{};
        const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
        return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
    }

private:
    UniqueFd socket_;
};

TEST_F(StagedUpgrade, TellsTheInitSystemHowItIs) {
    const std::string path = server.folder() / "notify";
    const InitSystem init(path);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    serve();
    ::unsetenv("NOTIFY_SOCKET");
    EXPECT_EQ(init.hear(), "READY=1");

    server.signal(SIGHUP);
    EXPECT_TRUE(init.hear().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    EXPECT_EQ(init.hear(), "READY=1");

    versions.use(versions.add("v2"));
    server.signal(SIGUSR2);
    EXPECT_TRUE(init.hear().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    EXPECT_EQ(init.hear(), "READY=1");

    EXPECT_TRUE(server.logs("upgraded from="));
    server.signal(SIGTERM);
    EXPECT_EQ(init.hear(), "STOPPING=1");
    EXPECT_EQ(server.wait_for_exit(), 0);
}

}  // namespace
}  // namespace posta::test
