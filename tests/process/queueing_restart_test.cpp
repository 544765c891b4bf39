// Messages that clients queue while their tenant's worker is replaced again and again: each is in
// the outbox once.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "common/json/parse.h"
#include "tests/support/http_client.h"
#include "tests/support/live_server.h"

namespace posta::test {
namespace {

constexpr int kClients = 4;

// Clients that queue message after message, each with a key of its own, until they are stopped.
class QueueingLoad {
public:
    QueueingLoad(const LiveServer& live, std::string token)
        : port_(live.server.port()), token_(std::move(token)) {
        for (int client = 0; client < kClients; ++client)
            threads_.emplace_back([this, client] { run_client(client); });
    }
    ~QueueingLoad() { stop(); }

    std::size_t queued() const {
        const std::lock_guard<std::mutex> lock(mutex_);
        return answers_.size();
    }
    bool goes_on(std::size_t more) const {
        const std::size_t goal = queued() + more;
        return eventually([&] { return queued() >= goal; });
    }
    void stop() {
        stopping_ = true;
        for (std::thread& thread : threads_) thread.join();
        threads_.clear();
    }

    std::string request(const std::string& name) const {
        const std::string body = R"({"peer":"peer.invalid","payload":{"body":")" + name + R"("}})";
        return "POST /api/v1/messages HTTP/1.1\r\nHost: arne.test\r\nAuthorization: Bearer " +
               token_ + "\r\nIdempotency-Key: key-" + name +
               "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }

    // By name of the message; only those that were answered 202. After stop().
    const std::map<std::string, std::string>& answers() const { return answers_; }
    const std::string& failures() const { return failures_; }

private:
    void run_client(int number) {
        std::optional<HttpClient> client;
        for (int turn = 0; !stopping_; ++turn) {
            const std::string name = std::to_string(number) + "-" + std::to_string(turn);
            if (!client) client.emplace(port_);
            const Answer answer = client->ask(request(name), "POST");
            const std::lock_guard<std::mutex> lock(mutex_);
            if (answer.status == 202) {
                answers_[name] = answer.body;
            } else {
                failures_ += name + ": " + std::to_string(answer.status) + " " + answer.body + "\n";
            }
            if (!answer.keep_alive) client.reset();
        }
    }

    int port_;
    std::string token_;
    std::atomic<bool> stopping_{false};
    mutable std::mutex mutex_;
    std::map<std::string, std::string> answers_;
    std::string failures_;
    std::vector<std::thread> threads_;
};

class QueueingUnderRestart : public ::testing::Test {
protected:
    QueueingUnderRestart() {
        const Outcome created = live.run("token create --slug arne --name phone --no-qr");
        token_ = created.output.substr(0, created.output.find('\n'));
    }

    void replace_again_and_again(const std::function<void(pid_t old)>& act) {
        QueueingLoad load(live, token_);
        for (int round = 0; round < 5; ++round) {
            EXPECT_TRUE(load.goes_on(10));
            const pid_t old = live.server.pid_of("arne");
            act(old);
            EXPECT_TRUE(live.replaced("arne", old));
        }
        EXPECT_TRUE(load.goes_on(10));
        load.stop();

        EXPECT_EQ(load.failures(), "");
        expect_each_once(load);
        expect_repeats_to_be_known(load);
    }

    void expect_each_once(const QueueingLoad& load) const {
        const std::map<std::string, int> found = in_outbox();
        EXPECT_EQ(found.size(), load.answers().size());
        for (const auto& [name, answer] : load.answers()) {
            const auto at = found.find(name);
            EXPECT_EQ(at == found.end() ? 0 : at->second, 1) << name << " " << answer;
        }
    }

    // The last of each client, queued by whichever worker, is the same one when it is sent again.
    void expect_repeats_to_be_known(const QueueingLoad& load) const {
        HttpClient client(live.server.port());
        for (const auto& [name, answer] : load.answers())
            ASSERT_EQ(client.ask(load.request(name), "POST").body, answer) << name;
        EXPECT_EQ(in_outbox().size(), load.answers().size());
    }

    // How often each payload's body is among the messages, over all pages.
    std::map<std::string, int> in_outbox() const {
        std::map<std::string, int> found;
        HttpClient client(live.server.port());
        std::int64_t after = 0;
        for (bool more = true; more;) {
            const Answer answer = client.ask(
                "GET /api/v1/messages?limit=200&after=" + std::to_string(after) +
                " HTTP/1.1\r\nHost: arne.test\r\nAuthorization: Bearer " + token_ + "\r\n\r\n");
            const auto page = json::parse(answer.body);
            if (!page) {
                ADD_FAILURE() << answer.status << " " << answer.body;
                return found;
            }
            for (const json::Value& message : page->find("messages")->elements()) {
                after = message.find("rowId")->integer().value_or(0);
                const json::Value* body = message.find("payload")->find("body");
                ++found[std::string(body->string().value_or(""))];
            }
            more = page->find("hasMore")->boolean().value_or(false);
        }
        return found;
    }

    LiveServer live{{"arne"}};
    std::string token_;
};

TEST_F(QueueingUnderRestart, LosesAndDoublesNoMessageByCommand) {
    replace_again_and_again([&](pid_t) {
        const Outcome restarted = live.run("ctl restart arne");
        EXPECT_EQ(restarted.exit_code, 0) << restarted.output;
    });
}

TEST_F(QueueingUnderRestart, LosesAndDoublesNoMessageByASignal) {
    replace_again_and_again([](pid_t old) { send_signal(old, SIGHUP); });
}

}  // namespace
}  // namespace posta::test
