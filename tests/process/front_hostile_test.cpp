#include <gtest/gtest.h>

#include <deque>

#include "tests/support/eventually.h"
#include "tests/support/three_tenants.h"

namespace posta::test {
namespace {

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

TEST(FrontUnderAttack, LetsTheNextClientInWhenSlowBodiesHoldAllPlacesOfTheirTenant) {
    const TempDir folder;
    const FakeWorker worker("arne", folder / "arne.sock");
    contracts::Route route{
        "arne", folder / "arne.sock", {"arne.test"}, contracts::Route::State::ready};
    route.worker_connections = 4;
    const FrontProcess front({route});
    std::deque<HttpClient> slow;
    for (int number = 0; number < 4; ++number) {
        slow.emplace_back(front.port());
        slow.back().send("POST / HTTP/1.1\r\nHost: arne.test\r\nContent-Length: 9999\r\n\r\nx");
    }
    ASSERT_TRUE(eventually([&] { return worker.connections() == 4; }, std::chrono::seconds(20)));

    EXPECT_EQ(HttpClient(front.port()).ask(get("arne", "/")).status, 200);
    EXPECT_EQ(slow.front().receive().status, 408);
}

}  // namespace
}  // namespace posta::test
