#pragma once
// The front's connections with short deadlines: the loop on this thread, the client and the worker
// on threads of their own. What a test asks of the front's own objects happens on the loop's
// thread; whatever client and worker are up to, every request is accounted for all the time.

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <utility>

#include "common/base/unix_socket.h"
#include "supervisor/front/front_server.h"
#include "tests/support/eventually.h"
#include "tests/support/fake_worker.h"
#include "tests/support/http_client.h"
#include "tests/support/temp_folder.h"

namespace posta::supervisor {

using std::chrono_literals::operator""ms;
using test::Answer;
using test::HttpClient;
using test::WorkerSide;

class FrontServerTest : public ::testing::Test {
protected:
    using State = contracts::Route::State;
    using Client = std::function<void(HttpClient&)>;

    void serve(test::FakeWorker::Script worker, const Client& client, State state = State::ready) {
        const test::FakeWorker arne("arne", folder_ / "arne.sock", std::move(worker));
        const test::FakeWorker marcus("marcus", folder_ / "marcus.sock");
        FrontServer server(context_, [] {});
        server_ = &server;
        contracts::Route route{"arne", folder_ / "arne.sock", {"arne.test"}, state};
        route.worker_connections = worker_connections_;
        server.replace_routes(
            {route, {"marcus", folder_ / "marcus.sock", {"marcus.test"}, State::ready}});
        auto ends = *socket_pair();
        server.add_client(std::move(ends.first), SocketKind::unix_domain,
                          *IpAddress::from_text("192.0.2.1"));
        std::atomic<bool> done = false;
        std::thread asking([&, socket = std::move(ends.second)]() mutable {
            HttpClient asker(std::move(socket));
            client(asker);
            done = true;
        });
        Timer watch(loop_, [&] {
            EXPECT_EQ(difference(server.ledger()), 0);
            {
                const std::lock_guard<std::mutex> lock(mutex_);
                if (const auto act = std::exchange(asked_, nullptr)) act();
            }
            acted_.notify_all();
            if (done) loop_.stop();
        });
        watch.start_every(5ms);
        loop_.run();
        asking.join();
        // Their ends of the connections are gone: let the front see that.
        for (int turns = 0; server.ledger().open > 0 && turns < 1000; ++turns) {
            loop_.run_ready();
            (void)test::wait_readable(-1, 2ms);
        }
        ledger_ = server.ledger();
        EXPECT_EQ(difference(ledger_), 0);
    }

    static std::int64_t difference(const contracts::Ledger& ledger) {
        std::uint64_t elsewhere = ledger.answered + ledger.client_left + ledger.open;
        for (const auto& [reason, count] : ledger.refused) elsewhere += count;
        return static_cast<std::int64_t>(ledger.accepted - elsewhere);
    }

    // Asks, waits until the front has let go of the worker's connection, and asks again.
    void expect_a_dial_after_a_pause() {
        std::atomic<int> ended = 0;
        serve(
            [&](WorkerSide& side) {
                while (const auto request = side.read_request())
                    side.send(test::echo("arne", *request));
                ++ended;
            },
            [&](HttpClient& client) {
                EXPECT_EQ(client.ask(get("/1")).status, 200);
                while (ended == 0) (void)test::wait_readable(-1, 5ms);
                EXPECT_EQ(client.ask(get("/2")).body, "arne GET /2 ");
            });
    }

    static std::string get(const std::string& path) {
        return "GET " + path + " HTTP/1.1\r\nHost: arne.test\r\n\r\n";
    }

    static void expect_to_come_back_later(HttpClient& client) {
        const Answer answer = client.ask(get("/"));
        EXPECT_EQ(answer.status, 503);
        EXPECT_TRUE(answer.head_has("Retry-After: 5"));
        EXPECT_TRUE(answer.keep_alive);
    }

    // From the client's thread: a client more, and what it is told by the other tenant.
    HttpClient another() {
        auto ends = *socket_pair();
        on_loop([&] {
            server_->add_client(std::move(ends.first), SocketKind::unix_domain,
                                *IpAddress::from_text("192.0.2.2"));
        });
        return HttpClient(std::move(ends.second));
    }
    static std::string ask_marcus(HttpClient& client) {
        return client.ask("GET /m HTTP/1.1\r\nHost: marcus.test\r\n\r\n").body;
    }

    // From the client's thread: returns once the loop's thread has done it.
    void on_loop(std::function<void()> act) {
        std::unique_lock<std::mutex> lock(mutex_);
        asked_ = std::move(act);
        acted_.wait(lock, [this] { return asked_ == nullptr; });
    }
    void drain(FrontServer::Drain how) {
        on_loop([this, how] { server_->drain(how); });
    }
    static void echo_all(WorkerSide& side) {
        while (const auto request = side.read_request()) side.send(test::echo("arne", *request));
    }

    std::mutex mutex_;
    std::condition_variable acted_;
    std::function<void()> asked_;    // what the loop's thread is to do
    FrontServer* server_ = nullptr;  // during serve()
    int worker_connections_ = contracts::kMostWorkerConnections;
    contracts::Ledger ledger_;  // at the end of serve()
    testing::TempFolder folder_;
    SystemClock clock_;
    EventLoop loop_;
    Log log_{clock_, "front", LogLevel::error, LogFormat::text};
    FrontContext context_{loop_, log_, {}, {}, {}, false};
};

}  // namespace posta::supervisor
