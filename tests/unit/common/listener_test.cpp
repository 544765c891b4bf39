#include "common/loop/listener.h"

#include <gtest/gtest.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include <functional>

#include "common/loop/event_loop.h"

namespace posta {
namespace {

// Of a socket that does not listen, which cannot be accepted from.
UniqueFd tcp_socket() {
    return UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

struct Accepting final : ListenerEvents {
    int connections = 0;
    int failures = 0;
    std::function<void()> on_connected = [] {};
    std::function<void()> on_failed = [] {};

    void on_connection(UniqueFd, const sockaddr_storage&) override {
        ++connections;
        on_connected();
    }
    void on_accept_failed(const Error& error) override {
        EXPECT_EQ(error.message, "cannot accept a connection: Invalid argument");
        ++failures;
        on_failed();
    }
};

class ListenerTest : public ::testing::Test {
protected:
    EventLoop loop_;
    Accepting events_;
};

TEST_F(ListenerTest, RestsAfterAFailureAndTriesAgain) {
    Listener listener(loop_, tcp_socket(), events_);
    events_.on_failed = [&] {
        EXPECT_TRUE(listener.resting());
        if (events_.failures < 3) return;
        listener.pause();
        loop_.stop();
    };

    loop_.run();  // until nothing is left to wait for

    EXPECT_EQ(events_.failures, 3);
}

TEST_F(ListenerTest, StaysPausedAlthoughItRested) {
    Listener listener(loop_, tcp_socket(), events_);
    events_.on_failed = [&] {
        listener.pause();
        if (events_.failures > 1) loop_.stop();
    };

    loop_.run();

    EXPECT_EQ(events_.failures, 1);
    EXPECT_TRUE(listener.paused());
    EXPECT_FALSE(listener.resting());
}

TEST_F(ListenerTest, GoesOnWithAnotherSocketAlthoughItRests) {
    UniqueFd other = tcp_socket();
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    ASSERT_EQ(::bind(other.get(), any, size), 0);
    ASSERT_EQ(::listen(other.get(), 8), 0);
    ASSERT_EQ(::getsockname(other.get(), any, &size), 0);
    const UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::connect(client.get(), any, size), 0);
    Listener listener(loop_, tcp_socket(), events_);
    events_.on_failed = [&] { listener.replace_socket(std::move(other)); };
    events_.on_connected = [&] { listener.pause(); };

    loop_.run();

    EXPECT_EQ(events_.failures, 1);
    EXPECT_EQ(events_.connections, 1);
}

}  // namespace
}  // namespace posta
