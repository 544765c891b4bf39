// What a turn remembers of writes that could not be kept.

#include <gtest/gtest.h>

#include <functional>
#include <string>

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
    Result<void> add_in_turn(std::size_t bytes) {
        Result<void> added = add(bytes);
        static_cast<void>(turn.finish());
        return added;
    }
    void while_another_holds_it(const std::function<void()>& act) {
        Database other = Database::open(folder / "t.db", Database::Mode::existing).value();
        ASSERT_TRUE(database.execute("PRAGMA busy_timeout = 1"));
        ASSERT_TRUE(other.execute("BEGIN IMMEDIATE"));
        act();
    }
    ::testing::AssertionResult tells_of(std::string_view text) const {
        const std::string told = turn.trouble() ? turn.trouble()->message : "nothing";
        const bool found = told.find(text) != std::string::npos;
        return (found ? ::testing::AssertionSuccess() : ::testing::AssertionFailure()) << told;
    }
    void fill_disk() { EXPECT_TRUE(database.execute("PRAGMA max_page_count = 4")); }
    void free_disk() { EXPECT_TRUE(database.execute("PRAGMA max_page_count = 1000")); }

    posta::testing::TempFolder folder;
    Database database = Database::open(folder / "t.db", Database::Mode::create).value();
    Turn turn{database};
};

TEST_F(TurnTrouble, IsThereFromAFullDiskUntilTheNextGoodWrite) {
    fill_disk();
    const Result<void> full = add_in_turn(100'000);
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, ErrorCode::unavailable);
    EXPECT_TRUE(tells_of("full"));

    free_disk();
    EXPECT_TRUE(add_in_turn(100'000));
    EXPECT_FALSE(turn.trouble());
}

TEST_F(TurnTrouble, IsThereUntilTheDatabaseHasMoreRoomThanWhatDidNotFitHasFound) {
    fill_disk();
    EXPECT_FALSE(add_in_turn(100'000));
    EXPECT_TRUE(add_in_turn(10));
    EXPECT_TRUE(tells_of("raise that")) << "what still fits is kept, and it is as full as before";

    free_disk();
    EXPECT_TRUE(add_in_turn(10));
    EXPECT_FALSE(turn.trouble());
}

TEST_F(TurnTrouble, IsThereWhenAnotherProcessHoldsTheDatabaseForTooLong) {
    while_another_holds_it([&] { EXPECT_FALSE(add_in_turn(1)); });
    EXPECT_TRUE(tells_of("locked"));
    EXPECT_TRUE(add_in_turn(1));
    EXPECT_FALSE(turn.trouble());
}

TEST_F(TurnTrouble, OfAFullDatabaseIsStillThereWhenAnotherIsOver) {
    fill_disk();
    EXPECT_FALSE(add_in_turn(100'000));
    while_another_holds_it([&] { EXPECT_FALSE(add_in_turn(1)); });
    EXPECT_TRUE(tells_of("locked")) << "the newest";
    EXPECT_TRUE(add_in_turn(10));
    EXPECT_TRUE(tells_of("full"));
}

TEST_F(TurnTrouble, IsHowTheCommitFailedWhenAHandlerHadFailedForAnotherReason) {
    EXPECT_FALSE(turn.write([&]() -> Result<void> {
        return Error{ErrorCode::unavailable, "the handler's own"};
    }));
    ASSERT_TRUE(turn.before_commit([]() -> Result<void> {
        return Error{ErrorCode::io, "the commit's"};
    }));
    EXPECT_FALSE(turn.finish());
    EXPECT_TRUE(tells_of("the commit's"));
}

TEST_F(TurnTrouble, IsNotWhatAHandlerRefuses) {
    EXPECT_FALSE(turn.write([]() -> Result<void> { return Error{ErrorCode::not_found, "no"}; }));
    EXPECT_TRUE(turn.finish());
    EXPECT_FALSE(turn.trouble());
}

}  // namespace
}  // namespace posta::store
