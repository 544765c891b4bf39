#include "worker/events/events.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/fake_clock.h"

namespace posta::worker {
namespace {

const std::string kAlice = "https://alice.example";

class Client final : public BodySink {
public:
    std::string received;
    bool ended = false;
    void write_body(std::string_view bytes) override { received.append(bytes); }
    std::size_t unsent() const override { return 0; }
    void finish_body() override { ended = true; }

    // The number behind the n-th `id: `.
    std::int64_t id(int number = 0) const {
        std::size_t at = 0;
        for (int i = 0; i <= number; ++i) at = received.find("id: ", at) + 4;
        return std::stoll(received.substr(at));
    }
    bool has(const std::string& text) const { return received.find(text) != std::string::npos; }
};

class EventsTest : public ::testing::Test {
protected:
    EventsTest() { restart(); }
    ~EventsTest() override {
        streams.clear();
        events.reset();
        loop.run_ready();
    }

    // As after kill -9, on the same database.
    void restart() {
        streams.clear();
        events = std::make_unique<Events>(loop, clock, log, *store, memory);
        ASSERT_TRUE(events->start());
    }
    std::unique_ptr<Client> open(std::optional<std::int64_t> seen = {}, std::int64_t token = 1) {
        auto client = std::make_unique<Client>();
        streams.push_back(events->stream_for({token, seen.has_value(), seen}));
        streams.back()->begin(*client);
        return client;
    }
    void happen(const std::string& peer) {
        ASSERT_TRUE(
            store->turn().write([&] { return events->announce(contact_removed_event(peer)); }));
        ASSERT_TRUE(store->turn().finish());
    }

    EventLoop loop;
    posta::testing::FakeClock clock;
    Log log{clock, "test", static_cast<LogLevel>(99), LogFormat::text};
    std::unique_ptr<store::Store> store = store::Store::create(":memory:", clock, log).value();
    MemoryBudget memory{10'000'000};
    std::unique_ptr<Events> events;
    std::vector<std::unique_ptr<EndlessBody>> streams;
};

TEST_F(EventsTest, AreSentOnceTheyAreCommitted) {
    const auto client = open();
    ASSERT_TRUE(
        store->turn().write([&] { return events->announce(contact_removed_event(kAlice)); }));
    EXPECT_FALSE(client->has("contact-removed"));
    ASSERT_TRUE(store->turn().finish());

    EXPECT_TRUE(client->has("event: contact-removed\nid: "));
    EXPECT_TRUE(client->has("data: {\"url\":\"alice.example\"}\n\n"));
}

TEST_F(EventsTest, AreDroppedWithTheirHandler) {
    const auto client = open();
    const Result<void> failed = store->turn().write([&]() -> Result<void> {
        TRY(events->announce(contact_removed_event(kAlice)));
        return Error{ErrorCode::io, "no"};
    });
    ASSERT_FALSE(failed);
    ASSERT_TRUE(store->turn().finish());

    EXPECT_FALSE(client->has("contact-removed"));
}

TEST_F(EventsTest, AreReplayedToWhoComesBack) {
    const auto first = open();
    const std::int64_t seen = first->id();
    happen("https://a.example");
    happen("https://b.example");
    const auto again = open(seen);

    EXPECT_TRUE(again->has("a.example"));
    EXPECT_TRUE(again->has("b.example"));
    EXPECT_LT(again->received.find("b.example"), again->received.find("event: ready"));
    EXPECT_FALSE(again->has("resync"));
    EXPECT_GT(again->id(2), again->id(1));
    EXPECT_FALSE(open(first->id(1))->has("a.example"));
}

TEST_F(EventsTest, CannotBeReplayedAfterAnIdThatWasNeverGivenOut) {
    const auto first = open();
    for (const std::int64_t id : {std::int64_t{0}, std::int64_t{1}, first->id() + 1000,
                                  std::numeric_limits<std::int64_t>::max()}) {
        const auto client = open(id);
        EXPECT_TRUE(client->has("event: resync\n")) << id;
        EXPECT_LT(client->received.find("resync"), client->received.find("ready"));
    }
}

TEST_F(EventsTest, IdsGrowOnAfterADeathEvenWhenTheClockGoesBack) {
    const auto client = open();
    happen(kAlice);
    const std::int64_t seen = client->id(1);
    restart();
    const auto again = open(seen);
    EXPECT_TRUE(again->has("event: resync\n"));
    EXPECT_GT(again->id(), seen);
    happen(kAlice);
    clock.set_back(std::chrono::hours{1000});
    restart();
    EXPECT_GT(open()->id(), again->id(2));
}

TEST_F(EventsTest, CostNoWriteOfTheirOwn) {
    happen(kAlice);
    const std::int64_t before = store->database().total_changes();
    for (int count = 0; count < 100; ++count) happen(kAlice);

    EXPECT_EQ(store->database().total_changes(), before);
}

TEST_F(EventsTest, OfAContactThatIsNoMoreAreNotTold) {
    const auto client = open();
    ASSERT_TRUE(
        store->turn().write([&] { return events->announce(contact_changed_event(kAlice)); }));
    ASSERT_TRUE(store->turn().finish());

    EXPECT_FALSE(client->has("contact-changed"));
}

TEST_F(EventsTest, EndTheStreamsOfARevokedTokenAndNoOther) {
    const auto kept = open({}, 1);
    const auto revoked = open({}, 2);
    events->end_streams_of(2);

    EXPECT_TRUE(revoked->ended);
    EXPECT_FALSE(kept->ended);
}

TEST_F(EventsTest, SeeThatACommandHasRevokedAToken) {
    const auto token = store->tokens().create("phone")->token.id;
    const auto other = store->tokens().create("tablet")->token.id;
    const auto client = open({}, token);
    const auto kept = open({}, other);
    ASSERT_TRUE(store->tokens().revoke(token));
    events->check_tokens();

    EXPECT_TRUE(client->ended);
    EXPECT_FALSE(kept->ended);
}

TEST_F(EventsTest, AreNotToldByAWorkerThatLeaves) {
    const auto client = open();
    events->stop();
    happen(kAlice);
    const auto late = open();

    EXPECT_FALSE(client->has("contact-removed"));
    EXPECT_TRUE(late->ended);
}

TEST_F(EventsTest, AskNobodyToLookAgainWhenThePredecessorWroteNothing) {
    const auto client = open();
    events->on_alone();
    EXPECT_FALSE(client->has("resync"));
}

// An idle worker is not woken.
TEST_F(EventsTest, HaveATimerOnlyWhileAStreamIsOpen) {
    const auto timers = [&] {
        int active = 0;
        uv_walk(
            loop.raw(),
            [](uv_handle_t* handle, void* count) {
                if (handle->type == UV_TIMER && uv_is_active(handle) != 0)
                    ++*static_cast<int*>(count);
            },
            &active);
        return active;
    };
    EXPECT_EQ(timers(), 0);
    const auto one = open();
    const auto two = open();
    EXPECT_EQ(timers(), 1);
    streams.pop_back();
    EXPECT_EQ(timers(), 1);
    streams.clear();
    EXPECT_EQ(timers(), 0);
}

}  // namespace
}  // namespace posta::worker
