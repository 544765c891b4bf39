#include "worker/http/connection.h"

#include "tests/unit/worker/http/connection_test.h"

namespace posta::worker {
namespace {

using namespace std::chrono_literals;

TEST_F(ConnectionTest, AnswersARequest) {
    send("GET /?1 HTTP/1.1\r\nHost: a.example\r\n\r\n");
    const std::string answer = receive();

    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(body_of(answer), "answer 1");
    EXPECT_FALSE(ended_);
}

TEST_F(ConnectionTest, AnswersARequestThatComesByteByByte) {
    for (const char byte : std::string("POST /?1 HTTP/1.1\r\nHost: a.example\r\n"
                                       "Content-Length: 3\r\n\r\nabc"))
        send({&byte, 1});

    EXPECT_EQ(body_of(receive()), "answer 1");
    EXPECT_EQ(service_.bodies, std::vector<std::string>{"abc"});
}

TEST_F(ConnectionTest, AnswersPipelinedRequestsInOrder) {
    send(
        "GET /?later HTTP/1.1\r\nHost: a.example\r\n\r\n"
        "POST /?2 HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
        "GET /?3 HTTP/1.1\r\nHost: a.example\r\n\r\n");
    EXPECT_EQ(receive(), "");
    ASSERT_EQ(service_.replies.size(), 1U);

    service_.replies[0].send(Response::with(200, "text/plain", "answer 1"));
    const std::string answers = receive();

    EXPECT_LT(answers.find("answer 1"), answers.find("answer 2"));
    EXPECT_LT(answers.find("answer 2"), answers.find("answer 3"));
    EXPECT_NE(answers.find("answer 3"), std::string::npos);
    EXPECT_EQ(service_.bodies[1], "abc");
}

TEST_F(ConnectionTest, SendsNoBodyForHead) {
    send("HEAD /?1 HTTP/1.1\r\nHost: a.example\r\n\r\n");
    const std::string answer = receive();

    EXPECT_NE(answer.find("Content-Length: 8\r\n"), std::string::npos);
    EXPECT_EQ(body_of(answer), "");
}

TEST_F(ConnectionTest, EndsWhenTheClientAsksForIt) {
    send("GET /?1 HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
    const std::string answer = receive();

    EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_TRUE(ended_);
    client_.reset();
    EXPECT_TRUE(wait_until([&] { return over_; }));
}

TEST_F(ConnectionTest, AnswersAClientThatClosedItsWriteSide) {
    send("GET /?1 HTTP/1.1\r\nHost: a.example\r\n\r\n");
    ::shutdown(client_.get(), SHUT_WR);

    EXPECT_EQ(body_of(receive()), "answer 1");
    EXPECT_TRUE(wait_until([&] { return over_; }));
}

TEST_F(ConnectionTest, AnswersLateToAClientThatClosedItsWriteSide) {
    send("GET /?later HTTP/1.1\r\nHost: a.example\r\n\r\n");
    ::shutdown(client_.get(), SHUT_WR);
    turn();
    ASSERT_EQ(service_.replies.size(), 1U);
    service_.replies[0].send(Response::with(200, "text/plain", "answer"));

    EXPECT_EQ(body_of(receive()), "answer");
    EXPECT_TRUE(wait_until([&] { return over_; }));
}

// What a worker finds in its dead predecessor's backlog after the front has given it up.
TEST_F(ConnectionTest, DoesNotRunAWriteWhoseSenderHasLeft) {
    const std::string request =
        "POST /?1 HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\nabc";
    ASSERT_EQ(::send(client_.get(), request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    client_.reset();

    EXPECT_TRUE(wait_until([&] { return over_; }));
    EXPECT_TRUE(service_.bodies.empty());
    EXPECT_EQ(left_alone_, std::vector<std::string>{"POST"});
}

TEST_F(ConnectionTest, RunsAWriteWhoseSenderClosedItsWriteSide) {
    const std::string request =
        "POST /?1 HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\nabc";
    ASSERT_EQ(::send(client_.get(), request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    ::shutdown(client_.get(), SHUT_WR);

    EXPECT_EQ(body_of(receive()), "answer 1");
    EXPECT_TRUE(left_alone_.empty());
}

TEST_F(ConnectionTest, SurvivesAnAnswerForAClientThatHasGone) {
    send("GET /?later HTTP/1.1\r\nHost: a.example\r\n\r\n");
    ASSERT_EQ(service_.replies.size(), 1U);
    connection_.reset();

    service_.replies[0].send(Response::empty(204));
    turn();
}

TEST_F(ConnectionTest, ReadsAndDropsTheBodyOfARefusedRequest) {
    send(
        "POST /refused HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello"
        "GET /?2 HTTP/1.1\r\nHost: a.example\r\n\r\n");
    const std::string answers = receive();

    EXPECT_TRUE(answers.starts_with("HTTP/1.1 404 "));
    EXPECT_NE(answers.find("answer 2"), std::string::npos);
    EXPECT_EQ(service_.bodies, std::vector<std::string>{""});
}

TEST_F(ConnectionTest, RefusesALongBodyBeforeItComes) {
    send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 99999999\r\n\r\n");
    const std::string answer = receive();

    EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 "));
    EXPECT_NE(answer.find("\"too-large\""), std::string::npos);
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
    EXPECT_TRUE(ended_);
}

TEST_F(ConnectionTest, RefusesByItsHeadABodyForWhichThereIsNoMemory) {
    MemoryShare others(memory_, 10'000'000 - 100);
    send("POST /?1 HTTP/1.1\r\nHost: a.example\r\nContent-Length: 51\r\n\r\n");
    EXPECT_EQ(receive(), "") << "a short body is read, so that the next request is found";
    send(std::string(51, 'x'));
    const std::string answer = receive();

    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 "));
    EXPECT_NE(answer.find("\r\nRetry-After: 2\r\n"), std::string::npos);
    EXPECT_EQ(body_of(answer).find(R"({"error":"unavailable")"), 0U);
    EXPECT_TRUE(service_.bodies.empty());
    EXPECT_EQ(memory_.used(), others.bytes());
    EXPECT_EQ(memory_.refused(), 1U);

    others.set(0);
    send("POST /?2 HTTP/1.1\r\nHost: a.example\r\nContent-Length: 51\r\n\r\n" +
         std::string(51, 'x'));
    EXPECT_EQ(body_of(receive()), "answer 2");
}

TEST_F(ConnectionTest, LetsALargeBodyForWhichThereIsNoMemoryLieForAWhile) {
    limits_.hesitation = 0s;
    MemoryShare others(memory_, 10'000'000);
    send("POST /?large HTTP/1.1\r\nHost: a.example\r\nContent-Length: 100000\r\n\r\n" +
         std::string(10'000, 'x'));
    const std::string answer = receive();

    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
    EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_TRUE(ended_) << "the body was not read";

    limits_.hesitation = 1h;
    open();
    send("POST /?large HTTP/1.1\r\nHost: a.example\r\nContent-Length: 100000\r\n\r\n");
    EXPECT_EQ(receive(), "");
    EXPECT_FALSE(over_);
}

TEST_F(ConnectionTest, CountsABodyUntilItIsAnswered) {
    send("POST /?later HTTP/1.1\r\nHost: a.example\r\nContent-Length: 900\r\n\r\nab");
    EXPECT_EQ(memory_.used(), 1800U) << "from its head on, with what is made of it";
    send(std::string(898, 'x'));
    EXPECT_EQ(memory_.used(), 1800U);

    service_.replies.at(0).send(Response::with(200, "text/plain", "done"));
    EXPECT_EQ(memory_.used(), 0U);
}

TEST_F(ConnectionTest, CountsABodyOfUnknownLengthAsItGrows) {
    MemoryShare others(memory_, 10'000'000 / 2 - 100);
    send("POST /?1 HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n32\r\n" +
         std::string(0x32, 'x') + "\r\n");
    EXPECT_EQ(memory_.used(), others.bytes() + 100);
    send("1\r\nx\r\n0\r\n\r\n");

    EXPECT_TRUE(receive().starts_with("HTTP/1.1 503 "));
    EXPECT_EQ(memory_.used(), others.bytes());
}

TEST_F(ConnectionTest, CountsWhatASlowReaderHasNotTaken) {
    send("GET /?big HTTP/1.1\r\nHost: a.example\r\n\r\n");
    EXPECT_GT(memory_.used(), 2'000'000U);

    receive();
    EXPECT_EQ(memory_.used(), 0U);
}

TEST_F(ConnectionTest, TakesNoRequestWhileWhatWaitsForReadersIsTooMuch) {
    MemoryShare answers(memory_, 10'000'001);
    send("GET /?1 HTTP/1.1\r\nHost: a.example\r\n\r\n");
    EXPECT_TRUE(receive().starts_with("HTTP/1.1 503 "));

    answers.set(10'000'000);
    send("GET /?2 HTTP/1.1\r\nHost: a.example\r\n\r\n");
    EXPECT_EQ(body_of(receive()), "answer 2");
}

TEST_F(ConnectionTest, RefusesAChunkedBodyThatGrowsTooLong) {
    std::string request =
        "POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 3; ++i) request += "200\r\n" + std::string(512, 'x') + "\r\n";
    send(request + "0\r\n\r\nGET /?2 HTTP/1.1\r\nHost: a.example\r\n\r\n");
    const std::string answers = receive();

    EXPECT_TRUE(answers.starts_with("HTTP/1.1 413 "));
    EXPECT_NE(answers.find("answer 2"), std::string::npos);
}

TEST_F(ConnectionTest, DropsABoundedAmountAfterARefusal) {
    send("POST /refused HTTP/1.1\r\nHost: a.example\r\nContent-Length: 99999999\r\n\r\n");
    EXPECT_TRUE(receive().starts_with("HTTP/1.1 404 "));

    const std::string junk(65536, 'x');
    for (int i = 0; i < 200 && !over_; ++i) {
        ::send(client_.get(), junk.data(), junk.size(), MSG_NOSIGNAL);
        turn();
    }
    EXPECT_TRUE(over_);
}

TEST_F(ConnectionTest, SaysContinueOnlyWhenItWantsTheBody) {
    send(
        "POST /?1 HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\nExpect: 100-continue\r\n"
        "\r\n");
    EXPECT_EQ(receive(), "HTTP/1.1 100 Continue\r\n\r\n");
    send("abc");
    EXPECT_EQ(body_of(receive()), "answer 1");

    send(
        "POST /refused HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n"
        "Expect: 100-continue\r\n\r\n");
    EXPECT_TRUE(receive().starts_with("HTTP/1.1 404 "));
    EXPECT_TRUE(ended_);
}

TEST_F(ConnectionTest, AnswersAFaultAndEnds) {
    send(
        "GET / HTTP/1.1\r\nHost: a.example\r\nBad Name: x\r\n\r\n"
        "GET /?2 HTTP/1.1\r\nHost: a.example\r\n\r\n");
    const std::string answer = receive();

    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 "));
    EXPECT_NE(answer.find("\"error\":\"bad-request\""), std::string::npos);
    EXPECT_EQ(answer.find("answer 2"), std::string::npos);
    EXPECT_TRUE(ended_);
}

TEST_F(ConnectionTest, KeepsAnAnswerForASlowReader) {
    send(
        "GET /?big HTTP/1.1\r\nHost: a.example\r\n\r\n"
        "GET /?2 HTTP/1.1\r\nHost: a.example\r\n\r\n");
    turn();
    EXPECT_EQ(service_.bodies.size(), 1U);  // the second waits until the first is out

    std::string received;
    EXPECT_TRUE(wait_until([&] {
        received += receive();
        return received.ends_with("answer 2");
    }));
    EXPECT_GT(received.size(), 4'000'000U);
}

TEST_F(ConnectionTest, CutsAReaderThatDoesNotRead) {
    limits_.write_idle = 30ms;
    send("GET /?big HTTP/1.1\r\nHost: a.example\r\n\r\n");
    EXPECT_TRUE(wait_until([&] { return over_; }));
}

TEST_F(ConnectionTest, AnswersAHeadThatTakesTooLong) {
    limits_.head_deadline = 30ms;
    send("GET / HTTP/1.1\r\nHos");
    std::string answer;
    EXPECT_TRUE(wait_until([&] {
        answer += receive();
        return ended_;
    }));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 "));
}

TEST_F(ConnectionTest, AnswersABodyThatStops) {
    limits_.body_idle = 30ms;
    send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nab");
    std::string answer;
    EXPECT_TRUE(wait_until([&] {
        answer += receive();
        return ended_;
    }));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 "));
}

TEST_F(ConnectionTest, ClosesAnIdleConnectionWithoutAWord) {
    limits_.keep_alive_idle = 30ms;
    send("GET /?1 HTTP/1.1\r\nHost: a.example\r\n\r\n");
    EXPECT_EQ(body_of(receive()), "answer 1");
    EXPECT_TRUE(wait_until([&] { return over_; }));
    EXPECT_EQ(receive(), "");
    EXPECT_TRUE(ended_);
}

TEST_F(ConnectionTest, EndsWithItsNextAnswerWhileDraining) {
    send("GET /?1 HTTP/1.1\r\nHost: a.example\r\n\r\n");
    EXPECT_EQ(receive().find("Connection: close"), std::string::npos);
    shared_.draining = true;
    send("GET /?2 HTTP/1.1\r\nHost: a.example\r\n\r\n");

    EXPECT_NE(receive().find("Connection: close"), std::string::npos);
    EXPECT_TRUE(ended_);
}

}  // namespace
}  // namespace posta::worker
