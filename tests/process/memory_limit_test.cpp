// A tenant whose clients send more than its memory_limit_mb can hold: what does not fit is refused
// by its head, the rest is served, and the worker lives.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "common/json/parse.h"
#include "tests/support/http_client.h"
#include "tests/support/live_server.h"

namespace posta::test {
namespace {

constexpr std::size_t kLargest = 1024 * 1024;

class MemoryLimit : public ::testing::Test {
protected:
    void SetUp() override {
        live.add_to_entry("arne", "memory_limit_mb = 32");
        ASSERT_EQ(live.run("ctl reload").exit_code, 0);
        ASSERT_EQ(live.run("ctl wait arne ready 30").exit_code, 0);
        const Outcome made = live.run("token create --slug arne --name t --no-qr --json");
        token = *json::parse(made.output).value().find("token")->string();
        worker = live.server.pid_of("arne");
    }

    std::string head(std::size_t length) const {
        return "POST /api/v1/messages HTTP/1.1\r\nHost: arne.test\r\nAuthorization: Bearer " +
               token + "\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
    }
    Answer queue_one() {
        HttpClient client(live.server.port());
        const std::string body = R"({"peer":"nobody.invalid","payload":1})";
        return client.ask(head(body.size()) + body, "POST");
    }
    std::int64_t refused() {
        const Outcome status = live.run("ctl status arne --json");
        const auto parsed = json::parse(status.output);
        if (!parsed) return -1;
        const auto& processes = parsed->find("result")->find("processes")->elements();
        const json::Value* report = processes.front().find("report");
        const json::Value* vitals = report != nullptr ? report->find("vitals") : nullptr;
        const json::Value* number =
            vitals != nullptr ? vitals->find("refused_for_memory") : nullptr;
        return number != nullptr ? number->integer().value_or(-1) : -1;
    }

    LiveServer live{{"arne", "marcus"}};
    std::string token;
    pid_t worker = 0;
};

TEST_F(MemoryLimit, RefusesByItsHeadWhatDoesNotFitAndServesTheRest) {
    constexpr std::size_t kClients = 12;
    std::vector<std::unique_ptr<HttpClient>> waiting;
    for (std::size_t i = 0; i < kClients; ++i) {
        waiting.push_back(std::make_unique<HttpClient>(live.server.port()));
        ASSERT_TRUE(waiting.back()->send(head(kLargest) + "{"));
    }

    // Two bodies of this size fit beside each other at 32 MiB, with what is made of them.
    std::size_t answered = 0;
    const bool all = eventually([&] {
        for (auto client = waiting.begin(); client != waiting.end();) {
            if (!wait_readable((*client)->fd(), std::chrono::milliseconds(0))) {
                ++client;
                continue;
            }
            const Answer answer = (*client)->receive("POST");
            EXPECT_EQ(answer.status, 503) << answer.body;
            EXPECT_TRUE(answer.head_has("\r\nRetry-After: "));
            EXPECT_TRUE(answer.body.starts_with(R"({"error":"unavailable")")) << answer.body;
            client = waiting.erase(client);
            ++answered;
        }
        return answered == kClients - 2;
    });
    ASSERT_TRUE(all) << answered;
    EXPECT_EQ(queue_one().status, 503) << "nothing more fits";
    EXPECT_TRUE(eventually([&] { return refused() >= 11; })) << refused();

    for (const auto& client : waiting) {
        ASSERT_TRUE(client->send(std::string(kLargest - 1, ' ')));
        EXPECT_EQ(client->receive("POST").status, 400) << "it is no JSON, and was read";
    }
    EXPECT_EQ(queue_one().status, 202);
    EXPECT_EQ(live.server.pid_of("arne"), worker) << "without a restart";
}

TEST_F(MemoryLimit, LetsNobodyEndAWorkerByManyLargeBodies) {
    const std::string body =
        R"({"peer":"nobody.invalid","payload":")" + std::string(900 * 1024, 'x') + "\"}";
    constexpr std::size_t kSenders = 16;
    std::vector<std::vector<int>> statuses(kSenders);
    std::vector<std::thread> senders;
    for (std::vector<int>& mine : statuses) {
        senders.emplace_back([this, &mine, &body] {
            for (int i = 0; i < 5; ++i) {
                HttpClient client(live.server.port());
                client.send(head(body.size()) + body);  // may be answered and closed before its end
                mine.push_back(client.receive("POST").status);
            }
        });
    }
    for (std::thread& sender : senders) sender.join();

    for (const std::vector<int>& mine : statuses)
        for (const int status : mine) EXPECT_TRUE(status == 413 || status == 503) << status;
    EXPECT_EQ(queue_one().status, 202);
    EXPECT_EQ(live.server.pid_of("arne"), worker) << "without a restart";
}

}  // namespace
}  // namespace posta::test
