#include "worker/store/turn.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/temp_folder.h"

namespace posta::store {
namespace {

Database notes() {
    Result<Database> database = Database::open(":memory:", Database::Mode::create);
    CHECK(database.has_value());
    CHECK(database->execute("CREATE TABLE note (text TEXT UNIQUE)").has_value());
    return std::move(database).value();
}

Result<void> add(Database& database, const std::string& text) {
    Statement insert(database, "INSERT INTO note VALUES (?)");
    TRY(insert.execute({text}));
    return {};
}

std::int64_t count(Database& database) {
    Statement select(database, "SELECT count(*) FROM note");
    Rows rows = select.run();
    CHECK(rows.next().has_value());
    return rows.integer(0);
}

TEST(Turn, HandlersThatSucceedCommitTogether) {
    Database database = notes();
    Turn turn(database);

    ASSERT_TRUE(turn.write([&] { return add(database, "a"); }).has_value());
    ASSERT_TRUE(turn.write([&] { return add(database, "b"); }).has_value());
    EXPECT_TRUE(database.in_transaction());
    ASSERT_TRUE(turn.finish().has_value());

    EXPECT_FALSE(database.in_transaction());
    EXPECT_EQ(count(database), 2);
}

TEST(Turn, AHandlerThatFailsRollsBackAlone) {
    Database database = notes();
    Turn turn(database);
    std::vector<std::string> published;

    ASSERT_TRUE(turn.write([&] { return add(database, "a"); }).has_value());
    const Result<void> failed = turn.write([&]() -> Result<void> {
        TRY(add(database, "b"));
        turn.after_commit([&] { published.emplace_back("b"); });
        return Error{ErrorCode::invalid, "no"};
    });
    ASSERT_TRUE(turn.write([&]() -> Result<void> {
                        TRY(add(database, "c"));
                        turn.after_commit([&] { published.emplace_back("c"); });
                        return {};
                    })
                    .has_value());
    ASSERT_TRUE(turn.finish().has_value());

    EXPECT_EQ(failed.error().message, "no");
    EXPECT_EQ(count(database), 2);
    EXPECT_EQ(published, std::vector<std::string>{"c"});
}

TEST(Turn, LastStepsAreTakenInsideTheTransactionAfterAllHandlers) {
    Database database = notes();
    Turn turn(database);
    std::int64_t seen = 0;

    const Result<void> failed = turn.write([&]() -> Result<void> {
        TRY(turn.before_commit([&] { return add(database, "of the failed one"); }));
        return Error{ErrorCode::invalid, "no"};
    });
    ASSERT_TRUE(turn.write([&] {
                        return turn.before_commit([&]() -> Result<void> {
                            seen = count(database);
                            return add(database, "last");
                        });
                    })
                    .has_value());
    ASSERT_TRUE(turn.write([&] { return add(database, "b"); }).has_value());
    EXPECT_EQ(seen, 0);
    ASSERT_TRUE(turn.finish().has_value());

    EXPECT_FALSE(failed.has_value());
    EXPECT_EQ(seen, 1);
    EXPECT_EQ(count(database), 2);
}

TEST(Turn, ALastStepThatFailsIsACommitThatFails) {
    Database database = notes();
    Turn turn(database);
    bool refused = false;

    ASSERT_TRUE(turn.write([&] { return add(database, "a"); }).has_value());
    ASSERT_TRUE(turn.before_commit([&] { return add(database, "a"); }).has_value());
    turn.when_over([&](const Result<void>& how) { refused = !how; });
    const Result<void> finished = turn.finish();

    EXPECT_FALSE(finished.has_value());
    EXPECT_TRUE(refused);
    EXPECT_FALSE(database.in_transaction());
    EXPECT_EQ(count(database), 0);
    ASSERT_TRUE(turn.write([&] { return add(database, "a"); }).has_value());
    EXPECT_TRUE(turn.finish().has_value());
}

TEST(Turn, WithoutATransactionALastStepIsTakenAtOnce) {
    Database database = notes();
    Turn turn(database);

    ASSERT_TRUE(turn.before_commit([&] { return add(database, "a"); }).has_value());

    EXPECT_EQ(count(database), 1);
}

TEST(Turn, WorkThatJoinsAndFailsBeforeItChangedAnythingFailsAlone) {
    Database database = notes();
    Turn turn(database);

    ASSERT_TRUE(turn.join([&] { return add(database, "a"); }).has_value());
    const Result<void> failed = turn.join([&] { return add(database, "a"); });
    ASSERT_TRUE(turn.join([&] { return add(database, "b"); }).has_value());
    const Result<void> finished = turn.finish();

    EXPECT_FALSE(failed.has_value());
    EXPECT_TRUE(finished.has_value());
    EXPECT_EQ(count(database), 2);
}

TEST(Turn, WorkThatJoinsAndFailsMidwayLosesTheTurn) {
    Database database = notes();
    Turn turn(database);
    int refused = 0;

    ASSERT_TRUE(turn.write([&] { return add(database, "a"); }).has_value());
    turn.when_over([&](const Result<void>& how) { refused += how ? 0 : 1; });
    const Result<void> failed = turn.join([&]() -> Result<void> {
        TRY(add(database, "b"));
        return add(database, "b");
    });
    const Result<void> later = turn.write([&] { return add(database, "c"); });
    const Result<void> finished = turn.finish();

    EXPECT_FALSE(failed.has_value());
    EXPECT_FALSE(later.has_value());
    ASSERT_FALSE(finished.has_value());
    EXPECT_EQ(finished.error().code, ErrorCode::unavailable);
    EXPECT_EQ(refused, 1);
    EXPECT_EQ(count(database), 0);
    ASSERT_TRUE(turn.join([&] { return add(database, "next turn"); }).has_value());
    EXPECT_TRUE(turn.finish().has_value());
    EXPECT_EQ(count(database), 1);
}

TEST(Turn, AnswersAndEventsWaitForTheCommit) {
    Database database = notes();
    Turn turn(database);
    std::vector<std::string> order;

    ASSERT_TRUE(turn.write([&] { return add(database, "a"); }).has_value());
    turn.when_over([&](const Result<void>& how) { order.push_back(how ? "answer" : "refusal"); });
    turn.after_commit([&] { order.emplace_back("event"); });
    EXPECT_TRUE(order.empty());
    ASSERT_TRUE(turn.finish().has_value());

    EXPECT_EQ(order, (std::vector<std::string>{"event", "answer"}));
}

TEST(Turn, WithoutAWriteNothingWaits) {
    Database database = notes();
    Turn turn(database);
    bool answered = false;

    turn.when_over([&](const Result<void>& how) { answered = how.has_value(); });

    EXPECT_TRUE(answered);
    EXPECT_FALSE(turn.is_open());
}

TEST(Turn, ACommitThatFailsTurnsEveryAnswerIntoTheError) {
    Database database = notes();
    ASSERT_TRUE(database
                    .execute("CREATE TABLE parent (id INTEGER PRIMARY KEY);"
                             "CREATE TABLE child (id INTEGER REFERENCES parent (id)"
                             " DEFERRABLE INITIALLY DEFERRED)")
                    .has_value());
    Turn turn(database);
    int refused = 0;
    bool published = false;

    ASSERT_TRUE(turn.write([&] { return add(database, "a"); }).has_value());
    turn.when_over([&](const Result<void>& how) { refused += how ? 0 : 1; });
    turn.after_commit([&] { published = true; });
    // A deferred foreign key is found broken at COMMIT only.
    ASSERT_TRUE(
        turn.write([&] { return database.execute("INSERT INTO child VALUES (7)"); }).has_value());
    turn.when_over([&](const Result<void>& how) { refused += how ? 0 : 1; });
    const Result<void> finished = turn.finish();

    EXPECT_FALSE(finished.has_value());
    EXPECT_EQ(refused, 2);
    EXPECT_FALSE(published);
    EXPECT_EQ(count(database), 0);
    EXPECT_FALSE(turn.is_open());
    ASSERT_TRUE(turn.write([&] { return add(database, "next turn"); }).has_value());
    ASSERT_TRUE(turn.finish().has_value());
    EXPECT_EQ(count(database), 1);
}

TEST(Turn, AFullDatabaseIsUnavailableAndTheNextTurnWorks) {
    Database database = notes();
    ASSERT_TRUE(database.execute("PRAGMA max_page_count = 20").has_value());
    Turn turn(database);
    const std::string large(200'000, 'x');

    ASSERT_TRUE(turn.write([&] { return add(database, "small"); }).has_value());
    const Result<void> full = turn.write([&] { return add(database, large); });
    const Result<void> finished = turn.finish();

    ASSERT_FALSE(full.has_value());
    EXPECT_EQ(full.error().code, ErrorCode::unavailable);
    // Whether SQLite undid the one statement or the whole turn is its choice; what the answers say
    // has to agree with what is stored.
    EXPECT_EQ(count(database), finished.has_value() ? 1 : 0);
    ASSERT_TRUE(turn.write([&] { return add(database, "after"); }).has_value());
    EXPECT_TRUE(turn.finish().has_value());
}

TEST(Turn, ALockedDatabaseIsUnavailable) {
    testing::TempFolder folder;
    Result<Database> ours = Database::open(folder / "x.db", Database::Mode::create);
    Result<Database> theirs = Database::open(folder / "x.db", Database::Mode::existing);
    ASSERT_TRUE(ours.has_value() && theirs.has_value());
    ASSERT_TRUE(ours->execute("PRAGMA busy_timeout = 1").has_value());
    ASSERT_TRUE(theirs->execute("BEGIN IMMEDIATE").has_value());
    Turn turn(*ours);

    const Result<void> refused = turn.write([]() -> Result<void> { return {}; });

    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
    EXPECT_FALSE(turn.is_open());
}

}  // namespace
}  // namespace posta::store
