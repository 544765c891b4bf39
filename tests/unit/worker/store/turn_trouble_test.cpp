// What a turn remembers of writes that could not be kept.

#include <gtest/gtest.h>

#include "tests/support/temp_folder.h"
#include "worker/store/turn.h"

namespace posta::store {
namespace {

class TurnTrouble : public ::testing::Test {
protected:
    TurnTrouble() { EXPECT_TRUE(database.execute("CREATE TABLE note (text TEXT)")); }

    Result<void> add(std::size_t bytes) {
        return turn.write([&]() -> Result<void> {
            Statement insert(database, "INSERT INTO note VALUES (?)");
            const std::string text(bytes, 'x');
            TRY(insert.execute({text}));
            return {};
        });
    }
    void fill_disk() { EXPECT_TRUE(database.execute("PRAGMA max_page_count = 4")); }
    void free_disk() { EXPECT_TRUE(database.execute("PRAGMA max_page_count = 1000")); }

    posta::testing::TempFolder folder;
    Database database = Database::open(folder / "t.db", Database::Mode::create).value();
    Turn turn{database};
};

TEST_F(TurnTrouble, IsThereFromAFullDiskUntilTheNextGoodWrite) {
    fill_disk();
    const Result<void> full = add(100'000);
    static_cast<void>(turn.finish());
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, ErrorCode::unavailable);
    ASSERT_TRUE(turn.trouble());
    EXPECT_NE(turn.trouble()->message.find("full"), std::string::npos) << turn.trouble()->message;

    free_disk();
    EXPECT_TRUE(add(100'000));
    EXPECT_TRUE(turn.finish());
    EXPECT_FALSE(turn.trouble());
}

TEST_F(TurnTrouble, IsThereUntilTheDatabaseHasMoreRoomThanWhatDidNotFitHasFound) {
    fill_disk();
    EXPECT_FALSE(add(100'000));
    static_cast<void>(turn.finish());
    EXPECT_TRUE(add(10));
    EXPECT_TRUE(turn.finish());
    ASSERT_TRUE(turn.trouble()) << "what still fits is kept, and it is as full as before";
    EXPECT_NE(turn.trouble()->message.find("raise that"), std::string::npos)
        << turn.trouble()->message;

    free_disk();
    EXPECT_TRUE(add(10));
    EXPECT_TRUE(turn.finish());
    EXPECT_FALSE(turn.trouble());
}

TEST_F(TurnTrouble, OfAnotherKindEndsWithTheNextGoodWriteHoweverLittleRoomThereIs) {
    fill_disk();
    EXPECT_FALSE(add(100'000));
    static_cast<void>(turn.finish());
    {
        Database other = Database::open(folder / "t.db", Database::Mode::existing).value();
        ASSERT_TRUE(database.execute("PRAGMA busy_timeout = 1"));
        ASSERT_TRUE(other.execute("BEGIN IMMEDIATE"));
        EXPECT_FALSE(add(1));
    }
    EXPECT_TRUE(add(10));
    EXPECT_TRUE(turn.finish());
    EXPECT_FALSE(turn.trouble());
}

TEST_F(TurnTrouble, IsThereWhenAnotherProcessHoldsTheDatabaseForTooLong) {
    Database other = Database::open(folder / "t.db", Database::Mode::existing).value();
    ASSERT_TRUE(database.execute("PRAGMA busy_timeout = 1"));
    ASSERT_TRUE(other.execute("BEGIN IMMEDIATE"));
    EXPECT_FALSE(add(1));
    EXPECT_TRUE(turn.trouble());
}

TEST_F(TurnTrouble, IsNotWhatAHandlerRefuses) {
    EXPECT_FALSE(turn.write([]() -> Result<void> { return Error{ErrorCode::not_found, "no"}; }));
    EXPECT_TRUE(turn.finish());
    EXPECT_FALSE(turn.trouble());
}

}  // namespace
}  // namespace posta::store
