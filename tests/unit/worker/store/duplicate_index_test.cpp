// What telling duplicates costs a large database: pages that a commit writes, which are counted.

#include <gtest/gtest.h>

#include <array>
#include <cstdio>

#include "tests/support/fake_clock.h"
#include "tests/support/temp_folder.h"
#include "worker/store/store.h"

namespace posta::store {
namespace {

constexpr int kSenders = 64;
constexpr int kMessagesOfEach = 200;  // so that each has pages of its own in an index by sender

std::string sender_of(int number) {
    return "https://sender-" + std::to_string(number) + ".example/inbox";
}

// Of a ULID's length, and as such in the order of time.
std::string id_of(int moment) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "01%024d", moment);
    return text.data();
}

class DuplicateIndex : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(store_->database().execute("PRAGMA wal_autocheckpoint = 0"));
        ASSERT_TRUE(store_->turn().write([this]() -> Result<void> {
            for (int moment = 0; moment < kSenders * kMessagesOfEach; ++moment) receive(moment);
            return {};
        }));
        ASSERT_TRUE(store_->turn().finish());
        ASSERT_TRUE(store_->database().execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    }

    void receive(int moment) {
        const std::string id = id_of(moment);
        const std::string sender = sender_of(moment % kSenders);
        MessageStore::Inbound message;
        message.id = id;
        message.sender = sender;
        message.payload = "1";
        EXPECT_TRUE(store_->messages().add_inbound(message).value());
    }
    std::int64_t pages_written() {
        Statement checkpoint(store_->database(), "PRAGMA wal_checkpoint(PASSIVE)");
        Rows rows = checkpoint.run();
        EXPECT_TRUE(rows.next().value());
        return rows.integer(1);
    }

    testing::TempFolder folder_;
    testing::FakeClock clock_;
    Log log_{clock_, "test", LogLevel::error, LogFormat::text};
    std::unique_ptr<Store> store_ = Store::create(folder_ / "inbox.db", clock_, log_).value();
};

// One for each conversation there must be, and some are split; one for each sender would be as many
// again.
TEST_F(DuplicateIndex, HasNoPageOfItsOwnForEachSender) {
    ASSERT_TRUE(store_->turn().write([this]() -> Result<void> {
        for (int number = 0; number < kSenders; ++number)
            receive(kSenders * kMessagesOfEach + number);
        return {};
    }));
    ASSERT_TRUE(store_->turn().finish());

    const std::int64_t written = pages_written();
    EXPECT_GE(written, kSenders);
    EXPECT_LT(written, 2 * kSenders);
}

TEST_F(DuplicateIndex, FindsAMessageByItsWholeKey) {
    Statement plan(store_->database(),
                   "EXPLAIN QUERY PLAN SELECT 1 FROM messages"
                   " WHERE direction = 'in' AND peer_url = ? AND message_id = ?");
    Rows rows = plan.run({"a", "b"});
    ASSERT_TRUE(rows.next().value());

    EXPECT_EQ(rows.text(3),
              "SEARCH messages USING COVERING INDEX messages_dedup"
              " (message_id=? AND peer_url=? AND direction=?)");
}

}  // namespace
}  // namespace posta::store
