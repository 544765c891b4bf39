#include "tests/unit/supervisor/front/front_server_test.h"

namespace posta::supervisor {
namespace {

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
    serve([](WorkerSide& side) { side.wait_for_end(); }, expect_to_come_back_later, State::down);
}

TEST_F(FrontServerTest, HoldsNoRequestForATenantThatWillNotComeByItself) {
    context_.limits.hold = std::chrono::hours(1);
    serve([](WorkerSide& side) { side.wait_for_end(); }, expect_to_come_back_later, State::off);
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

}  // namespace
}  // namespace posta::supervisor
