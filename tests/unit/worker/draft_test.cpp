#include "worker/outbox/draft.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "worker/envelope/envelope.h"

namespace posta::worker {
namespace {

const std::string kMe = "https://bob.example";

Draft draft_of(std::string payload) { return {"https://alice.example", std::move(payload), ""}; }

TEST(Draft, FitsWhenTheEnvelopeWithTheLongestKeyIdDoes) {
    wire::Envelope envelope;
    envelope.id = std::string(26, '0');
    envelope.sender = kMe;
    envelope.recipient = "https://alice.example";
    envelope.key_id = std::string(128, 'k');
    envelope.payload = "\"\"";
    const std::size_t room = 65'536 - wire::write_envelope(envelope).size();
    EXPECT_TRUE(fits_envelope(draft_of("\"" + std::string(room, 'x') + "\""), kMe));
    EXPECT_FALSE(fits_envelope(draft_of("\"" + std::string(room + 1, 'x') + "\""), kMe));
}

TEST(Draft, MayCarryAnythingButALinkThatIsNotHttps) {
    for (const auto payload : {"null", "[1]", R"({"kind":"x/v9","url":"http://a"})",
                               R"({"kind":"posta.link/v1","url":"https://a.example/x"})",
                               R"({"kind":"posta.link/v1","url":"HTTPS://a.example/x"})"}) {
        EXPECT_TRUE(has_acceptable_payload(draft_of(payload))) << payload;
    }
    for (const auto payload : {R"({"kind":"posta.link/v1"})", "not JSON",
                               R"({"kind":"posta.link/v1","url":"http://a.example"})",
                               R"({"kind":"posta.link/v1","url":7})"}) {
        EXPECT_FALSE(has_acceptable_payload(draft_of(payload))) << payload;
    }
}

TEST(Draft, IsQueuedUnderANewIdAndMakesThePeerAContact) {
    posta::testing::FakeClock clock;
    Log log(clock, "test", LogLevel::error, LogFormat::text);
    const auto store = store::Store::create(":memory:", clock, log).value();

    const auto first = enqueue(*store, draft_of("{ }"), clock.now()).value();
    const auto second = enqueue(*store, draft_of("{ }"), clock.now()).value();

    EXPECT_NE(first.id, second.id);
    const auto message = store->messages().find(first.row_id).value();
    EXPECT_EQ(message->state, "pending");
    EXPECT_EQ(message->payload, "{ }");
    EXPECT_TRUE(store->contacts().contains("https://alice.example").value());
    EXPECT_EQ(store->outbox().first_for("https://alice.example").value()->id, first.id);
}

}  // namespace
}  // namespace posta::worker
