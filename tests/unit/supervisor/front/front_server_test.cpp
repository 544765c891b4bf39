#include "supervisor/front/front_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <condition_variable>
#include <mutex>
#include <utility>

#include "common/base/unix_socket.h"
#include "tests/support/eventually.h"
#include "tests/support/fake_worker.h"
#include "tests/support/http_client.h"
#include "tests/support/temp_folder.h"

namespace posta::supervisor {
namespace {

using std::chrono_literals::operator""ms;
using test::Answer;
using test::HttpClient;
using test::WorkerSide;
using State = contracts::Route::State;

// The front's connections with short deadlines: the loop on this thread, the client and the worker
// on threads of their own.
class FrontServerTest : public ::testing::Test {
protected:
    using Client = std::function<void(HttpClient&)>;

    void serve(test::FakeWorker::Script worker, const Client& client, State state = State::ready) {
        const test::FakeWorker arne("arne", folder_ / "arne.sock", std::move(worker));
        FrontServer server(context_, [] {});
        server_ = &server;
        contracts::Route route{"arne", folder_ / "arne.sock", {"arne.test"}, state};
        route.worker_connections = worker_connections_;
        server.replace_routes({route});
        auto ends = *socket_pair();
        server.add_client(std::move(ends.first), SocketKind::unix_domain,
                          *IpAddress::from_text("192.0.2.1"));
        std::atomic<bool> done = false;
        std::thread asking([&, socket = std::move(ends.second)]() mutable {
            HttpClient asker(std::move(socket));
            client(asker);
            done = true;
        });
        Timer watch(loop_, [&] {
            // Whatever client and worker are up to, every request is accounted for.
            EXPECT_EQ(difference(server.ledger()), 0);
            {
                const std::lock_guard<std::mutex> lock(mutex_);
                if (const auto act = std::exchange(asked_, nullptr)) act();
            }
            acted_.notify_all();
            if (done) loop_.stop();
        });
        watch.start_every(5ms);
        loop_.run();
        asking.join();
        // Their ends of the connections are gone: let the front see that.
        for (int turns = 0; server.ledger().open > 0 && turns < 1000; ++turns) {
            loop_.run_ready();
            (void)test::wait_readable(-1, 2ms);
        }
        ledger_ = server.ledger();
        EXPECT_EQ(difference(ledger_), 0);
    }

    static std::int64_t difference(const contracts::Ledger& ledger) {
        std::uint64_t elsewhere = ledger.answered + ledger.client_left + ledger.open;
        for (const auto& [reason, count] : ledger.refused) elsewhere += count;
        return static_cast<std::int64_t>(ledger.accepted - elsewhere);
    }

    // Asks, waits until the front has let go of the worker's connection, and asks again.
    void expect_a_dial_after_a_pause() {
        std::atomic<int> ended = 0;
        serve(
            [&](WorkerSide& side) {
                while (const auto request = side.read_request())
                    side.send(test::echo("arne", *request));
                ++ended;
            },
            [&](HttpClient& client) {
                EXPECT_EQ(client.ask(get("/1")).status, 200);
                while (ended == 0) (void)test::wait_readable(-1, 5ms);
                EXPECT_EQ(client.ask(get("/2")).body, "arne GET /2 ");
            });
    }

    static std::string get(const std::string& path) {
        return "GET " + path + " HTTP/1.1\r\nHost: arne.test\r\n\r\n";
    }

    // From the client's thread: returns once the loop's thread has done it.
    void on_loop(std::function<void()> act) {
        std::unique_lock<std::mutex> lock(mutex_);
        asked_ = std::move(act);
        acted_.wait(lock, [this] { return asked_ == nullptr; });
    }
    void drain(FrontServer::Drain how) {
        on_loop([this, how] { server_->drain(how); });
    }
    static void echo_all(WorkerSide& side) {
        while (const auto request = side.read_request()) side.send(test::echo("arne", *request));
    }

    std::mutex mutex_;
    std::condition_variable acted_;
    std::function<void()> asked_;    // what the loop's thread is to do
    FrontServer* server_ = nullptr;  // during serve()
    int worker_connections_ = contracts::kMostWorkerConnections;
    contracts::Ledger ledger_;  // at the end of serve()
    testing::TempFolder folder_;
    SystemClock clock_;
    EventLoop loop_;
    Log log_{clock_, "front", LogLevel::error, LogFormat::text};
    FrontContext context_{loop_, log_, {}, {}, {}, false};
};

// Three places, three clients that say nothing, and one who waits for a place.
TEST_F(FrontServerTest, TakesThePlacesOfThoseWhoSayNothingWhenOthersWait) {
    context_.limits.descriptors = 6;
    context_.limits.settle = 20ms;
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    ASSERT_EQ(::bind(socket.get(), any, length), 0);
    ASSERT_EQ(::getsockname(socket.get(), any, &length), 0);
    ASSERT_EQ(::listen(socket.get(), 16), 0);
    FrontServer server(context_, [] {});
    server.listen(std::move(socket));
    int status = 0;
    std::atomic<bool> done = false;
    std::thread clients([&] {
        std::vector<UniqueFd> all;
        for (int count = 0; count < 4; ++count) {
            all.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
            ASSERT_EQ(::connect(all.back().get(), any, length), 0);
        }
        HttpClient last(std::move(all.back()));
        status = last.ask("GET / HTTP/1.1\r\nHost: nobody.test\r\n\r\n").status;
        done = true;
    });
    Timer watch(loop_, [&] {
        if (done) loop_.stop();
    });
    watch.start_every(5ms);
    loop_.run();
    clients.join();
    EXPECT_EQ(status, 404);
    EXPECT_GE(server.ledger().accept_pauses, 1U);
}

TEST_F(FrontServerTest, AnswersForAWorkerThatNeverDoes) {
    context_.limits.answer = 50ms;
    serve([](WorkerSide& side) { side.wait_for_end(); },
          [](HttpClient& client) {
              const Answer answer = client.ask(get("/"));
              EXPECT_EQ(answer.status, 504);
              EXPECT_TRUE(answer.keep_alive);
          });
}

TEST_F(FrontServerTest, CutsAnAnswerThatFallsSilent) {
    context_.limits.answer_idle = 50ms;
    serve(
        [](WorkerSide& side) {
            side.read_request();
            side.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
            side.wait_for_end();
        },
        [](HttpClient& client) { EXPECT_EQ(client.ask(get("/")).status, 0); });
}

TEST_F(FrontServerTest, HoldsARequestForATenantThatIsDownAndThenSaysWhenToComeBack) {
    context_.limits.hold = 50ms;
    serve([](WorkerSide& side) { side.wait_for_end(); },
          [](HttpClient& client) {
              const Answer answer = client.ask(get("/"));
              EXPECT_EQ(answer.status, 503);
              EXPECT_TRUE(answer.head_has("Retry-After: 5"));
              EXPECT_TRUE(answer.keep_alive);
          },
          State::down);
}

TEST_F(FrontServerTest, EndsASlowHeadHoweverItDrips) {
    context_.limits.head = 60ms;
    serve([](WorkerSide& side) { side.wait_for_end(); },
          [](HttpClient& client) {
              client.send("GET / HTTP/1.1\r\n");
              while (!test::wait_readable(client.fd(), 10ms))
                  if (!client.send("X: 1\r\n")) break;
              EXPECT_EQ(client.receive().status, 408);
              EXPECT_TRUE(client.sees_end());
          });
}

TEST_F(FrontServerTest, EndsABodyThatStops) {
    context_.limits.body_idle = 50ms;
    serve([](WorkerSide& side) { side.wait_for_end(); },
          [](HttpClient& client) {
              client.send("POST / HTTP/1.1\r\nHost: arne.test\r\nContent-Length: 9\r\n\r\nhalf");
              EXPECT_EQ(client.receive().status, 408);
          });
}

TEST_F(FrontServerTest, EndsABodyThatDripsWhenItsTenantsPlacesRunShort) {
    worker_connections_ = 1;  // and this client has it
    context_.limits.body_step = 200ms;
    serve([](WorkerSide& side) { side.wait_for_end(); },
          [](HttpClient& client) {
              client.send("POST / HTTP/1.1\r\nHost: arne.test\r\nContent-Length: 9999\r\n\r\n");
              for (int at = 0; at < 200 && !test::wait_readable(client.fd(), 50ms); ++at)
                  client.send("x");
              EXPECT_EQ(client.receive().status, 408);
          });
}

TEST_F(FrontServerTest, CutsAClientThatStopsReading) {
    context_.limits.body_idle = 100ms;
    serve(
        [](WorkerSide& side) {
            side.read_request();
            side.send(test::ok(std::string(4'000'000, 'x')));
        },
        [](HttpClient& client) {
            client.send(get("/"));
            // Nothing is read, so the connection is closed from the other side: a write fails.
            while (client.send("\r\n")) (void)test::wait_readable(-1, 10ms);
            EXPECT_EQ(client.receive().status, 0);
        });
}

TEST_F(FrontServerTest, EndsAnIdleConnection) {
    context_.limits.settle = 20ms;
    serve(echo_all, [&](HttpClient& client) {
        EXPECT_EQ(client.ask(get("/1")).status, 200);
        on_loop([&] { context_.limits.keep_alive_idle = 60ms; });  // from the next answer on
        EXPECT_EQ(client.ask(get("/2")).status, 200);
        EXPECT_TRUE(client.sees_end());
    });
}

TEST_F(FrontServerTest, KeepsAnIdleClientUntilItHasAskedOnceMoreWhenItIsReplaced) {
    context_.limits.drain_idle = 10ms;
    serve(echo_all, [&](HttpClient& client) {
        EXPECT_TRUE(client.ask(get("/1")).keep_alive);
        drain(FrontServer::Drain::patient);
        EXPECT_FALSE(client.sees_end(200ms)) << "much longer than at the server's end";

        const Answer last = client.ask(get("/2"));

        EXPECT_EQ(last.status, 200);
        EXPECT_FALSE(last.keep_alive);
        EXPECT_TRUE(client.sees_end());
    });
}

TEST_F(FrontServerTest, LetsGoOfAnIdleClientWhoseTimeIsOverWhenItIsReplaced) {
    context_.limits.settle = 20ms;
    serve(echo_all, [&](HttpClient& client) {
        EXPECT_TRUE(client.ask(get("/1")).keep_alive);
        on_loop([&] { context_.limits.keep_alive_idle = 150ms; });  // from the next answer on
        EXPECT_TRUE(client.ask(get("/2")).keep_alive);
        drain(FrontServer::Drain::patient);
        EXPECT_TRUE(client.sees_end());
    });
}

TEST_F(FrontServerTest, LetsGoOfIdleClientsSoonAtTheServersEndEvenIfItWasReplacedBefore) {
    context_.limits.drain_idle = 10ms;
    serve(echo_all, [&](HttpClient& client) {
        EXPECT_TRUE(client.ask(get("/1")).keep_alive);
        drain(FrontServer::Drain::patient);
        drain(FrontServer::Drain::prompt);
        drain(FrontServer::Drain::patient);  // changes nothing any more
        EXPECT_TRUE(client.sees_end());
    });
}

TEST_F(FrontServerTest, DropsUnusedWorkerConnectionsAndDialsAgain) {
    context_.limits.settle = 20ms;
    expect_a_dial_after_a_pause();
}

TEST_F(FrontServerTest, DialsAgainWhenThePoolHasHungUp) {
    context_.limits.upstream_idle = 20ms;
    expect_a_dial_after_a_pause();
}

TEST_F(FrontServerTest, RefusesMoreConnectionsThanAnAddressMayHave) {
    context_.limits.connections_per_address = 0;
    serve([](WorkerSide&) {},
          [](HttpClient& client) {
              const Answer answer = client.receive();
              EXPECT_EQ(answer.status, 503);
              EXPECT_TRUE(answer.head_has("Retry-After"));
          });
}

TEST_F(FrontServerTest, EntersEachRequestInTheLedgerOnce) {
    serve(
        [](WorkerSide& side) {
            while (const auto request = side.read_request()) {
                if (request->target == "/silent") return side.wait_for_end();
                if (request->target == "/dies") return;
                if (request->target == "/cut") {
                    side.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
                    return;
                }
                side.send(test::echo("arne", *request));
            }
        },
        [&](HttpClient& client) {
            EXPECT_EQ(client.ask(get("/1")).status, 200);
            EXPECT_EQ(client.ask(get("/2")).status, 200);
            EXPECT_EQ(client
                          .ask("POST /dies HTTP/1.1\r\nHost: arne.test\r\n"
                               "Content-Length: 1\r\n\r\nx",
                               "POST")
                          .status,
                      502);
            const auto patience = context_.limits.answer;
            on_loop([&] { context_.limits.answer = 50ms; });
            EXPECT_EQ(client.ask(get("/silent")).status, 504);
            on_loop([&] { context_.limits.answer = patience; });
            EXPECT_EQ(client.ask("GET / HTTP/1.1\r\nHost: nobody.test\r\n\r\n").status, 404);
            EXPECT_EQ(client.ask(get("/cut")).status, 0);
        });
    EXPECT_EQ(ledger_.accepted, 6U);
    EXPECT_EQ(ledger_.answered, 2U);
    EXPECT_EQ(
        ledger_.refused,
        (std::map<std::string_view, std::uint64_t>{
            {"answer-cut", 1}, {"bad-gateway", 1}, {"gateway-timeout", 1}, {"not-found", 1}}));
    const contracts::TrafficByTenant traffic = context_.traffic.take();
    ASSERT_EQ(traffic.size(), 1U);
    EXPECT_EQ(traffic.at("arne").by_class, (std::array<std::uint64_t, 5>{0, 3, 0, 0, 2}));
}

TEST_F(FrontServerTest, EntersAClientThatLeaves) {
    for (const std::string& said :
         {std::string("GET / HT"), std::string("POST / HTTP/1.1\r\nHost: arne.test\r\n"
                                               "Content-Length: 9\r\n\r\nhalf")}) {
        context_.ledger = {};
        serve([](WorkerSide& side) { side.wait_for_end(); },
              [&](HttpClient& client) {
                  client.send(said);
                  EXPECT_TRUE(test::eventually([&] {
                      bool there = false;
                      on_loop([&] { there = server_->ledger().accepted == 1; });
                      return there;
                  }));
              });
        EXPECT_EQ(ledger_.accepted, 1U) << said;
        EXPECT_EQ(ledger_.client_left, 1U) << said;
    }
}

TEST_F(FrontServerTest, CountsAnEventStreamWhileItLasts) {
    serve(
        [](WorkerSide& side) {
            side.read_request();
            side.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
            while (side.send(": still here\n\n")) (void)test::wait_readable(-1, 5ms);
        },
        [](HttpClient& client) {
            client.send(get("/events"));
            EXPECT_TRUE(client.sees("data: 1"));
        });
    EXPECT_EQ(ledger_.client_left, 1U);
    const contracts::TrafficByTenant traffic = context_.traffic.take();
    EXPECT_EQ(traffic.at("arne").requests(), 1U);
    EXPECT_EQ(traffic.at("arne").streams, 0);
}

}  // namespace
}  // namespace posta::supervisor
