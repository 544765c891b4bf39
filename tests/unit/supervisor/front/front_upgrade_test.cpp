// Changes of protocol, interim answers and half-closed clients: what passes, what does not, and
// that another tenant's next answer is its own after each. The fixture holds the ledger to account.

#include <sys/socket.h>

#include "tests/unit/supervisor/front/front_server_test.h"

namespace posta::supervisor {
namespace {

using FrontUpgradeTest = FrontServerTest;

const std::string kMarcus = "marcus GET /m ";
constexpr std::string_view kSwitch =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

std::string upgrade(const std::string& fields = "") {
    return "GET /ws HTTP/1.1\r\nHost: arne.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
           fields + "\r\n";
}

std::string receive(int fd, std::size_t bytes) {
    std::string all(bytes, '\0');
    const ssize_t count = ::recv(fd, all.data(), all.size(), MSG_WAITALL);
    all.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return all;
}

// Behind what sees() has read.
bool ends(const HttpClient& client) {
    return test::wait_readable(client.fd(), std::chrono::seconds(60)) &&
           receive(client.fd(), 1).empty();
}

// And no more, though it still listens.
void switch_and_say(WorkerSide& side, const std::string& all) {
    side.read_request();
    side.send(kSwitch);
    side.send(all);
    ::shutdown(side.fd(), SHUT_WR);
}

TEST_F(FrontUpgradeTest, LetsATunnelBeSilentForLongerThanAnythingElse) {
    serve(
        [](WorkerSide& side) {
            side.read_request();
            side.send(kSwitch);
            for (int number = 0; number < 2; ++number) side.send("to " + receive(side.fd(), 4));
            side.wait_for_end();
        },
        [&](HttpClient& client) {
            client.send(upgrade());
            EXPECT_TRUE(client.sees("\r\n\r\n"));
            on_loop([&] {
                FrontLimits& limits = context_.limits;
                limits.answer = limits.answer_idle = limits.body_idle = limits.head = 50ms;
                limits.hold = limits.keep_alive_idle = limits.settle = limits.linger = 50ms;
            });
            client.send("once");
            EXPECT_TRUE(client.sees("to once"));
            EXPECT_FALSE(test::wait_readable(client.fd(), 300ms));
            on_loop([&] { context_.limits = FrontLimits{}; });
            client.send("last");
            EXPECT_TRUE(client.sees("to last"));
            HttpClient other = another();
            EXPECT_EQ(ask_marcus(other), kMarcus);
        });
}

TEST_F(FrontUpgradeTest, EndsATunnelThatHasBeenSilentForItsTime) {
    context_.limits.tunnel_idle = 50ms;
    std::atomic<bool> ended = false;
    serve(
        [&](WorkerSide& side) {
            side.read_request();
            side.send(kSwitch);
            side.wait_for_end();
            ended = true;
        },
        [&](HttpClient& client) {
            client.send(upgrade());
            EXPECT_TRUE(client.sees("\r\n\r\n"));
            EXPECT_TRUE(ends(client));
            EXPECT_TRUE(test::eventually([&] { return ended.load(); }));
            HttpClient other = another();
            EXPECT_EQ(ask_marcus(other), kMarcus);
        });
}

// However the test is held up: counted from the switch, at most half would be left.
TEST_F(FrontUpgradeTest, CountsASilenceFromTheLastByte) {
    using Steady = std::chrono::steady_clock;
    constexpr auto kSilence = 1000ms;
    context_.limits.tunnel_idle = kSilence;
    serve(
        [&](WorkerSide& side) {
            side.read_request();
            side.send(kSwitch);
            for (std::string byte; !(byte = receive(side.fd(), 1)).empty();) side.send(byte);
        },
        [&](HttpClient& client) {
            client.send(upgrade());
            EXPECT_TRUE(client.sees("\r\n\r\n"));
            auto last_sent = Steady::now();
            for (const auto until = last_sent + kSilence / 2; last_sent < until;) {
                const auto sent = Steady::now();
                client.send("x");
                (void)test::wait_readable(client.fd(), std::chrono::seconds(60));
                if (receive(client.fd(), 1).empty()) break;
                last_sent = sent;
            }
            EXPECT_TRUE(ends(client));
            EXPECT_GT(Steady::now() - last_sent, kSilence * 6 / 10);  // the loop's clock may lag
        });
}

// More than is held back, too: the rest waits in the socket.
TEST_F(FrontUpgradeTest, PassesOnWhatAClientSaidBeforeTheSwitchInItsPlace) {
    const std::string early(300'000, 'e');
    std::atomic<bool> may_switch = false;
    serve(
        [&](WorkerSide& side) {
            side.read_request();
            (void)test::eventually([&] { return may_switch.load(); });
            side.send(kSwitch);
            const std::string got = receive(side.fd(), early.size() + 5);
            side.send(got == early + "after" ? "as sent" : "not as sent");
            side.wait_for_end();
        },
        [&](HttpClient& client) {
            std::thread sending([&] { client.send(upgrade() + early + "after"); });
            on_loop([&] { may_switch = context_.requests > 0; });
            while (!may_switch) on_loop([&] { may_switch = context_.requests > 0; });
            sending.join();
            EXPECT_TRUE(client.sees("as sent"));
            HttpClient other = another();
            EXPECT_EQ(ask_marcus(other), kMarcus);
        });
}

TEST_F(FrontUpgradeTest, TakesWhatAClientSaidEarlyForARequestWhenTheWorkerDoesNotSwitch) {
    serve(echo_all, [&](HttpClient& client) {
        client.send(upgrade() + "GET /m HTTP/1.1\r\nHost: marcus.test\r\n\r\n\x81\x05hello");
        EXPECT_EQ(client.receive().body, "arne GET /ws ");
        EXPECT_EQ(client.receive().body, kMarcus);
        EXPECT_EQ(client.receive().status, 400);
        EXPECT_TRUE(client.sees_end());
    });
}

TEST_F(FrontUpgradeTest, LetsEitherSideOfATunnelEndItsOwnHalf) {
    serve(
        [&](WorkerSide& side) {
            side.read_request();
            side.send(kSwitch);
            EXPECT_EQ(receive(side.fd(), 100), "all of it");  // up to the client's end
            side.send("and the answer");
            ::shutdown(side.fd(), SHUT_WR);
            side.wait_for_end();
        },
        [&](HttpClient& client) {
            client.send(upgrade());
            client.send("all of it");
            client.shut_write();
            EXPECT_TRUE(client.sees("and the answer"));
            EXPECT_TRUE(ends(client));
            HttpClient other = another();
            EXPECT_EQ(ask_marcus(other), kMarcus);
        });
}

TEST_F(FrontUpgradeTest, EndsATunnelWithItsWorkerAfterTheLastByte) {
    const std::string much(2'000'000, 'm');
    std::atomic<bool> ended = false;
    serve(
        [&](WorkerSide& side) {
            switch_and_say(side, much + "the end");
            side.wait_for_end();
            ended = true;
        },
        [&](HttpClient& client) {
            client.send(upgrade());
            EXPECT_TRUE(client.sees("the end"));
            EXPECT_TRUE(ends(client));
            client.send("nobody hears this");
            client.shut_write();
            EXPECT_TRUE(test::eventually([&] { return ended.load(); }));
            HttpClient other = another();
            EXPECT_EQ(ask_marcus(other), kMarcus);
        });
}

// What the kernel does not take yet is not given up with the worker.
TEST_F(FrontUpgradeTest, EndsATunnelAfterTheLastByteForAClientThatReadsLate) {
    const std::string much(350'000, 'm');
    std::atomic<bool> said = false;
    serve(
        [&](WorkerSide& side) {
            switch_and_say(side, much + "the end");
            said = true;
            side.wait_for_end();
        },
        [&](HttpClient& client) {
            client.send(upgrade());
            EXPECT_TRUE(test::eventually([&] { return said.load(); }));
            for (int turn = 0; turn < 20; ++turn) on_loop([] {});
            EXPECT_TRUE(client.sees("the end"));
            EXPECT_TRUE(ends(client));
        });
}

TEST_F(FrontUpgradeTest, SwitchesForNoRequestWithABody) {
    for (const char* const body : {"Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n",
                                   "Expect: 100-continue\r\nContent-Length: 5\r\n"}) {
        serve(
            [](WorkerSide& side) {
                side.read_head();
                side.send(std::string(kSwitch) + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                side.wait_for_end();
            },
            [&](HttpClient& client) {
                client.send(upgrade(body));
                EXPECT_EQ(client.receive().status, 502) << body;
                client.send("GET /m HTTP/1.1\r\nHost: marcus.test\r\n\r\n");  // may be the body
                EXPECT_TRUE(client.sees_end()) << body;
                HttpClient other = another();
                EXPECT_EQ(ask_marcus(other), kMarcus);
            });
    }
}

TEST_F(FrontUpgradeTest, PassesAFewInterimAnswersOnAndNotMany) {
    for (const int count : {context_.limits.interims, context_.limits.interims + 1}) {
        serve(
            [&](WorkerSide& side) {
                while (side.read_request()) {
                    std::string all;
                    for (int number = 0; number < count; ++number)
                        all += number % 2 == 0 ? "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                                               : "HTTP/1.1 102 Processing\r\n\r\n";
                    side.send(all + test::ok("real"));
                }
            },
            [&](HttpClient& client) {
                const bool few = count <= context_.limits.interims;
                client.send(get("/"));
                const Answer answer = client.receive();
                EXPECT_EQ(answer.status, few ? 200 : 502) << count;
                EXPECT_EQ(client.interims(), context_.limits.interims);
                EXPECT_EQ(ask_marcus(client), kMarcus);
            });
    }
}

TEST_F(FrontUpgradeTest, GivesAnOldClientNoInterimAnswer) {
    serve(
        [](WorkerSide& side) {
            side.read_request();
            side.send("HTTP/1.1 103 Early Hints\r\n\r\n" + test::ok("real"));
            side.wait_for_end();
        },
        [&](HttpClient& client) {
            client.send("GET / HTTP/1.0\r\nHost: arne.test\r\n\r\n");
            EXPECT_EQ(client.receive().body, "real");
            EXPECT_EQ(client.interims(), 0);
            HttpClient other = another();
            EXPECT_EQ(ask_marcus(other), kMarcus);
        });
}

TEST_F(FrontUpgradeTest, TakesNoBodyForThatOfAnInterimAnswer) {
    serve(
        [](WorkerSide& side) {
            side.read_request();
            side.send(
                "HTTP/1.1 103 Early Hints\r\nContent-Length: 19\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" +
                test::ok("real"));
            side.wait_for_end();
        },
        [&](HttpClient& client) {
            client.send(get("/"));
            EXPECT_EQ(client.receive().status, 502);
            EXPECT_EQ(ask_marcus(client), kMarcus);
        });
}

TEST_F(FrontUpgradeTest, StreamsEventsToAClientThatHasEndedItsHalf) {
    std::atomic<bool> half = false;
    std::atomic<bool> ended = false;
    serve(
        [&](WorkerSide& side) {
            side.read_request();
            side.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                "Transfer-Encoding: chunked\r\n\r\n");
            (void)test::eventually([&] { return half.load(); });
            side.send("a\r\ndata: one\n\r\n");
            while (side.send("3\r\n:\n\n\r\n")) (void)test::wait_readable(-1, 5ms);
            ended = true;
        },
        [&](HttpClient& first) {
            {
                HttpClient client = another();
                client.send(get("/events"));
                EXPECT_TRUE(client.sees("text/event-stream"));
                client.shut_write();
                half = true;
                EXPECT_TRUE(client.sees("data: one"));
                EXPECT_TRUE(client.sees(":\n\n"));
            }
            EXPECT_TRUE(test::eventually([&] { return ended.load(); })) << "it has left altogether";
            EXPECT_EQ(ask_marcus(first), kMarcus);
        });
}

}  // namespace
}  // namespace posta::supervisor
