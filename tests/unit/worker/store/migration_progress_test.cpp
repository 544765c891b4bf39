// A migration that takes long says that it gets on: who hears nothing for a minute kills it.

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/legacy_fixture.h"
#include "worker/store/migrate.h"
#include "worker/store/progress.h"
#include "worker/store/schema.h"
#include "worker/store/store.h"

namespace posta::store {
namespace {

using Mode = Database::Mode;

class MigrationProgress : public ::testing::Test {
protected:
    MigrationProgress() {
        const std::string folder = testing::legacy_scratch("migration") + "/arne";
        testing::copy_legacy("arne", folder);
        path_ = folder + "/inbox.db";
    }

    testing::FakeClock clock_;
    Log log_{clock_, "test", LogLevel::error, LogFormat::text};
    std::string path_;
};

TEST_F(MigrationProgress, IsToldOnlyWhenThereIsSomethingToDo) {
    int told = 0;
    const OnProgress on_progress = [&told] { ++told; };

    ASSERT_TRUE(Store::serve(path_, clock_, log_, on_progress));
    EXPECT_GT(told, kNewestVersion - 2) << "at least once for each version, and in the backup";

    told = 0;
    ASSERT_TRUE(Store::serve(path_, clock_, log_, on_progress));
    EXPECT_EQ(told, 0);
}

// Building an index over many rows is one statement.
TEST_F(MigrationProgress, IsToldInTheMidstOfAStatementToo) {
    Database database = Database::open(":memory:", Mode::create).value();
    int told = 0;
    const OnProgress on_progress = [&told] { ++told; };
    const std::string many =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500000)"
        " SELECT sum(i) FROM n";

    {
        const Progress watched(database, on_progress);
        ASSERT_TRUE(database.execute(many));
        EXPECT_GT(told, 2);
    }

    told = 0;
    ASSERT_TRUE(database.execute(many));
    EXPECT_EQ(told, 0);
}

// Between two versions nothing is open; who may not write meanwhile, was told in the midst of one.
TEST_F(MigrationProgress, IsToldInTheMidstOfAVersionOfManyMessages) {
    Database other = Database::open(path_, Mode::existing).value();
    ASSERT_TRUE(other.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"
        " INSERT INTO messages (direction, peer_url, message_id, payload, sent_at, status)"
        " SELECT 'in', 'https://a.example', 'many' || i, '1', 't', 'received' FROM n"));
    ASSERT_TRUE(other.execute("PRAGMA busy_timeout = 0"));
    int in_the_midst = 0;
    const OnProgress on_progress = [&] {
        if (other.execute("BEGIN IMMEDIATE")) {
            EXPECT_TRUE(other.execute("ROLLBACK"));
        } else {
            ++in_the_midst;
        }
    };

    ASSERT_TRUE(Store::serve(path_, clock_, log_, on_progress));

    EXPECT_GT(in_the_midst, 0);
}

}  // namespace
}  // namespace posta::store
