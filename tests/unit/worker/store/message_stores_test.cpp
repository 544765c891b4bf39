#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "worker/store/store.h"

namespace posta::store {
namespace {

constexpr std::string_view kAlice = "https://alice.example";
constexpr std::string_view kCarol = "https://carol.example";

class MessageStores : public ::testing::Test {
protected:
    std::optional<std::int64_t> receive(std::string_view id, std::string_view sender = kAlice,
                                        std::string_view payload = "{}") {
        MessageStore::Inbound message;
        message.id = id;
        message.sender = sender;
        message.payload = payload;
        message.body = "body";
        message.signature = "signature";
        message.sent_at = "2026-05-10T12:00:00.000Z";
        message.received_at = "2026-05-10T12:00:01.000Z";
        return store->messages().add_inbound(message).value();
    }
    std::int64_t queue(std::string_view id, std::string_view recipient = kAlice) {
        MessageStore::Outbound message;
        message.id = id;
        message.recipient = recipient;
        message.payload = "{}";
        message.queued_at = "2026-05-10T12:00:00.000Z";
        return store->messages().add_outbound(message).value();
    }
    std::string first_for(std::string_view peer) {
        const auto queued = store->outbox().first_for(peer).value();
        return queued ? queued->id : "";
    }
    std::string state_of(std::int64_t row_id) {
        return store->messages().find(row_id).value()->state;
    }
    int found_by_search(std::string_view word) {
        Statement search(store->database(),
                         "SELECT count(*) FROM messages_fts WHERE messages_fts MATCH ?");
        Rows rows = search.run({word});
        EXPECT_TRUE(rows.next().value());
        return static_cast<int>(rows.integer(0));
    }

    posta::testing::FakeClock clock;
    Log log{clock, "test", LogLevel::error, LogFormat::text};
    std::unique_ptr<Store> store = Store::create(":memory:", clock, log).value();
};

TEST_F(MessageStores, IndexATurnsTextsInOneSegment) {
    const auto segments = [this] {
        Statement count(store->database(), "SELECT count(DISTINCT segid) FROM messages_fts_idx");
        Rows rows = count.run();
        EXPECT_TRUE(rows.next().value());
        return rows.integer(0);
    };
    for (const std::string_view id : {"m1", "m2", "m3"}) {
        ASSERT_TRUE(store->turn().write([&]() -> Result<void> {
            receive(id, kAlice, R"({"kind":"posta.text/v1","body":"forest"})");
            return {};
        }));
    }
    ASSERT_TRUE(store->turn().finish());

    EXPECT_EQ(found_by_search("forest"), 3);
    EXPECT_EQ(segments(), 1);
}

TEST_F(MessageStores, TakeAMessageOfASenderOnce) {
    const auto row = receive("m1");
    ASSERT_TRUE(row);
    EXPECT_EQ(receive("m1"), std::nullopt);
    EXPECT_TRUE(receive("m1", kCarol)) << "ids are each sender's own";
    queue("m1");
    EXPECT_EQ(state_of(*row), "received");
}

TEST_F(MessageStores, GiveThePayloadBackByteForByte) {
    const std::string payload = "{ \"b\":1.50e+02 , \"a\":[ ] }";
    const auto row = receive("m1", kAlice, payload);
    EXPECT_EQ(store->messages().find(*row).value()->payload, payload);
}

TEST_F(MessageStores, FindTextMessagesBySearch) {
    receive("m1", kAlice, R"({"kind":"posta.text/v1","body":"Gr\u00fc\u00dfe aus Bergen"})");
    receive("m2", kAlice, R"({"kind":"example.poll/v3","body":"Bergen"})");
    receive("m3", kAlice, R"("Bergen")");
    EXPECT_EQ(found_by_search("bergen"), 1);
}

TEST_F(MessageStores, ShowAConversationInStretches) {
    for (const auto id : {"1", "2", "3", "4", "5"}) receive(id);
    receive("x", kCarol);
    const auto ids = [this](MessageStore::Range range) {
        std::string all;
        const auto page = store->messages().page(range).value();
        for (const Message& message : page.messages) all += message.id;
        return all + (page.has_more ? "+" : "");
    };
    EXPECT_EQ(ids({kAlice, {}, {}, 2}), "45+");
    EXPECT_EQ(ids({kAlice, 4, {}, 2}), "23+");
    EXPECT_EQ(ids({kAlice, 2, {}, 2}), "1");
    EXPECT_EQ(ids({kAlice, {}, 3, 2}), "45");
    EXPECT_EQ(ids({kAlice, {}, 0, 2}), "12+");
    EXPECT_EQ(ids({"", {}, {}, 10}), "12345x");
    EXPECT_EQ(ids({"", {}, {}, 10, 3}), "5x+") << "payloads of 2 bytes each, until there are 3";
    EXPECT_EQ(ids({"", {}, 0, 10, 1}), "1+") << "one fits always";
    EXPECT_EQ(ids({kAlice, {}, 3, 2, 4}), "45") << "the last bytes of the last message";
}

TEST_F(MessageStores, MakeContactsOfThoseWhoWrite) {
    EXPECT_FALSE(store->contacts().contains(kAlice).value());
    EXPECT_TRUE(store->contacts().note_message(kAlice, "2026-05-10T12:00:00.000Z").value());
    EXPECT_FALSE(store->contacts().note_message(kAlice, "2026-05-09T12:00:00.000Z").value());
    EXPECT_TRUE(store->contacts().contains(kAlice).value());

    Statement read(store->database(), "SELECT message_count, last_message_at FROM contacts");
    Rows rows = read.run();
    ASSERT_TRUE(rows.next().value());
    EXPECT_EQ(rows.integer(0), 2);
    EXPECT_EQ(rows.text(1), "2026-05-10T12:00:00.000Z") << "the later one";
}

TEST_F(MessageStores, MakeAContactAnewOfOneThatWasRemovedAndWrites) {
    EXPECT_TRUE(store->contacts().note_message(kAlice, "2026-05-10T12:00:00.000Z").value());
    EXPECT_TRUE(store->contacts().remove(kAlice).value());
    EXPECT_TRUE(store->contacts().note_message(kAlice, "2026-05-09T12:00:00.000Z").value());
    EXPECT_EQ(store->contacts().find(kAlice).value()->last_message_at, "2026-05-09T12:00:00.000Z");
}

TEST_F(MessageStores, ListContactsWithWhatIsUnread) {
    ContactStore& contacts = store->contacts();
    EXPECT_TRUE(contacts.add(kCarol, "2026-05-01T00:00:00.000Z").value());
    EXPECT_FALSE(contacts.add(kCarol, "2026-05-02T00:00:00.000Z").value());
    ASSERT_TRUE(contacts.note_message(kAlice, "2026-05-10T12:00:00.000Z"));
    const auto first = receive("m1");
    receive("m2");
    queue("m3");

    EXPECT_TRUE(contacts.advance_read_mark(kAlice, *first).value());
    EXPECT_FALSE(contacts.advance_read_mark(kAlice, *first).value()) << "not backwards";
    EXPECT_TRUE(contacts.set_pinned(kCarol, true).value());
    const auto list = contacts.list().value();
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0].peer, kAlice);
    EXPECT_EQ(list[0].unread_count, 1);
    EXPECT_EQ(list[1].peer, kCarol);
    EXPECT_TRUE(list[1].pinned);

    EXPECT_TRUE(contacts.remove(kAlice).value());
    EXPECT_FALSE(contacts.remove(kAlice).value());
    EXPECT_FALSE(contacts.find(kAlice).value());
    EXPECT_EQ(receive("m1"), std::nullopt) << "the messages stay";
}

TEST_F(MessageStores, AContactThatIsAddedAgainHasItsMessagesStill) {
    ContactStore& contacts = store->contacts();
    receive("m1");
    EXPECT_TRUE(contacts.add(kAlice, "2026-05-11T00:00:00.000Z").value());
    EXPECT_EQ(contacts.find(kAlice).value()->last_message_at, "2026-05-10T12:00:01.000Z");
    queue("m2", kCarol);
    EXPECT_TRUE(contacts.add(kCarol, "2026-05-11T00:00:00.000Z").value());
    EXPECT_EQ(contacts.find(kCarol).value()->last_message_at, "2026-05-10T12:00:00.000Z");
    EXPECT_TRUE(contacts.add("https://dora.example", "2026-05-11T00:00:00.000Z").value());
    EXPECT_EQ(contacts.find("https://dora.example").value()->last_message_at, "");
}

// The count is kept by triggers: whatever happens in whatever order, it is what counting gives.
TEST_F(MessageStores, KeepCountOfWhatIsUnread) {
    ContactStore& contacts = store->contacts();
    const auto unread = [&](std::string_view peer) {
        return contacts.find(peer).value()->unread_count;
    };
    const auto first = receive("m1");
    receive("m2");
    ASSERT_TRUE(contacts.note_message(kAlice, "2026-05-10T12:00:00.000Z"));
    EXPECT_EQ(unread(kAlice), 2) << "what came before the contact";
    receive("m3");
    receive("m3");
    queue("m4");
    EXPECT_EQ(unread(kAlice), 3) << "neither what came twice nor what goes out";

    EXPECT_TRUE(contacts.advance_read_mark(kAlice, *first).value());
    EXPECT_EQ(unread(kAlice), 2);
    ASSERT_TRUE(store->database().execute("DELETE FROM messages WHERE message_id = 'm2'"));
    EXPECT_EQ(unread(kAlice), 1);
    EXPECT_TRUE(contacts.remove(kAlice).value());
    EXPECT_TRUE(contacts.add(kAlice, "2026-05-11T00:00:00.000Z").value());
    EXPECT_EQ(unread(kAlice), 2) << "a new contact has read nothing";

    EXPECT_TRUE(contacts.advance_read_mark(kAlice, 1000).value());
    receive("m5");
    EXPECT_EQ(unread(kAlice), 0) << "the mark may be ahead";
}

// With a million messages it would hold up the worker.
TEST_F(MessageStores, CountWhatIsUnreadWithoutReadingMessages) {
    Statement plan(store->database(),
                   "EXPLAIN QUERY PLAN SELECT count(*) FROM messages WHERE direction = 'in' AND"
                   " peer_url = 'https://alice.example' AND id > 1 AND id <= 1000");
    Rows rows = plan.run();
    ASSERT_TRUE(rows.next().value());
    EXPECT_EQ(rows.text(3),
              "SEARCH messages USING COVERING INDEX messages_conversation"
              " (peer_url=? AND id>? AND id<?)");
}

TEST_F(MessageStores, RememberWhatWasAskedForUnderAKeyForADay) {
    const auto phone = store->tokens().create("phone").value().token.id;
    const auto tablet = store->tokens().create("tablet").value().token.id;
    const auto row = queue("m1");
    IdempotencyStore& idempotency = store->idempotency();
    ASSERT_TRUE(idempotency.remember(phone, "key", row, "hash"));

    EXPECT_EQ(idempotency.find(phone, "key").value()->row_id, row);
    EXPECT_EQ(idempotency.find(phone, "key").value()->payload_hash, "hash");
    EXPECT_FALSE(idempotency.find(tablet, "key").value());
    EXPECT_FALSE(idempotency.find(phone, "other").value());

    clock.advance(std::chrono::hours(24));
    EXPECT_FALSE(idempotency.find(phone, "key").value());
    EXPECT_TRUE(idempotency.remember(phone, "key", row, "new")) << "the old one made room";
}

TEST_F(MessageStores, KeepEachPeersQueueInOrder) {
    const auto first = queue("a1");
    queue("a2");
    const auto other = queue("c1", kCarol);
    OutboxStore& outbox = store->outbox();
    EXPECT_EQ(outbox.peers_with_work().value().size(), 2U);

    ASSERT_TRUE(outbox.set_sending(first, "k1"));
    EXPECT_EQ(first_for(kAlice), "a1") << "under way, and still the first";
    ASSERT_TRUE(outbox.set_waiting(first, "2026-05-10T12:00:05.000Z", "unreachable"));
    EXPECT_EQ(first_for(kAlice), "a1") << "it waits, and so does what is behind it";
    EXPECT_EQ(outbox.first_for(kAlice).value()->attempts, 1);
    ASSERT_TRUE(outbox.set_delivered(first));
    EXPECT_EQ(first_for(kAlice), "a2");

    ASSERT_TRUE(outbox.set_sending(other, "k1"));
    ASSERT_TRUE(outbox.set_failed(other, state::kFailedPermanent, "wrong-recipient"));
    EXPECT_EQ(first_for(kCarol), "");
    EXPECT_EQ(store->messages().find(other).value()->last_error_code, "wrong-recipient");
}

TEST_F(MessageStores, RetryOnlyWhatHasFailed) {
    const auto row = queue("a1");
    OutboxStore& outbox = store->outbox();
    EXPECT_FALSE(outbox.retry(row).value());
    ASSERT_TRUE(outbox.set_sending(row, "k1"));
    EXPECT_FALSE(outbox.retry(row).value());
    ASSERT_TRUE(outbox.set_failed(row, state::kFailedPendingUser, "unreachable"));
    EXPECT_TRUE(outbox.retry(row).value());
    EXPECT_EQ(outbox.first_for(kAlice).value()->attempts, 0);
    EXPECT_FALSE(outbox.retry(*receive("m1")).value());
    EXPECT_FALSE(outbox.retry(999).value());
}

TEST_F(MessageStores, TakeBackWhatADeadProcessWasSending) {
    const auto row = queue("a1");
    ASSERT_TRUE(store->outbox().set_sending(row, "k1"));
    ASSERT_TRUE(store->outbox().take_back_unfinished());
    EXPECT_EQ(state_of(row), "pending");
}

}  // namespace
}  // namespace posta::store
