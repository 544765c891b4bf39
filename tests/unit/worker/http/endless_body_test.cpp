#include "worker/http/endless_body.h"

#include "tests/unit/worker/http/connection_test.h"

namespace posta::worker {
namespace {

class EndlessBodyTest : public ConnectionTest {};

TEST_F(EndlessBodyTest, SendsAnEndlessBodyInChunks) {
    send("GET /?stream HTTP/1.1\r\nHost: a.example\r\n\r\n");
    const std::string head = receive();
    EXPECT_NE(head.find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos);
    EXPECT_EQ(head.find("Content-Length"), std::string::npos);
    EXPECT_EQ(body_of(head), "");
    EXPECT_EQ(streaming_, 1);
    EXPECT_EQ(shared_.streaming, 1u);

    service_.body.sink->write_body("one");
    service_.body.sink->write_body("");
    service_.body.sink->write_body(std::string(20, 'x'));

    EXPECT_EQ(receive(), "3\r\none\r\n14\r\n" + std::string(20, 'x') + "\r\n");
    EXPECT_FALSE(ended_);
}

TEST_F(EndlessBodyTest, EndsAnEndlessBodyWholeWhenTheServerLeaves) {
    send("GET /?stream HTTP/1.1\r\nHost: a.example\r\n\r\n");
    receive();
    connection_->end_stream();

    EXPECT_EQ(receive(), "4\r\nlast\r\n0\r\n\r\n");
    EXPECT_TRUE(ended_);
    client_.reset();
    EXPECT_TRUE(wait_until([&] { return over_; }));
    EXPECT_TRUE(service_.body.destroyed);
    EXPECT_EQ(shared_.streaming, 0u);
}

TEST_F(EndlessBodyTest, FramesAnEndlessBodyByTheConnectionsEndForAnOldClient) {
    send("GET /?stream HTTP/1.0\r\nHost: a.example\r\n\r\n");
    EXPECT_EQ(receive().find("chunked"), std::string::npos);
    connection_->end_stream();

    EXPECT_EQ(receive(), "last");
    EXPECT_TRUE(ended_);
}

TEST_F(EndlessBodyTest, BeginsNoEndlessBodyForHead) {
    send("HEAD /?stream HTTP/1.1\r\nHost: a.example\r\n\r\n");

    EXPECT_EQ(body_of(receive()), "");
    EXPECT_TRUE(ended_);
    EXPECT_EQ(service_.body.sink, nullptr);
    EXPECT_TRUE(service_.body.destroyed);
    EXPECT_EQ(shared_.streaming, 0u);
}

TEST_F(EndlessBodyTest, GoesOnWithAnEndlessBodyForAPeerThatClosedOnlyItsWriteSide) {
    send("GET /?stream HTTP/1.1\r\nHost: a.example\r\n\r\n");
    receive();
    ::shutdown(client_.get(), SHUT_WR);
    turn();
    service_.body.sink->write_body("one");

    EXPECT_EQ(receive(), "3\r\none\r\n");
}

TEST_F(EndlessBodyTest, SeesAtOnceThatTheReaderOfAnEndlessBodyHasLeft) {
    send("GET /?stream HTTP/1.1\r\nHost: a.example\r\n\r\n");
    receive();
    client_.reset();

    EXPECT_TRUE(wait_until([&] { return over_; }));
    EXPECT_TRUE(service_.body.destroyed);
}

TEST_F(EndlessBodyTest, TellsAnEndlessBodyWhenASlowReaderHasTakenAll) {
    send("GET /?stream HTTP/1.1\r\nHost: a.example\r\n\r\n");
    receive();
    service_.body.sink->write_body(std::string(4'000'000, 'x'));
    turn();
    EXPECT_GT(service_.body.sink->unsent(), 0u);
    EXPECT_EQ(service_.body.all_sent, 0);
    receive();

    EXPECT_EQ(service_.body.all_sent, 1);
    EXPECT_EQ(service_.body.sink->unsent(), 0u);
}

TEST_F(EndlessBodyTest, KeepsLittleOfWhatComesBehindARequestForAnEndlessBody) {
    send("GET /?stream HTTP/1.1\r\nHost: a.example\r\n\r\n");
    receive();
    const std::string flood(1'000'000, 'x');
    const ssize_t taken = ::send(client_.get(), flood.data(), flood.size(), MSG_NOSIGNAL);
    turn();
    EXPECT_LT(taken, static_cast<ssize_t>(flood.size()));
    service_.body.sink->write_body("one");

    EXPECT_EQ(receive(), "3\r\none\r\n");
}

}  // namespace
}  // namespace posta::worker
