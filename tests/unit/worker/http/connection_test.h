#pragma once
// A connection of the server on a real Unix socket pair, and a service whose answers the test
// gives.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <algorithm>

#include "common/base/unix_socket.h"
#include "worker/http/connection.h"
#include "worker/http/error_answer.h"

namespace posta::worker {
using std::chrono_literals::operator""s;

inline Result<Response> unused(App&, const Request&) { return Response::empty(500); }

inline constexpr Route kRoute{"POST", "", Access::anyone, 1000, unused};
inline constexpr Route kLargeRoute{"POST", "", Access::caller, 1'000'000, unused};

// An answer without end, in the hands of the test.
class ScriptedBody final : public EndlessBody {
public:
    struct State {
        BodySink* sink = nullptr;
        int all_sent = 0;
        bool destroyed = false;
    };
    explicit ScriptedBody(State& state) : state_(state) {}
    ~ScriptedBody() override { state_.destroyed = true; }

    void begin(BodySink& sink) override { state_.sink = &sink; }
    void on_all_sent() override { ++state_.all_sent; }
    void end() override {
        state_.sink->write_body("last");
        state_.sink->finish_body();
    }

private:
    State& state_;
};

class ScriptedService final : public Service {
public:
    Admission admit(const http::RequestHead& head) override {
        Admission admission;
        if (head.path == "/refused") {
            admission.refusal = error_answer(404, "not-found", "no");
            return admission;
        }
        admission.route = head.query == "large" ? &kLargeRoute : &kRoute;
        admission.request.method = head.method;
        admission.request.query = head.query;
        return admission;
    }

    void serve(const Route&, Request request, Reply reply) override {
        bodies.push_back(request.body);
        if (request.query == "later") {
            replies.push_back(reply);
        } else if (request.query == "stream") {
            Response head;
            head.add("Content-Type", "text/event-stream");
            reply.stream(std::move(head), std::make_unique<ScriptedBody>(body));
        } else if (request.query == "big") {
            reply.send(Response::with(200, "text/plain", std::string(4'000'000, 'x')));
        } else {
            reply.send(Response::with(200, "text/plain", "answer " + request.query));
        }
    }

    std::vector<std::string> bodies;
    std::vector<Reply> replies;
    ScriptedBody::State body;
};

class ConnectionTest : public testing::Test, protected ConnectionOwner {
protected:
    ConnectionTest() { open(); }
    ~ConnectionTest() override {
        connection_.reset();
        loop_.run_ready();
    }

    void open() {
        auto pair = *socket_pair();
        client_ = std::move(pair.first);
        over_ = false;
        connection_ = std::make_unique<Connection>(shared_, std::move(pair.second));
    }

    void on_streaming() override { ++streaming_; }

    void on_request_left_alone(std::string_view method) override {
        left_alone_.emplace_back(method);
    }

    void on_connection_over(Connection&) override {
        over_ = true;
        connection_.reset();
    }

    void turn() {
        for (int i = 0; i < 4; ++i) loop_.run_ready();
    }

    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t count = ::send(client_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            turn();
            if (count <= 0) {
                ASSERT_EQ(errno, EAGAIN);
                continue;
            }
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
    }

    // Everything that is there now; notes the end of the stream.
    std::string receive() {
        std::string received;
        std::array<char, 65536> buffer{};
        turn();
        while (true) {
            const ssize_t count = ::recv(client_.get(), buffer.data(), buffer.size(), 0);
            if (count == 0) ended_ = true;
            if (count <= 0) return received;
            received.append(buffer.data(), static_cast<std::size_t>(count));
            turn();
        }
    }

    bool wait_until(const std::function<bool()>& condition) {
        const auto deadline = std::chrono::steady_clock::now() + 5s;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            turn();
        }
        return true;
    }

    static std::string body_of(const std::string& message) {
        return message.substr(message.find("\r\n\r\n") + 4);
    }

    EventLoop loop_;
    SystemClock clock_;
    HttpDate date_{clock_};
    ScriptedService service_;
    Limits limits_;
    MemoryBudget memory_{10'000'000};
    Connection::Shared shared_{loop_, service_, date_, *this, limits_, memory_};
    UniqueFd client_;
    std::unique_ptr<Connection> connection_;
    std::vector<std::string> left_alone_;
    int streaming_ = 0;
    bool over_ = false;
    bool ended_ = false;
};

}  // namespace posta::worker
