#include <gtest/gtest.h>

#include <sys/socket.h>

#include <csignal>
#include <deque>

#include "tests/support/eventually.h"
#include "tests/support/three_tenants.h"

namespace posta::test {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr std::size_t kMiB = 1024 * 1024;

TEST(FrontStreams, PassesEachEventOnBeforeTheNextOneComes) {
    std::atomic<int> seen = 0;
    ThreeTenants three([&](WorkerSide& side) {
        if (!side.read_request()) return;
        side.send(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            "Transfer-Encoding: chunked\r\n\r\n");
        for (int event = 0; event < 20; ++event) {
            if (!eventually([&] { return seen == event; })) return;
            if (!side.send("9\r\ndata: " + std::to_string(10 + event) + "\n\r\n")) return;
        }
        side.wait_for_end();
    });
    HttpClient client = three.client();
    client.send(get("arne", "/events"));

    for (int event = 0; event < 20; ++event, ++seen)
        ASSERT_TRUE(client.sees("data: " + std::to_string(10 + event))) << event;
}

TEST(FrontStreams, KeepsASlowReadersDownloadInBoundedMemory) {
    ThreeTenants three([](WorkerSide& side) {
        while (side.read_request()) side.send(ok(std::string(10 * kMiB, 'd')));
    });
    HttpClient quick = three.client();
    EXPECT_EQ(quick.ask(get("arne", "/")).body.size(), 10 * kMiB);
    const std::size_t before = three.front->resident_bytes();

    std::deque<HttpClient> slow;
    for (int number = 0; number < 10; ++number) {
        slow.emplace_back(three.front->port());
        slow.back().send(get("arne", "/"));
    }
    for (HttpClient& client : slow) ASSERT_TRUE(wait_readable(client.fd(), 60s));
    EXPECT_EQ(quick.ask(get("marcus", "/")).status, 200);

    EXPECT_LT(three.front->resident_bytes(), before + 30 * kMiB);  // of 100 MiB under way
    for (HttpClient& client : slow) EXPECT_EQ(client.receive().body.size(), 10 * kMiB);
}

TEST(FrontStreams, PausesTheClientWhoseWorkerDoesNotRead) {
    std::atomic<bool> may_read = false;
    ThreeTenants three([&](WorkerSide& side) {
        eventually([&] { return may_read.load(); });
        if (const auto request = side.read_request())
            side.send(ok(std::to_string(request->body.size())));
        side.wait_for_end();
    });
    HttpClient client = three.client();
    const std::string body(8 * kMiB, 'u');
    const std::size_t before = three.front->resident_bytes();
    client.send("POST / HTTP/1.1\r\nHost: arne.test\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n");
    EXPECT_FALSE(send_all(client.fd(), body, 500ms));  // nobody takes all of it

    EXPECT_LT(three.front->resident_bytes(), before + 5 * kMiB);
    may_read = true;
}

TEST(FrontStreams, DeliversALargeUpload) {
    ThreeTenants three;
    const std::string body(8 * kMiB, 'u');
    EXPECT_EQ(three.client().ask(post("arne", "/up", body)).body, "arne POST /up " + body);
}

TEST(FrontStreams, GivesAnEarlyAnswerToAClientThatStillSends) {
    ThreeTenants three([](WorkerSide& side) {
        if (!side.read_head()) return;
        side.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
    });
    HttpClient client = three.client();
    client.send("POST / HTTP/1.1\r\nHost: arne.test\r\nContent-Length: 400000\r\n\r\n");
    client.send(std::string(200'000, 'x'));

    const Answer answer = client.receive();

    EXPECT_EQ(answer.status, 413);
    EXPECT_EQ(answer.body, "big");
    EXPECT_TRUE(answer.head_has("Connection: close"));
    EXPECT_TRUE(client.send(std::string(200'000, 'x')));
    EXPECT_TRUE(client.sees_end());
}

// More of them than get a step in one turn; some leave while they wait for theirs.
TEST(FrontStreams, GivesAWholeCrowdThatStillSendsItsEarlyAnswers) {
    constexpr std::size_t kCrowd = 40;
    std::atomic<std::size_t> heads = 0;
    ThreeTenants three([&](WorkerSide& side) {
        if (!side.read_head()) return;
        ++heads;
        eventually([&] { return heads == kCrowd; });
    });
    std::vector<std::unique_ptr<HttpClient>> crowd;
    for (std::size_t number = 0; number < kCrowd; ++number) {
        crowd.push_back(std::make_unique<HttpClient>(three.front->port()));
        crowd.back()->send("POST / HTTP/1.1\r\nHost: arne.test\r\nContent-Length: 800000\r\n\r\n");
    }
    const std::string part(400'000, 'x');
    for (const auto& client : crowd) client->send(part);

    for (std::size_t number = 0; number < kCrowd; ++number) {
        const std::unique_ptr<HttpClient> client = std::move(crowd[number]);
        EXPECT_EQ(client->receive().status, 502);
        if (number % 4 == 0) continue;
        static_cast<void>(client->send(part));  // in vain when their turn took long: it lingers 2 s
        EXPECT_TRUE(client->sees_end());
    }
    EXPECT_EQ(three.client().ask(get("marcus", "/")).body, "marcus GET / ");
}

TEST(FrontStreams, LetsTheWorkerDecideAboutAnExpectation) {
    ThreeTenants three([](WorkerSide& side) {
        const auto head = side.read_head();
        if (!head) return;
        if (head->target == "/no") {
            side.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
            return side.wait_for_end();
        }
        side.send("HTTP/1.1 100 Continue\r\n\r\n");
        const auto rest = side.read_request();
        side.send(ok(rest ? rest->body : "none"));
        side.wait_for_end();
    });
    const auto expecting = [](const std::string& path) {
        return "POST " + path +
               " HTTP/1.1\r\nHost: arne.test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";
    };
    HttpClient client = three.client();
    client.send(expecting("/yes"));
    ASSERT_TRUE(client.sees("100 Continue"));
    EXPECT_EQ(client.ask("body").body, "body");

    HttpClient refused = three.client();
    EXPECT_EQ(refused.ask(expecting("/no")).status, 401);
    EXPECT_TRUE(refused.sees_end());
}

TEST(FrontStreams, CopiesBytesOnlyAfterTheWorkersOwnSwitch) {
    ThreeTenants three([](WorkerSide& side) {
        const auto request = side.read_request();
        if (!request || request->head.find("Upgrade: websocket") == std::string::npos) return;
        side.send(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\n\r\nhello");
        std::array<char, 4> bytes{};
        if (::recv(side.fd(), bytes.data(), bytes.size(), MSG_WAITALL) == 4)
            side.send("got " + std::string(bytes.data(), bytes.size()));
    });
    const std::string upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    HttpClient client = three.client();
    client.send(get("arne", "/", upgrade));
    EXPECT_TRUE(client.sees("hello"));
    client.send("\x01\x02\x03\x04");
    EXPECT_TRUE(client.sees("got \x01\x02\x03\x04"));

    // A worker that goes on in HTTP/1.1 keeps the front framing.
    HttpClient plain = three.client();
    EXPECT_EQ(plain.ask(get("marcus", "/", upgrade)).body, "marcus GET / ");
    EXPECT_EQ(plain.ask(get("tarald", "/")).body, "tarald GET / ");
}

// The browser of a reader asks again at once after a whole answer, and reports a failure after a
// cut one.
TEST(FrontStreams, EndsAnEventStreamWholeWhenItLeaves) {
    std::atomic<bool> may_finish_chunk = false;
    ThreeTenants three([&](WorkerSide& side) {
        const auto request = side.read_request();
        if (!request) return;
        side.send(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            "Transfer-Encoding: chunked\r\n\r\n9\r\ndata: 10\n\r\n");
        if (request->target == "/half") {
            side.send("7\r\nid: ");
            eventually([&] { return may_finish_chunk.load(); });
            side.send("11\n\r\n7\r\nid: 12\n\r\n");
        }
        side.wait_for_end();
    });
    HttpClient whole = three.client();
    HttpClient half = three.client();
    whole.send(get("arne", "/whole"));
    half.send(get("arne", "/half"));
    ASSERT_TRUE(whole.sees("data: 10"));
    ASSERT_TRUE(half.sees("id: "));  // its second event has begun, or it would end before that

    three.front->signal(SIGTERM);

    const Answer ended = whole.receive();
    EXPECT_EQ(ended.status, 200) << ended.body;
    EXPECT_EQ(ended.body, "data: 10\n");
    EXPECT_TRUE(whole.sees_end());
    may_finish_chunk = true;
    const Answer later = half.receive();
    EXPECT_EQ(later.status, 200) << later.body;
    EXPECT_TRUE(later.body.starts_with("data: 10\nid: 11\n")) << later.body;
    EXPECT_TRUE(half.sees_end());
    EXPECT_EQ(three.front->wait_for_exit(), 0);
}

}  // namespace
}  // namespace posta::test
