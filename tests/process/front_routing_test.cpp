#include <gtest/gtest.h>

#include <csignal>
#include <random>

#include "tests/support/eventually.h"
#include "tests/support/three_tenants.h"

namespace posta::test {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using State = contracts::Route::State;

struct Sent {
    std::string bytes;
    std::string method;
    std::string expected;
};

std::string chunked_body(const std::string& body, std::mt19937& random) {
    std::string out;
    for (std::size_t at = 0; at < body.size();) {
        const std::string part = body.substr(at, 1 + random() % 5000);
        std::array<char, 20> size{};
        std::snprintf(size.data(), size.size(), "%zX\r\n", part.size());
        out.append(size.data()).append(part).append("\r\n");
        at += part.size();
    }
    return out + "0\r\n\r\n";
}

Sent any_request(int number, std::mt19937& random) {
    const std::string& slug = kSlugs[random() % kSlugs.size()];
    const std::string path = "/" + std::to_string(number) + (random() % 3 == 0 ? "/chunked" : "");
    std::string body;
    switch (random() % 4) {
        case 0:
            return {get(slug, path), "GET", slug + " GET " + path + " "};
        case 1: {
            std::string head = get(slug, path).replace(0, 3, "HEAD");
            return {std::move(head), "HEAD", ""};
        }
        case 2:
            body.assign(random() % 200, static_cast<char>('a' + number % 26));
            return {post(slug, path, body), "POST", slug + " POST " + path + " " + body};
        default:
            body.assign(random() % 40'000, static_cast<char>('a' + number % 26));
            return {"POST " + path + " HTTP/1.1\r\nHost: " + slug +
                        ".test\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked_body(body, random),
                    "POST", slug + " POST " + path + " " + body};
    }
}

TEST(Front, AnswersEachOfThreeInterleavedTenantsFromItsOwnWorker) {
    ThreeTenants three;
    HttpClient client = three.client();
    std::mt19937 random(20'260);

    for (int number = 0; number < 2000;) {
        std::vector<Sent> batch;
        std::string bytes;
        for (auto left = 1 + random() % 5; left > 0; --left) {
            batch.push_back(any_request(number++, random));
            bytes += batch.back().bytes;
        }
        ASSERT_TRUE(client.send(bytes));
        for (const Sent& one : batch) {
            const Answer answer = client.receive(one.method);
            ASSERT_EQ(answer.status, 200) << number << answer.body;
            ASSERT_EQ(answer.body, one.expected);
        }
    }

    // One connection a tenant was used again and again.
    for (const auto& worker : three.workers) EXPECT_EQ(worker->connections(), 1);
}

TEST(Front, RefusesWhatItCannotRoute) {
    ThreeTenants three;
    HttpClient client = three.client();

    const Answer unknown = client.ask("GET / HTTP/1.1\r\nHost: nobody.test\r\n\r\n");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.body,
              R"({"error":"not-found","message":"nobody with this host name is served here"})");
    EXPECT_TRUE(unknown.keep_alive);
    const Answer head = client.ask("HEAD / HTTP/1.1\r\nHost: nobody.test\r\n\r\n", "HEAD");
    EXPECT_EQ(head.status, 404);
    EXPECT_EQ(client.ask(get("arne", "/")).body, "arne GET / ");

    const Answer bad = client.ask("GET / HTTP/1.1\r\nHost: a b\r\n\r\n");
    EXPECT_EQ(bad.status, 400);
    EXPECT_TRUE(bad.head_has("Connection: close"));
    EXPECT_TRUE(client.sees_end());

    three.front->send_routes({});
    EXPECT_TRUE(eventually([&] { return three.client().ask(get("arne", "/")).status == 404; }));
}

TEST(Front, HoldsARequestUntilItsWorkerIsThere) {
    ThreeTenants three;
    three.front->send_routes(routes_in(three.folder, State::down));
    HttpClient client = three.client();
    client.send(post("arne", "/held", "body"));
    EXPECT_FALSE(wait_readable(client.fd(), 300ms));

    three.front->send_routes(routes_in(three.folder));

    EXPECT_EQ(client.receive().body, "arne POST /held body");
    EXPECT_EQ(client.ask(get("arne", "/next")).body, "arne GET /next ");
}

TEST(Front, GivesUpOnAWorkerThatStaysAway) {
    ThreeTenants three;
    three.front->send_routes(routes_in(three.folder, State::down));
    HttpClient client = three.client();
    const auto start = std::chrono::steady_clock::now();

    const Answer answer = client.ask(get("arne", "/"));

    const auto waited = std::chrono::steady_clock::now() - start;
    EXPECT_EQ(answer.status, 503);
    EXPECT_TRUE(answer.head_has("Retry-After: "));
    EXPECT_GT(waited, 9s);
    three.front->send_routes(routes_in(three.folder));
    EXPECT_EQ(client.ask(get("arne", "/")).body, "arne GET / ");
}

TEST(Front, DialsAnewWhileAWorkerDrains) {
    ThreeTenants three;
    HttpClient client = three.client();
    EXPECT_EQ(client.ask(get("arne", "/")).status, 200);
    EXPECT_TRUE(eventually([&] { return three.workers[0]->open_connections() == 1; }));

    three.front->send_routes(routes_in(three.folder, State::draining));

    EXPECT_TRUE(eventually([&] { return three.workers[0]->open_connections() == 0; }));
    EXPECT_EQ(client.ask(get("arne", "/again")).body, "arne GET /again ");
    EXPECT_EQ(three.workers[0]->connections(), 2);
}

TEST(Front, SendsABodilessGetAgainButNeverAPost) {
    std::atomic<int> seen = 0;
    ThreeTenants three([&](WorkerSide& side) {
        // Dies over its first two requests, without a byte of an answer.
        const auto request = side.read_request();
        if (!request || ++seen <= 2) return;
        side.send(echo("arne", *request));
        side.wait_for_end();
    });
    HttpClient client = three.client();

    EXPECT_EQ(client.ask(post("arne", "/", "x")).status, 502);
    EXPECT_EQ(seen, 1);
    EXPECT_EQ(client.ask(get("arne", "/again")).body, "arne GET /again ");
    EXPECT_EQ(seen, 3);
    EXPECT_EQ(client.ask(get("marcus", "/")).body, "marcus GET / ");
}

TEST(Front, AnswersAHalfClosedClient) {
    ThreeTenants three;
    HttpClient client = three.client();
    client.send(get("arne", "/1") + post("marcus", "/2", "x") + get("tarald", "/3"));
    client.shut_write();

    EXPECT_EQ(client.receive().body, "arne GET /1 ");
    EXPECT_EQ(client.receive().body, "marcus POST /2 x");
    EXPECT_EQ(client.receive().body, "tarald GET /3 ");
    EXPECT_TRUE(client.sees_end());
}

TEST(Front, LetsGoOfTheWorkerWhenTheClientHasLeft) {
    ThreeTenants three([](WorkerSide& side) {
        side.read_request();
        side.wait_for_end();
    });
    {
        HttpClient client = three.client();
        client.send("POST / HTTP/1.1\r\nHost: arne.test\r\nContent-Length: 9\r\n\r\nhalf");
        EXPECT_TRUE(eventually([&] { return three.workers[0]->open_connections() == 1; }));
    }
    EXPECT_TRUE(eventually([&] { return three.workers[0]->open_connections() == 0; }));
}

TEST(Front, TellsTheWorkerWhoAsksAndNobodyElse) {
    const FakeWorker::Script tell_head = [](WorkerSide& side) {
        while (const auto request = side.read_request()) side.send(ok(request->head));
    };
    const std::string spoofed =
        "X-Forwarded-For: 203.0.113.9\r\nForwarded: for=203.0.113.9\r\nX-Real-IP: 203.0.113.9\r\n"
        "X-Request-Id: spoofed\r\nX-Forwarded-Proto: https\r\nConnection: X-Secret\r\nX-Secret: "
        "1\r\nX-Kept: 1\r\n";
    {
        ThreeTenants three(tell_head);
        const Answer answer = three.client().ask(get("arne", "/", spoofed));
        EXPECT_EQ(answer.body.substr(0, answer.body.find("X-Request-Id: ")),
                  "GET / HTTP/1.1\r\nHost: arne.test\r\nX-Kept: 1\r\nX-Forwarded-For: 127.0.0.1\r\n"
                  "X-Forwarded-Proto: http\r\nX-Real-IP: 127.0.0.1\r\n");
        EXPECT_EQ(answer.body.find("spoofed"), std::string::npos);
    }
    ThreeTenants three(tell_head, {"127.0.0.1/32"});
    const Answer answer = three.client().ask(get("arne", "/", spoofed));
    EXPECT_EQ(answer.body,
              "GET / HTTP/1.1\r\nHost: arne.test\r\nX-Kept: 1\r\nX-Real-IP: 203.0.113.9\r\n"
              "X-Forwarded-For: 203.0.113.9, 127.0.0.1\r\nX-Forwarded-Proto: https\r\n"
              "X-Request-Id: spoofed\r\n");
}

TEST(Front, TakesTheLargestHeadThatItAllows) {
    ThreeTenants three;
    std::string fields;
    for (int at = 0; at < 98; ++at) fields += "X: 1\r\n";
    const std::size_t used = get("arne", "/", fields).size() + 5;
    fields += "Y: " + std::string(http::kMaxHeadBytes - used, 'y') + "\r\n";
    HttpClient client = three.client();

    EXPECT_EQ(client.ask(get("arne", "/", fields)).body, "arne GET / ");
    EXPECT_EQ(client.ask(get("arne", "/", "Z: 1\r\n" + fields)).status, 431);
}

TEST(Front, LeavesOnTermWithoutAFailedRequest) {
    ThreeTenants three([](WorkerSide& side) {
        while (const auto request = side.read_request()) {
            // As slow as a worker that waits for a peer.
            std::string part = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsl";
            side.send(part);
            (void)wait_readable(side.fd(), 300ms);
            side.send("ow");
        }
    });
    HttpClient idle = three.client();
    EXPECT_EQ(idle.ask(get("marcus", "/")).status, 200);
    HttpClient slow = three.client();
    slow.send(get("arne", "/"));
    ASSERT_TRUE(slow.sees("sl"));
    HttpClient busy = three.client();
    EXPECT_EQ(busy.ask(get("tarald", "/1")).status, 200);

    three.front->signal(SIGTERM);

    EXPECT_EQ(slow.receive().body, "slow");
    const Answer last = busy.ask(get("tarald", "/2"));
    EXPECT_EQ(last.body, "tarald GET /2 ");
    EXPECT_TRUE(busy.sees_end());
    EXPECT_FALSE(idle.sees_end(1500ms)) << "it may be about to ask";
    for (HttpClient* const client : {&idle, &slow}) {  // both have been told "keep-alive"
        const Answer once_more = client->ask(get("marcus", "/2"));
        EXPECT_EQ(once_more.status, 200);
        EXPECT_FALSE(once_more.keep_alive);
    }
    EXPECT_EQ(three.front->wait_for_exit(), 0);
}

TEST(Front, LetsGoOfIdleClientsSoonWhenNobodyTakesItsPlace) {
    ThreeTenants three([](WorkerSide& side) {
        while (const auto request = side.read_request()) side.send(echo("marcus", *request));
    });
    HttpClient idle = three.client();
    EXPECT_EQ(idle.ask(get("marcus", "/")).status, 200);
    three.front->signal(SIGTERM);

    three.front->send_order("leave");

    EXPECT_TRUE(idle.sees_end());
    EXPECT_EQ(three.front->wait_for_exit(), 0);
}

TEST(Front, LeavesAtOnceWithoutItsSupervisor) {
    ThreeTenants three([](WorkerSide& side) { side.wait_for_end(); });
    HttpClient client = three.client();
    client.send(get("arne", "/never"));

    three.front->close_channel();

    EXPECT_EQ(three.front->wait_for_exit(8s), 0);  // not after a drain
}

}  // namespace
}  // namespace posta::test
