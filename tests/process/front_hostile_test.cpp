#include <gtest/gtest.h>

#include "tests/support/eventually.h"
#include "tests/support/three_tenants.h"

namespace posta::test {
namespace {

using std::string_literals::operator""s;

// Each is followed on the same connection by a good request for another tenant.
TEST(FrontUnderAttack, NeverLetsASmuggledRequestReachAnyWorker) {
    const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: marcus.test\r\n\r\n";
    const auto with = [&](const std::string& fields, const std::string& body) {
        return "POST /x HTTP/1.1\r\nHost: arne.test\r\n" + fields + "\r\n" + body;
    };
    const std::string length = std::to_string(smuggled.size());
    const std::vector<std::string> attacks = {
        with("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", smuggled),
        with("Transfer-Encoding: chunked\r\nContent-Length: " + length + "\r\n",
             "0\r\n\r\n" + smuggled),
        with("Content-Length: 0\r\nContent-Length: " + length + "\r\n", smuggled),
        with("Content-Length: 0, " + length + "\r\n", smuggled),
        with("Content-Length: +0\r\n", smuggled),
        with("Content-Length : 0\r\n", smuggled),
        with("Content-Length:\r\n 0\r\n", smuggled),
        with("Content-Length: 0\r\n\tx\r\n", smuggled),
        with("X: y\nContent-Length: " + length + "\r\n", smuggled),
        with("X: y\rContent-Length: " + length + "\r\n", smuggled),
        with("Transfer-Encoding: xchunked\r\n", smuggled),
        with("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", "0\r\n\r\n" + smuggled),
        with("Transfer-Encoding: \x0b"
             "chunked\r\n",
             "0\r\n\r\n" + smuggled),
        with("Transfer-Encoding : chunked\r\n", "0\r\n\r\n" + smuggled),
        with("Transfer-Encoding: chunked\r\n", "0\n\n" + smuggled),
        with("Transfer-Encoding: chunked\r\n", "0\r\n\rX" + smuggled),
        with("Transfer-Encoding: chunked\r\n", "2\r\nabX\r\n0\r\n\r\n" + smuggled),
        with("Transfer-Encoding: chunked\r\n", "0\r\nContent-Length: 5\r\n\r\n" + smuggled),
        with("Transfer-Encoding: chunked\r\n", "0\r\nHost: marcus.test\r\n\r\n" + smuggled),
        with("Transfer-Encoding: chunked\r\n", "0;a\nb\r\n\r\n" + smuggled),
        with("Transfer-Encoding: chunked\r\n", "100000000000000000\r\n" + smuggled),
        with("Connection: close, Content-Length\r\nContent-Length: 1\r\n", "x" + smuggled),
        with("Host: marcus.test\r\n", smuggled),
        with("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n", smuggled),
        "GET http://marcus.test/smuggled HTTP/1.1\r\nHost: arne.test\r\n\r\n" + smuggled,
        "GET /x\r\n\r\n" + smuggled,
        "GET /x HTTP/0.9\r\n\r\n" + smuggled,
        "POST /x HTTP/1.0\r\nHost: arne.test\r\nConnection: keep-alive\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
            smuggled,
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + smuggled,
        "CONNECT marcus.test:80 HTTP/1.1\r\nHost: marcus.test\r\n\r\n" + smuggled,
        "GET /x HTTP/1.1\r\nHost: arne.test\r\n\rX" + smuggled,
        "GET /x HTTP/1.1\r\nHost: arne.test\0.marcus.test\r\n\r\n"s + smuggled,
    };
    std::mutex lock;
    std::vector<std::string> seen;
    const TempDir folder;
    std::vector<std::unique_ptr<FakeWorker>> workers;
    for (const std::string& slug : kSlugs)
        workers.push_back(std::make_unique<FakeWorker>(
            slug, folder / (slug + ".sock"), [&, slug](WorkerSide& side) {
                while (const auto request = side.read_request()) {
                    const std::lock_guard guard(lock);
                    seen.push_back(slug + request->target);
                    side.send(echo(slug, *request));
                }
            }));
    FrontProcess front(routes_in(folder));

    for (const std::string& attack : attacks) {
        HttpClient client(front.port());
        client.send(attack);
        const Answer answer = client.receive();
        EXPECT_GE(answer.status, 400) << attack << "\n" << answer.body;
        EXPECT_LT(answer.status, 600) << attack;
        client.send(get("tarald", "/after"));
        EXPECT_TRUE(client.sees_end()) << attack;
    }
    EXPECT_EQ(HttpClient(front.port()).ask(get("tarald", "/good")).body, "tarald GET /good ");

    const std::lock_guard guard(lock);
    EXPECT_EQ(seen, std::vector<std::string>{"tarald/good"});
}

struct HostileAnswer {
    const char* what;
    std::string bytes;
    bool cut;  // a byte of it may have left: the client's connection is cut; else 502
};

TEST(FrontUnderAttack, GivesNobodyABadAnswersBytes) {
    const std::string good = ok("hi");
    const std::vector<HostileAnswer> answers = {
        {"two answers", good + ok("for marcus"), false},
        {"more than its length", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nhi", false},
        {"junk", "what?\r\n\r\n", false},
        {"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
         false},
        {"length and chunked",
         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         false},
        {"bare LF", "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", false},
        {"101 unasked",
         "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", false},
        {"204 with a body", "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nhi", false},
        {"endless head", "HTTP/1.1 200 OK\r\nX: " + std::string(50'000, 'x'), false},
        {"endless interim answers",
         [] {
             std::string many;
             for (int at = 0; at < 30; ++at) many += "HTTP/1.1 103 Early Hints\r\n\r\n";
             return many;
         }(),
         false},
        {"short", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", true},
        {"chunks cut", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe", true},
        {"nothing", "", false},
    };
    for (const HostileAnswer& hostile : answers) {
        ThreeTenants three([&](WorkerSide& side) {
            if (!side.read_request()) return;
            side.send(hostile.bytes);
        });
        HttpClient client = three.client();
        const Answer answer = client.ask(post("arne", "/", "x"));
        if (hostile.cut) {
            EXPECT_EQ(answer.status, 0) << hostile.what;
            continue;
        }
        EXPECT_EQ(answer.status, 502) << hostile.what << answer.body;
        EXPECT_EQ(client.ask(get("marcus", "/")).body, "marcus GET / ") << hostile.what;
    }
}

TEST(FrontUnderAttack, DropsAWorkerThatSpeaksUnasked) {
    std::atomic<bool> may_speak = false;
    std::atomic<int> connections = 0;
    ThreeTenants three([&](WorkerSide& side) {
        const bool first = ++connections == 1;
        while (const auto request = side.read_request()) {
            side.send(echo("arne", *request));
            if (first) break;
        }
        if (!first) return;
        eventually([&] { return may_speak.load(); });
        side.send(ok("unasked"));
        side.wait_for_end();
    });
    HttpClient client = three.client();
    EXPECT_EQ(client.ask(get("arne", "/1")).body, "arne GET /1 ");
    may_speak = true;
    EXPECT_TRUE(eventually([&] { return three.workers[0]->open_connections() == 0; }));

    EXPECT_EQ(client.ask(get("marcus", "/2")).body, "marcus GET /2 ");
    EXPECT_EQ(client.ask(get("arne", "/3")).body, "arne GET /3 ");
}

TEST(FrontUnderAttack, AnswersAPipelineOfTenThousandInOrder) {
    ThreeTenants three;
    HttpClient client = three.client();
    const std::size_t before = three.front->resident_bytes();
    std::thread sender([&] {
        for (int number = 0; number < 10'000; ++number)
            if (!client.send(get(kSlugs[static_cast<std::size_t>(number) % 3],
                                 "/" + std::to_string(number))))
                return;
    });
    for (int number = 0; number < 10'000; ++number) {
        const Answer answer = client.receive();
        EXPECT_EQ(answer.body, kSlugs[static_cast<std::size_t>(number) % 3] + " GET /" +
                                   std::to_string(number) + " ");
        if (answer.status != 200) break;
    }
    sender.join();
    EXPECT_LT(three.front->resident_bytes(), before + 5 * 1024 * 1024);
}

}  // namespace
}  // namespace posta::test
