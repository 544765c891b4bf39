#include <arpa/inet.h>
#include <sys/socket.h>

#include <deque>

#include "tests/unit/supervisor/front/front_server_test.h"

namespace posta::supervisor {
namespace {

class FrontPlacesTest : public FrontServerTest {
protected:
    // A front with three places, and what it does with these clients, who come one after the other.
    void serve_all(const std::function<void(std::deque<HttpClient>&)>& come, int count) {
        context_.limits.descriptors = 6;
        UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        ASSERT_EQ(::bind(socket.get(), any, length), 0);
        ASSERT_EQ(::getsockname(socket.get(), any, &length), 0);
        ASSERT_EQ(::listen(socket.get(), 64), 0);
        FrontServer server(context_, [] {});
        server.listen(std::move(socket));
        std::atomic<bool> done = false;
        std::thread clients([&] {
            std::deque<HttpClient> all;
            for (int number = 0; number < count; ++number) {
                UniqueFd one(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
                EXPECT_EQ(::connect(one.get(), any, length), 0);
                all.emplace_back(std::move(one));
            }
            come(all);
            done = true;
        });
        Timer watch(loop_, [&] {
            EXPECT_EQ(difference(server.ledger()), 0);
            if (done) loop_.stop();
        });
        watch.start_every(5ms);
        loop_.run();
        clients.join();
        ledger_ = server.ledger();
        EXPECT_GE(ledger_.accept_pauses, 1U);
    }

    static int ask_nobody(HttpClient& client) {
        return client.ask("GET / HTTP/1.1\r\nHost: nobody.test\r\n\r\n").status;
    }
};

TEST_F(FrontPlacesTest, TakesThePlacesOfThoseWhoSayNothingWhenOthersWait) {
    context_.limits.settle = 20ms;

    serve_all([](auto& clients) { EXPECT_EQ(ask_nobody(clients[3]), 404); }, 4);
}

// Their heads would have an hour.
TEST_F(FrontPlacesTest, TakesThePlacesOfThoseWhoDoNotEndTheirHeadsWhenOthersWait) {
    context_.limits.head = std::chrono::hours(1);
    context_.limits.crowded_head = 20ms;

    serve_all(
        [](auto& clients) {
            for (std::size_t at = 0; at < 3; ++at) clients[at].send("GET / HTTP/1.1\r\n");
            EXPECT_EQ(ask_nobody(clients[3]), 404);
        },
        4);
    EXPECT_GE(ledger_.refused["request-timeout"], 1U);
}

TEST_F(FrontPlacesTest, LeavesAHeadItsTimeWhileNobodyWaits) {
    context_.limits.head = std::chrono::hours(1);
    context_.limits.crowded_head = 20ms;

    serve_all(
        [](auto& clients) {
            clients[0].send("GET / HTTP/1.1\r\nHost: nobody.test\r\n");
            EXPECT_FALSE(test::wait_readable(clients[0].fd(), std::chrono::seconds(3)));
            clients[0].send("\r\n");
            EXPECT_EQ(clients[0].receive().status, 404);
        },
        3);
}

}  // namespace
}  // namespace posta::supervisor
