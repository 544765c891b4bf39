#include "worker/outbox/outbox.h"

#include <gtest/gtest.h>

#include <deque>
#include <limits>

#include "common/base/rfc3339.h"
#include "tests/support/fake_clock.h"
#include "tests/support/recording_announcer.h"
#include "worker/envelope/envelope.h"

namespace posta::worker {
namespace {

using namespace std::chrono_literals;

const std::string kMe = "https://bob.example";
const std::string kAlice = "https://alice.example";
const std::string kCarol = "https://carol.example";

// Notes what is sent; the test answers when it likes.
class RecordingDelivery final : public Delivery {
public:
    struct Sent {
        std::string peer;
        wire::Envelope envelope;
        std::string signature;
        std::function<void(Result<HttpsAnswer>)> on_done;
    };
    std::deque<Sent> under_way;
    std::vector<std::string> log;  // ids in the order in which they left

    void deliver(const std::string& peer, std::string body, std::string_view signature,
                 std::function<void(Result<HttpsAnswer>)> on_done) override {
        auto envelope = wire::parse_envelope(body);
        ASSERT_TRUE(envelope) << body;
        log.push_back(envelope->id);
        under_way.push_back({peer, *envelope, std::string(signature), std::move(on_done)});
    }
};

class FakeSigner final : public Signer {
public:
    std::string key = "k1";
    std::string key_id() const override { return key; }
    std::string sign(std::string_view) const override { return "signed by " + key; }
};

class OutboxTest : public ::testing::Test {
protected:
    OutboxTest() { start(); }

    // As after a new start of the process, on the same database.
    void start() {
        delivery.under_way.clear();
        outbox = std::make_unique<Outbox>(Outbox::Parts{loop, clock, log, *store, announcer,
                                                        delivery, signer, kMe, [] { return 0.0; }});
        ASSERT_TRUE(outbox->start());
        outbox->send_due();
        commit();
    }
    void commit() { ASSERT_TRUE(store->turn().finish()); }

    std::int64_t queue(const std::string& id, const std::string& peer = kAlice) {
        store::MessageStore::Outbound message;
        message.id = id;
        message.recipient = peer;
        message.payload = R"({ "kind": "x", "n": 1.0 })";
        message.queued_at = "2026-05-10T12:00:00.000Z";
        const auto row = store->messages().add_outbound(message).value();
        outbox->wake(peer);
        send_due();
        return row;
    }
    void send_due() {
        outbox->send_due();
        commit();
    }
    void advance(std::chrono::milliseconds by) {
        clock.advance(by);
        send_due();
    }
    void answer(Result<HttpsAnswer> result) {
        ASSERT_FALSE(delivery.under_way.empty());
        auto sent = std::move(delivery.under_way.front());
        delivery.under_way.pop_front();
        sent.on_done(std::move(result));
        commit();
        send_due();
    }
    void answer_status(int status, std::string body = "", std::string retry_after = "") {
        answer(HttpsAnswer{status, std::move(body), std::move(retry_after)});
    }
    void answer_nothing() { answer(Error{ErrorCode::unavailable, "no connection"}); }
    store::Message message(std::int64_t row) { return *store->messages().find(row).value(); }

    EventLoop loop;
    posta::testing::FakeClock clock;
    Log log{clock, "test", static_cast<LogLevel>(99), LogFormat::text};
    std::unique_ptr<store::Store> store = store::Store::create(":memory:", clock, log).value();
    posta::testing::RecordingAnnouncer announcer;
    RecordingDelivery delivery;
    FakeSigner signer;
    std::unique_ptr<Outbox> outbox;
};

TEST_F(OutboxTest, TakesUpWhatAProcessThatDrainedBesideItQueued) {
    queue("under-way");
    store::MessageStore::Outbound message;
    message.id = "queued-elsewhere";
    message.recipient = kCarol;
    message.payload = R"({"kind":"x"})";
    message.queued_at = "2026-05-10T12:00:00.000Z";
    ASSERT_TRUE(store->messages().add_outbound(message));
    commit();
    send_due();
    ASSERT_EQ(delivery.log, std::vector<std::string>{"under-way"});

    outbox->look_again();
    send_due();

    EXPECT_EQ(delivery.log, (std::vector<std::string>{"under-way", "queued-elsewhere"}));
}

TEST_F(OutboxTest, SendsWhatIsQueuedAndNotesTheDelivery) {
    const auto row = queue("m1");

    ASSERT_EQ(delivery.under_way.size(), 1U);
    const auto& sent = delivery.under_way.front();
    EXPECT_EQ(sent.peer, kAlice);
    EXPECT_EQ(sent.envelope.sender, kMe);
    EXPECT_EQ(sent.envelope.recipient, kAlice);
    EXPECT_EQ(sent.envelope.payload, R"({ "kind": "x", "n": 1.0 })");
    EXPECT_EQ(sent.envelope.timestamp, clock.now());
    EXPECT_EQ(sent.signature, "signed by k1");
    EXPECT_EQ(message(row).state, "sending");

    answer_status(204);
    EXPECT_EQ(message(row).state, "delivered");
    EXPECT_EQ(message(row).attempts, 1);
}

TEST_F(OutboxTest, TriesAgainWithAFreshTimestampAndTheNewestKeyUnderTheSameId) {
    const auto row = queue("m1");
    answer_nothing();
    EXPECT_EQ(message(row).state, "pending");
    EXPECT_EQ(message(row).last_error_code, "unreachable");
    EXPECT_EQ(message(row).next_attempt_at, format_time(clock.now() + 5s));

    signer.key = "k2";
    advance(4999ms);
    EXPECT_TRUE(delivery.under_way.empty());
    advance(1ms);

    ASSERT_EQ(delivery.under_way.size(), 1U);
    const auto& sent = delivery.under_way.front();
    EXPECT_EQ(sent.envelope.id, "m1");
    EXPECT_EQ(sent.envelope.timestamp, clock.now());
    EXPECT_EQ(sent.envelope.key_id, "k2");
    EXPECT_EQ(sent.signature, "signed by k2");
    answer_status(409, R"({"error":"duplicate-id"})");
    EXPECT_EQ(message(row).state, "delivered");
    EXPECT_EQ(message(row).last_error_code, "");
}

TEST_F(OutboxTest, LeavesItToAPersonAfterFiveAttempts) {
    const auto row = queue("m1");
    for (const auto wait : {5'000ms, 30'000ms, 300'000ms, 1'800'000ms}) {
        answer_status(503);
        EXPECT_EQ(message(row).state, "pending");
        advance(wait);
    }
    answer_status(503);
    EXPECT_EQ(message(row).state, "failed-pending-user");
    EXPECT_EQ(message(row).last_error_code, "http-503");
    EXPECT_EQ(message(row).attempts, 5);
    advance(24h);
    EXPECT_TRUE(delivery.under_way.empty());

    EXPECT_TRUE(store->outbox().retry(row).value());
    outbox->hurry(kAlice);
    send_due();
    answer_status(204);
    EXPECT_EQ(message(row).state, "delivered");
}

TEST_F(OutboxTest, GivesUpAtOnceWhenThePeerRefuses) {
    const auto row = queue("m1");
    answer_status(421, R"({"error":"wrong-recipient"})");
    EXPECT_EQ(message(row).state, "failed-permanent");
    EXPECT_EQ(message(row).last_error_code, "wrong-recipient");
}

TEST_F(OutboxTest, WaitsAsLongAsThePeerAsks) {
    queue("m1");
    answer_status(429, "", "90");
    advance(89s);
    EXPECT_TRUE(delivery.under_way.empty());
    advance(1s);
    EXPECT_EQ(delivery.under_way.size(), 1U);
}

TEST_F(OutboxTest, KeepsTheOrderPerPeerWhileOthersGoOn) {
    queue("a1");
    queue("a2");
    queue("c1", kCarol);
    EXPECT_EQ(delivery.log, (std::vector<std::string>{"a1", "c1"}));

    answer_nothing();    // a1
    answer_status(204);  // c1
    queue("c2", kCarol);
    EXPECT_EQ(delivery.log, (std::vector<std::string>{"a1", "c1", "c2"}));
    answer_status(204);

    advance(5s);
    answer_status(204);
    answer_status(204);
    EXPECT_EQ(delivery.log, (std::vector<std::string>{"a1", "c1", "c2", "a1", "a2"}));
}

TEST_F(OutboxTest, DeliversToEightPeersAtOnce) {
    for (int i = 0; i < 20; ++i) queue("m", "https://p" + std::to_string(i) + ".example");
    EXPECT_EQ(delivery.under_way.size(), 8U);
    answer_status(204);
    EXPECT_EQ(delivery.under_way.size(), 8U);
    for (int i = 0; i < 19; ++i) answer_status(204);
    EXPECT_TRUE(delivery.under_way.empty());
    EXPECT_EQ(delivery.log.size(), 20U);
}

TEST_F(OutboxTest, TakesUpWhatADeadProcessLeft) {
    const auto sending = queue("a1");
    queue("a2");
    const auto waiting = queue("c1", kCarol);
    delivery.under_way.pop_front();
    answer_nothing();  // c1
    EXPECT_EQ(message(sending).state, "sending");
    EXPECT_EQ(message(waiting).state, "pending");

    delivery.log.clear();
    start();
    EXPECT_EQ(delivery.log, std::vector<std::string>{"a1"}) << "c1 still waits";
    advance(5s);
    EXPECT_EQ(delivery.log, (std::vector<std::string>{"a1", "c1"}));
}

TEST_F(OutboxTest, CountsNoAttemptThatItsOwnDeathCutOff) {
    const auto row = queue("m1");
    for (int death = 0; death < 10; ++death) start();
    EXPECT_EQ(message(row).attempts, 1);

    answer_nothing();
    EXPECT_EQ(message(row).state, "pending");
    EXPECT_EQ(message(row).next_attempt_at, format_time(clock.now() + 5s));
}

// A worker that drains still waits for an answer, while its successor has sent the message again.
TEST_F(OutboxTest, LeavesAMessageAloneThatItsSuccessorHasDelivered) {
    const auto row = queue("m1");
    const auto late = delivery.under_way.front().on_done;
    const auto drained = std::move(outbox);
    start();
    answer_status(204);
    ASSERT_EQ(message(row).state, "delivered");

    late(Error{ErrorCode::unavailable, "no answer in time"});
    commit();

    EXPECT_EQ(message(row).state, "delivered");
}

// Somebody sets the clock while a message waits: it waits neither longer nor shorter, and the next
// attempt carries the time that the clock shows then.
TEST_F(OutboxTest, WaitsAsLongWhicheverWayTheClockJumps) {
    for (const auto jump : {24h, -24h}) {
        const auto row = queue(jump > 0h ? "m1" : "m2");
        answer_nothing();
        clock.set_back(jump);
        advance(4999ms);
        EXPECT_TRUE(delivery.under_way.empty());
        advance(1ms);
        ASSERT_EQ(delivery.under_way.size(), 1U);
        EXPECT_EQ(delivery.under_way.front().envelope.timestamp, clock.now());

        clock.set_back(-jump);  // while the delivery is under way
        answer_status(204);
        EXPECT_EQ(message(row).state, "delivered");
    }
}

TEST_F(OutboxTest, SendsAtOnceWhatAJumpForwardHasMadeDueWhenItStarts) {
    const auto row = queue("m1");
    answer_nothing();
    clock.set_back(-24h);
    start();
    answer_status(204);
    EXPECT_EQ(message(row).state, "delivered");
}

TEST_F(OutboxTest, WaitsNoLongerWhenTheClockHasJumpedBack) {
    queue("m1");
    answer_nothing();
    clock.set_back(std::chrono::hours(24 * 365));
    start();
    EXPECT_TRUE(delivery.under_way.empty());
    advance(5s);
    EXPECT_EQ(delivery.under_way.size(), 1U);
}

TEST_F(OutboxTest, BeginsNothingOnceStopped) {
    outbox->stop();
    queue("m1");
    EXPECT_TRUE(delivery.under_way.empty());
}

}  // namespace
}  // namespace posta::worker
