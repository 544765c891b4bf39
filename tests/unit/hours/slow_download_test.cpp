// A download whose client reads slowly, or not at all, through the real front whose clock the test
// moves: how long the test itself takes over a step does not matter.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>

#include "common/base/unix_socket.h"
#include "supervisor/front/front_server.h"
#include "tests/fuzz/virtual_clock.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_folder.h"

namespace posta::supervisor {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kBytes = 3'000'000;

class SlowDownload : public ::testing::Test {
protected:
    // Asks, and has the worker begin to answer.
    void SetUp() override {
        auto listening = *listen_unix(folder_ / "arne.sock", 0600, 16);
        front_.replace_routes(
            {{"arne", folder_ / "arne.sock", {"arne.test"}, contracts::Route::State::ready}});
        auto ends = *socket_pair();
        front_.add_client(std::move(ends.first), SocketKind::unix_domain,
                          *IpAddress::from_text("192.0.2.1"));
        client_ = std::move(ends.second);
        constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: arne.test\r\n\r\n";
        ASSERT_EQ(::send(client_.get(), kRequest.data(), kRequest.size(), 0),
                  static_cast<ssize_t>(kRequest.size()));
        turn();
        worker_.reset(::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC));
        ASSERT_TRUE(worker_);
        unsent_ = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kBytes) + "\r\n\r\n" +
                  std::string(kBytes, 'x');
        turn();
    }

    // As much of the answer as finds room on its way.
    void turn() {
        for (int turns = 0; turns < 32; ++turns) {
            const ssize_t sent =
                ::send(worker_.get(), unsent_.data(), unsent_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent > 0) unsent_.erase(0, static_cast<std::size_t>(sent));
            loop_.run_ready();
        }
    }
    void pass(std::chrono::milliseconds time) {
        time_.advance(time);
        turn();
    }
    // What the client takes at most of what is there; 0 when its connection has ended.
    std::size_t read(std::size_t most) {
        std::string part(most, '\0');
        const ssize_t count = ::recv(client_.get(), part.data(), part.size(), MSG_DONTWAIT);
        return count <= 0 ? 0 : static_cast<std::size_t>(count);
    }

    fuzz::VirtualClock time_;
    testing::TempFolder folder_;
    testing::FakeClock clock_;
    Log log_{clock_, "front", LogLevel::error, LogFormat::text};
    EventLoop loop_;
    FrontContext context_{loop_, log_, {}, {}, {}, false};
    FrontServer front_{context_, [] {}};
    UniqueFd client_;
    UniqueFd worker_;
    std::string unsent_;
};

TEST_F(SlowDownload, LastsAsLongAsItsClientReadsAtAll) {
    const auto step = context_.limits.body_idle / 5;
    std::size_t got = 0;
    int steps = 0;
    while (const std::size_t count = read(100'000)) {
        got += count;
        ++steps;
        pass(step);
    }

    EXPECT_GT(got, kBytes);   // and a head
    EXPECT_GT(steps, 3 * 5);  // three times as long as one that stands still may
}

TEST_F(SlowDownload, IsCutWhenItsClientReadsNoMore) {
    EXPECT_GT(read(100'000), 0U);
    for (int step = 0; step < 2 * 5 + 1; ++step) pass(context_.limits.body_idle / 5);

    std::size_t got = 0;
    while (const std::size_t count = read(kBytes)) got += count;
    EXPECT_LT(got, kBytes);
    EXPECT_EQ(context_.ledger.open, 0);
}

}  // namespace
}  // namespace posta::supervisor
