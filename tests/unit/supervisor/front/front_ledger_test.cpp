#include "tests/unit/supervisor/front/front_server_test.h"

namespace posta::supervisor {
namespace {

using FrontLedgerTest = FrontServerTest;

TEST_F(FrontLedgerTest, EntersEachRequestInTheLedgerOnce) {
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

// The worker has the first part of such a request, and the client an answer.
TEST_F(FrontLedgerTest, EntersABodyThatIsNoneAsRefused) {
    for (const std::string method : {"POST", "HEAD"}) {
        context_.ledger = {};
        serve([](WorkerSide& side) { side.wait_for_end(); },
              [&](HttpClient& client) {
                  client.send(method +
                              " / HTTP/1.1\r\nHost: arne.test\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "1\r\nx\r\n");
                  EXPECT_TRUE(test::eventually([&] {
                      bool passed_on = false;
                      on_loop([&] { passed_on = context_.upstreams.open() == 1; });
                      return passed_on;
                  }));
                  client.send("what\r\n");
                  EXPECT_EQ(client.receive(method).status, 400);
                  EXPECT_TRUE(client.sees_end()) << method;
              });
        EXPECT_EQ(ledger_.client_left, 0U);
        EXPECT_EQ(ledger_.refused, (std::map<std::string_view, std::uint64_t>{{"bad-request", 1}}));
        const contracts::TrafficByTenant traffic = context_.traffic.take();
        EXPECT_EQ(traffic.at("arne").by_class, (std::array<std::uint64_t, 5>{0, 0, 0, 1, 0}));
    }
}

// With a body, whatever the request before it was.
TEST_F(FrontLedgerTest, EntersAHeadThatIsTooSlowAsRefused) {
    context_.limits.head = 50ms;
    serve(echo_all, [&](HttpClient& client) {
        EXPECT_EQ(client.ask("HEAD / HTTP/1.1\r\nHost: arne.test\r\n\r\n", "HEAD").status, 200);
        client.send("GET / HT");
        EXPECT_NE(client.receive().body.find("request-timeout"), std::string::npos);
    });
    EXPECT_EQ(ledger_.refused, (std::map<std::string_view, std::uint64_t>{{"request-timeout", 1}}));
}

// The answer has begun; no other one can be given.
TEST_F(FrontLedgerTest, EntersARestThatNeverComesAsRefused) {
    serve(
        [](WorkerSide& side) {
            side.read_head();
            side.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
            side.wait_for_end();
        },
        [&](HttpClient& client) {
            client.send("POST / HTTP/1.1\r\nHost: arne.test\r\nContent-Length: 9\r\n\r\nhalf");
            EXPECT_TRUE(client.sees("half"));
            on_loop([&] { context_.limits.body_idle = 50ms; });  // from the next byte on
            client.send("x");
            EXPECT_EQ(client.receive().status, 0);
        });
    EXPECT_EQ(ledger_.client_left, 0U);
    EXPECT_EQ(ledger_.refused, (std::map<std::string_view, std::uint64_t>{{"request-timeout", 1}}));
}

TEST_F(FrontLedgerTest, EntersAClientThatLeaves) {
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

TEST_F(FrontLedgerTest, CountsAnEventStreamWhileItLasts) {
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
