#include "worker/outbox/contact_cards.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/recording_announcer.h"

namespace posta::worker {
namespace {

const std::string kAlice = "https://alice.example";

// Has one document, which the test may change.
class OneDocument final : public DocumentSource {
public:
    Result<wire::ActorDocument> document = wire::ActorDocument{};
    void fetch(const std::string& url, OnFetched on_fetched) override {
        if (document) document->url = url;
        on_fetched(document);
    }
};

class ContactCardsTest : public ::testing::Test {
protected:
    bool fetch() {
        bool good = false;
        cards.fetch(kAlice, [&](const Result<wire::ActorDocument>& fetched) {
            good = fetched.has_value();
        });
        EXPECT_TRUE(store->turn().finish());
        return good;
    }
    void befriend() {
        EXPECT_TRUE(store->contacts().add(kAlice, "2026-05-10T12:00:00.000Z").value());
    }
    std::int64_t changes() {
        store::Statement count(store->database(), "SELECT total_changes()");
        store::Rows rows = count.run();
        EXPECT_TRUE(rows.next().value());
        return rows.integer(0);
    }
    store::Contact alice() { return store->contacts().find(kAlice).value().value(); }

    posta::testing::FakeClock clock;
    Log log{clock, "test", LogLevel::error, LogFormat::text};
    std::unique_ptr<store::Store> store = store::Store::create(":memory:", clock, log).value();
    OneDocument source;
    posta::testing::RecordingAnnouncer announcer;
    ContactCards cards{source, *store, announcer, log};
};

TEST_F(ContactCardsTest, FollowTheDocumentThatWasFetched) {
    befriend();
    source.document->name = "Alice";
    source.document->about = "Hello";
    source.document->avatar = "https://alice.example/avatar.png";
    source.document->kind = "person";
    EXPECT_TRUE(fetch());
    EXPECT_EQ(alice().name, "Alice");
    EXPECT_EQ(alice().about, "Hello");
    EXPECT_EQ(alice().avatar, "https://alice.example/avatar.png");
    EXPECT_EQ(alice().kind, "person");

    source.document->name = "";
    EXPECT_TRUE(fetch());
    EXPECT_EQ(alice().name, "") << "what it no longer says is not shown";
}

TEST_F(ContactCardsTest, StayWhenNoDocumentCanBeHad) {
    befriend();
    source.document->name = "Alice";
    EXPECT_TRUE(fetch());
    source.document = Error{ErrorCode::unavailable, "no connection"};
    EXPECT_FALSE(fetch());
    EXPECT_EQ(alice().name, "Alice");
}

TEST_F(ContactCardsTest, MakeNoContactOfAStranger) {
    EXPECT_TRUE(fetch());
    EXPECT_FALSE(store->contacts().contains(kAlice).value());
}

TEST_F(ContactCardsTest, WriteNothingWhenNothingHasChanged) {
    befriend();
    source.document->name = "Alice";
    EXPECT_TRUE(fetch());
    const std::int64_t before = changes();
    EXPECT_TRUE(fetch());
    EXPECT_EQ(changes(), before);
}

}  // namespace
}  // namespace posta::worker
