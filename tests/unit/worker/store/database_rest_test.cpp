#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temp_folder.h"
#include "worker/store/database.h"

namespace posta::store {
namespace {

class DatabaseAtRest : public ::testing::Test {
protected:
    Database open() const {
        Result<Database> database = Database::open(path_, Database::Mode::create);
        CHECK(database.has_value());
        return std::move(database).value();
    }

    static void write_pages(Database& database, int count) {
        const std::string rows = std::to_string(count);
        ASSERT_TRUE(database.execute("CREATE TABLE IF NOT EXISTS pages (bytes BLOB)"));
        ASSERT_TRUE(database.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + rows +
            ") INSERT INTO pages SELECT zeroblob(3500) FROM n"));
    }

    std::uintmax_t log_bytes() const { return std::filesystem::file_size(path_ + "-wal"); }

    static std::int64_t pages_in(Database& database) {
        Statement count(database, "SELECT count(*) FROM pages");
        Rows rows = count.run();
        EXPECT_TRUE(rows.next().value());
        return rows.integer(0);
    }

    testing::TempFolder folder_;
    std::string path_ = folder_.path() + "/some.db";
};

TEST_F(DatabaseAtRest, HasAnEmptyLog) {
    Database database = open();
    ASSERT_TRUE(database.expect_many_writes(256));
    write_pages(database, 10);
    ASSERT_GT(log_bytes(), 0U);

    database.rest();

    EXPECT_EQ(log_bytes(), 0U);
    write_pages(database, 10);
    EXPECT_EQ(pages_in(database), 20);
}

TEST_F(DatabaseAtRest, KeepsWhatSomebodyIsReading) {
    Database database = open();
    write_pages(database, 10);
    Database reader = open();
    ASSERT_TRUE(reader.execute("BEGIN"));
    ASSERT_EQ(pages_in(reader), 10);
    write_pages(database, 10);

    database.rest();

    EXPECT_GT(log_bytes(), 0U);
    EXPECT_EQ(pages_in(reader), 10);
    ASSERT_TRUE(reader.execute("COMMIT"));
    database.rest();
    EXPECT_EQ(log_bytes(), 0U);
}

TEST_F(DatabaseAtRest, IsNotWrittenBackMidwayWhenManyWritesAreExpected) {
    Database database = open();
    ASSERT_TRUE(database.expect_many_writes(256));

    write_pages(database, 2000);
    write_pages(database, 1);

    EXPECT_LT(std::filesystem::file_size(path_), 1'000'000U);
}

}  // namespace
}  // namespace posta::store
