// Event streams of hours: the real front before the real server, connections and events of a
// worker, all their timers on one loop whose clock the test moves.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <memory>
#include <string>

#include "common/base/unix_socket.h"
#include "supervisor/front/front_server.h"
#include "tests/fuzz/virtual_clock.h"
#include "tests/support/event_reader.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_folder.h"
#include "worker/events/events.h"
#include "worker/http/http_server.h"

namespace posta {
namespace {

using namespace std::chrono_literals;
using test::EventReader;

constexpr worker::Route kRoute{"GET", "", worker::Access::anyone, 1000, nullptr};

// Every request opens an event stream.
class StreamService final : public worker::Service {
public:
    explicit StreamService(worker::Events& events) : events_(events) {}

    worker::Admission admit(const http::RequestHead&) override {
        worker::Admission admission;
        admission.route = &kRoute;
        admission.request.method = "GET";
        return admission;
    }
    void serve(const worker::Route&, worker::Request, worker::Reply reply) override {
        worker::Response head;
        head.add("Content-Type", "text/event-stream");
        reply.stream(std::move(head), events_.stream_for({1}));
    }

private:
    worker::Events& events_;
};

class Home {
public:
    explicit Home(supervisor::FrontLimits limits, worker::EventLimits events)
        : context_{loop_, log_, limits, {}, {}, false},
          events_(loop_, clock_, log_, *store_, memory_, events),
          service_(events_),
          server_(loop_, *listen_unix(folder_ / "arne.sock", 0600, 16), service_, clock_, log_,
                  memory_),
          front_(context_, [] {}) {
        EXPECT_TRUE(events_.start());
        front_.replace_routes(
            {{"arne", folder_ / "arne.sock", {"arne.test"}, contracts::Route::State::ready}});
    }

    // A client that has seen `ready`.
    std::unique_ptr<EventReader> open() {
        auto ends = *socket_pair();
        front_.add_client(std::move(ends.first), SocketKind::unix_domain,
                          *supervisor::IpAddress::from_text("192.0.2.1"));
        constexpr std::string_view kRequest =
            "GET /api/v1/events HTTP/1.1\r\nHost: arne.test\r\n\r\n";
        EXPECT_EQ(::send(ends.second.get(), kRequest.data(), kRequest.size(), 0),
                  static_cast<ssize_t>(kRequest.size()));
        auto reader = std::make_unique<EventReader>(std::move(ends.second));
        turn();
        const auto ready = reader->next(0ms);
        EXPECT_TRUE(ready && ready->name == "ready");
        return reader;
    }
    void happen(std::size_t bytes) {
        publish(bytes);
        turn();
    }
    // The worker's part, without a turn of the loop.
    void publish(std::size_t bytes) {
        EXPECT_TRUE(store_->turn().write([&] {
            return events_.announce(
                {worker::EventKind::outbound_state, 0, "\"" + std::string(bytes, 'x') + "\""});
        }));
        EXPECT_TRUE(store_->turn().finish());
    }
    void pass(std::chrono::milliseconds time) {
        time_.advance(time);
        turn();
    }
    void turn_once() { loop_.run_ready(); }
    std::size_t streams() const { return events_.open_streams(); }

private:
    void turn() {
        for (int turns = 0; turns < 8; ++turns) loop_.run_ready();
    }

    fuzz::VirtualClock time_;
    testing::TempFolder folder_;
    testing::FakeClock clock_;
    Log log_{clock_, "test", LogLevel::error, LogFormat::text};
    EventLoop loop_;
    std::unique_ptr<store::Store> store_ = store::Store::create(":memory:", clock_, log_).value();
    supervisor::FrontContext context_;
    worker::MemoryBudget memory_{64 << 20};
    worker::Events events_;
    StreamService service_;
    worker::HttpServer server_;
    supervisor::FrontServer front_;
};

constexpr auto kStep = 5s;
constexpr auto kHours = 6h;

// Whether a stream on which nothing happens is still there after hours.
bool silence_lasts(supervisor::FrontLimits limits, worker::EventLimits events) {
    Home home(limits, events);
    const auto reader = home.open();
    for (std::chrono::seconds passed{0}; passed < kHours; passed += kStep) {
        home.pass(kStep);
        EXPECT_FALSE(reader->next(0ms));
        if (reader->cut() || reader->ended_whole()) return false;
    }
    EXPECT_NEAR(reader->comments(), kHours / 15s, 2);
    home.happen(10);
    return reader->next(0ms).has_value();
}

// Whether a stream lasts whose reader takes a few bytes in a minute, while all buffers on the way
// are full.
bool slowness_lasts(supervisor::FrontLimits limits) {
    Home home(limits, {});
    const auto reader = home.open();
    constexpr int kEvents = 14;
    for (int number = 0; number < kEvents; ++number) home.happen(60'000);
    for (std::chrono::seconds passed{0}; passed < kHours; passed += kStep) {
        home.pass(kStep);
        std::array<char, 10> few{};
        if (passed % 60s == 0s && ::recv(reader->fd(), few.data(), few.size(), MSG_DONTWAIT) <= 0)
            return false;
    }
    EXPECT_EQ(home.streams(), 1u);
    // Everything else arrives in the end, and the stream lives on.
    std::string rest;
    std::array<char, 65536> buffer{};
    for (int idle = 0; idle < 3; home.pass(1s), ++idle) {
        for (ssize_t count = 0;
             (count = ::recv(reader->fd(), buffer.data(), buffer.size(), MSG_DONTWAIT)) > 0;
             home.pass(0s)) {
            rest.append(buffer.data(), static_cast<std::size_t>(count));
            idle = 0;
        }
    }
    std::size_t frames = 0;
    for (std::size_t at = 0; (at = rest.find("event: outbound-state", at)) != std::string::npos;
         ++at)
        ++frames;
    return frames + 1 >= kEvents && home.streams() == 1;
}

TEST(EventStreamsOfHours, OutlastAllTimersInSilence) { EXPECT_TRUE(silence_lasts({}, {})); }

TEST(EventStreamsOfHours, OutlastAllTimersWithASlowReader) { EXPECT_TRUE(slowness_lasts({})); }

// Nothing is gathered on the way: the turn in which the front reads an event is the one in which it
// writes it.
TEST(EventStreams, PassTheFrontInOneTurnOfItsLoop) {
    Home home({}, {});
    const auto reader = home.open();
    for (int number = 0; number < 20; ++number) {
        home.publish(100);
        EXPECT_FALSE(reader->next(0ms));
        home.turn_once();
        EXPECT_TRUE(reader->next(0ms)) << number;
    }
}

// The tests of hours can fail: with a deadline that comments or their absence would break, the
// stream ends.
TEST(EventStreamsOfHours, WouldNotOutlastADeadlineThatIsTooShort) {
    supervisor::FrontLimits impatient;
    impatient.answer_idle = 10s;
    EXPECT_FALSE(silence_lasts(impatient, {}));
    worker::EventLimits mute;
    mute.comment_every = 10min;
    EXPECT_FALSE(silence_lasts({}, mute));
}

}  // namespace
}  // namespace posta
