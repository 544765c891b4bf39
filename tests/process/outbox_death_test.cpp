// A worker that dies while it delivers, at each point of a delivery: nothing is lost, nothing
// arrives twice, and the order is kept.
#include <gtest/gtest.h>

#include <csignal>
#include <random>
#include <thread>

#include "common/json/parse.h"
#include "tests/support/eventually.h"
#include "tests/support/https_peer.h"
#include "tests/support/test_paths.h"
#include "tests/support/worker_process.h"

namespace posta::testing {
namespace {

using namespace std::chrono_literals;
using test::eventually;

class OutboxDeath : public ::testing::Test {
protected:
    OutboxDeath() {
        worker_.tenant.allow_private_peers = true;
        worker_.tenant.ca_bundle = peer_.ca_bundle();
        token_ = worker_.token("phone");
        worker_.start();
    }

    // Queues a message through the API and remembers it.
    void post(const std::string& path) {
        RawClient client = worker_.connect();
        client.host = "bob.example";
        const Answer answer =
            client.ask("POST", "/api/v1/messages", "Authorization: Bearer " + token_ + "\r\n",
                       R"({"peer":")" + peer_.url("bob.localhost", path) + R"(","payload":1})");
        ASSERT_EQ(answer.status, 202) << answer.body;
        const auto queued = json::parse(answer.body).value();
        rows_.push_back(*queued.find("rowId")->integer());
        ids_[path].emplace_back(*queued.find("id")->string());
    }
    std::string state_of(std::int64_t row) const {
        std::string state;
        worker_.with_store(
            [&](store::Store& store) { state = store.messages().find(row).value()->state; });
        return state;
    }
    bool waits_at(const std::string& gate) const {
        return eventually([&] { return peer_.tell("waiting " + gate) != "0"; });
    }
    void kill_worker() {
        worker_.signal(SIGKILL);
        ASSERT_EQ(worker_.wait_for_exit(), 128 + SIGKILL);
    }
    // What was queued is there, and the first of it was under way.
    void expect_all_waiting() const {
        EXPECT_EQ(state_of(rows_.front()), "sending");
        for (std::size_t at = 1; at < rows_.size(); ++at)
            EXPECT_NE(state_of(rows_[at]), "delivered");
    }
    void expect_all_arrived_once_and_in_order() const {
        for (const std::int64_t row : rows_)
            EXPECT_TRUE(eventually([&] { return state_of(row) == "delivered"; })) << row;
        for (const auto& [path, ids] : ids_) {
            std::vector<std::string> arrived;
            std::istringstream lines(peer_.posted_to(path));
            for (std::string line; std::getline(lines, line);) {
                const std::string body = line.substr(line.find(' ') + 1);
                arrived.emplace_back(*json::parse(body).value().find("id")->string());
            }
            EXPECT_EQ(arrived, ids) << path;
        }
    }
    void post_some() {
        for (const char* path : {"/doc/a", "/doc/a", "/doc/b", "/doc/a"}) post(path);
    }
    void dies_while_the_peer_holds(const std::string& gate) {
        peer_.tell("hold " + gate);
        post_some();
        ASSERT_TRUE(waits_at(gate));
        kill_worker();
        expect_all_waiting();
        peer_.tell("open " + gate);
        worker_.start();
        expect_all_arrived_once_and_in_order();
    }

    HttpsPeer peer_;
    WorkerProcess worker_{POSTA_SERVER, "https://bob.example"};
    std::string token_;
    std::vector<std::int64_t> rows_;
    std::map<std::string, std::vector<std::string>> ids_;  // by path
};

TEST_F(OutboxDeath, LosesNothingBeforeTheConnectionIsMade) {
    dies_while_the_peer_holds("handshake");
}

// The peer keeps the message after its sender has died.
TEST_F(OutboxDeath, DoublesNothingWhenTheRequestWasSent) { dies_while_the_peer_holds("keep"); }

TEST_F(OutboxDeath, DoublesNothingWhenTheMessageWasKeptWithoutAnAnswer) {
    dies_while_the_peer_holds("answer");
}

// Another process holds the database, so that what the peer has answered cannot be written down.
TEST_F(OutboxDeath, DoublesNothingWhenTheAnswerWasNotCommitted) {
    peer_.tell("hold answer");
    post_some();
    ASSERT_TRUE(waits_at("answer"));
    worker_.with_store([&](store::Store& store) {
        ASSERT_TRUE(store.database().execute("BEGIN IMMEDIATE"));
        peer_.tell("open answer");
        ASSERT_TRUE(eventually([&] { return peer_.tell("answered") != "0"; }));
        kill_worker();
        ASSERT_TRUE(store.database().execute("ROLLBACK"));
    });
    expect_all_waiting();
    worker_.start();
    expect_all_arrived_once_and_in_order();
}

TEST_F(OutboxDeath, LosesAndDoublesNothingWhenItDiesAgainAndAgain) {
    constexpr int kDeaths = 6;
    std::minstd_rand random(20260510);
    std::uniform_int_distribution<int> milliseconds(0, 60);
    for (int death = 0; death < kDeaths; ++death) {
        post_some();
        std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds(random)));  // any moment
        kill_worker();
        worker_.start();
    }
    expect_all_arrived_once_and_in_order();
}

}  // namespace
}  // namespace posta::testing
