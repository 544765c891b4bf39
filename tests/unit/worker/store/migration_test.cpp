#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/worker/store/migration_fixture.h"
#include "worker/store/migrate.h"
#include "worker/store/schema.h"
#include "worker/store/store.h"

namespace posta::store {
namespace {

TEST_F(Migration, LosesNoRowNoTokenAndNoSearchResultOfTheThreeLegacyDatabases) {
    for (const std::string slug : {"arne", "marcus", "tarald"}) {
        const std::string path = legacy(slug);
        auto before = [&] {
            Database database = open(path);
            return unchanging(database);
        }();
        ASSERT_FALSE(before["messages"].empty());
        EXPECT_FALSE(before["search"].empty());

        const std::unique_ptr<Store> store = migrated(path);
        ASSERT_TRUE(store);

        EXPECT_EQ(schema_version_of(store->database()).value(), kNewestVersion);
        EXPECT_TRUE(missing_columns(store->database(), kNewestVersion).value().empty());
        const auto after = unchanging(store->database());
        for (const auto& [part, rows] : before) EXPECT_EQ(rows, after.at(part)) << slug << part;
        EXPECT_TRUE(store->database().integrity_check().has_value());
        for (const auto& [name, token] : testing::legacy_tokens(slug)) {
            const bool works = store->tokens().find_by_token(token).value().has_value();
            EXPECT_EQ(works, name != "old-phone") << slug << " " << name;
        }
    }
}

TEST_F(Migration, ContactsThatDifferBySlashCaseOrPortBecomeTheOlderOne) {
    const std::unique_ptr<Store> store = migrated(legacy("arne"));
    ASSERT_TRUE(store);

    // Counted by hand in the fixture of the usual seed: 461+422, 453, 405+434, 396+429.
    EXPECT_EQ(rows_of(store->database(),
                      "SELECT peer_url, name, pinned, message_count, last_message_at, created_at,"
                      " last_read_row_id FROM contacts ORDER BY created_at"),
              (std::vector<std::string>{
                  "https://marcus.posta.no|Marcus|1|883|2026-05-09T12:59:00Z|"
                  "2026-05-07T11:00:00Z|0|",
                  "https://tarald.posta.no|Tarald|0|453|2026-05-09T12:58:00Z|"
                  "2026-05-07T11:02:00Z|0|",
                  "https://kari.example/inbox|Kari|0|839|2026-05-09T12:56:00Z|"
                  "2026-05-07T11:03:00Z|0|",
                  "https://bob.example|Bob|0|825|2026-05-09T12:47:00Z|2026-05-07T11:05:00Z|0|",
              }));
    EXPECT_EQ(
        rows_of(store->database(), "SELECT peer_url, count(*) FROM messages GROUP BY 1 ORDER BY 1"),
        (std::vector<std::string>{"https://bob.example|825|", "https://kari.example/inbox|839|",
                                  "https://marcus.posta.no|883|", "https://tarald.posta.no|453|"}));
}

TEST_F(Migration, RunningItTwiceChangesNothing) {
    const std::string path = legacy("arne");
    std::vector<std::string> first;
    {
        const std::unique_ptr<Store> store = migrated(path);
        first = everything(store->database());
    }
    const auto backup_time = std::filesystem::last_write_time(path + ".v2.bak");

    const std::unique_ptr<Store> store = migrated(path);

    EXPECT_EQ(everything(store->database()), first);
    EXPECT_EQ(std::filesystem::last_write_time(path + ".v2.bak"), backup_time);
}

TEST_F(Migration, TheBackupIsTheDatabaseOfBeforeAndStandsAlone) {
    const std::string path = legacy("arne");
    const auto before = [&] {
        Database database = open(path);
        return unchanging(database);
    }();

    migrated(path);

    const std::string backup = testing::legacy_scratch("backup") + "/alone.db";
    std::filesystem::copy(path + ".v2.bak", backup);
    Database copy = open(backup);
    EXPECT_EQ(schema_version_of(copy).value(), 2);
    EXPECT_EQ(unchanging(copy), before);
    struct stat status {};
    ASSERT_EQ(::stat((path + ".v2.bak").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600U);
    EXPECT_FALSE(std::filesystem::exists(path + ".v2.bak.tmp"));
}

TEST_F(Migration, ABackupThatIsThereIsKept) {
    const std::string path = legacy("tarald");
    std::ofstream(path + ".v2.bak") << "precious";

    migrated(path);

    std::ifstream file(path + ".v2.bak");
    std::string text;
    file >> text;
    EXPECT_EQ(text, "precious");
}

TEST_F(Migration, ADatabaseFromANewerVersionIsRefusedNamingBothNumbers) {
    const std::string path = legacy("tarald");
    change(path, "INSERT INTO schema_version VALUES (99, '2030-01-01T00:00:00Z')");

    const auto refused = Store::open(path, clock_, log_);

    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::invalid);
    EXPECT_NE(refused.error().message.find(
                  "has schema version 99, this posta-server knows versions up to 11"),
              std::string::npos)
        << refused.error().message;
    EXPECT_FALSE(std::filesystem::exists(path + ".v99.bak"));
}

TEST_F(Migration, TheSingleUserDaemonsOwnDatabaseOpensToo) {
    const std::string path = legacy("marcus");
    change(path,
           "DROP TABLE devices; DROP TABLE auth_tokens; DROP TABLE identity;"
           "DROP TABLE schema_version");

    const std::unique_ptr<Store> store = migrated(path);

    ASSERT_TRUE(store);
    EXPECT_EQ(rows_of(store->database(), "SELECT version FROM schema_version ORDER BY 1"),
              (std::vector<std::string>{"1|", "2|", "3|", "4|", "5|", "6|", "7|", "8|", "9|", "10|",
                                        "11|"}));
    EXPECT_EQ(rows_of(store->database(), "SELECT count(*) FROM messages"),
              std::vector<std::string>{"200|"});
    EXPECT_TRUE(std::filesystem::exists(path + ".v1.bak"));
}

TEST_F(Migration, EveryMissingColumnIsNamedAndNothingIsChanged) {
    const std::string path = legacy("tarald");
    change(path,
           "ALTER TABLE messages RENAME COLUMN raw_envelope TO raw;"
           "ALTER TABLE auth_tokens RENAME COLUMN last_seen_at TO seen; DROP TABLE devices");

    const auto refused = Store::open(path, clock_, log_);

    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::invalid);
    EXPECT_NE(refused.error().message.find("lacks auth_tokens.last_seen_at, devices (the whole "
                                           "table), messages.raw_envelope"),
              std::string::npos)
        << refused.error().message;
    Database database = open(path);
    EXPECT_EQ(schema_version_of(database).value(), 2);
}

TEST_F(Migration, ADatabaseOfSomethingElseIsRefused) {
    const std::string path = testing::legacy_scratch("other") + "/inbox.db";
    ASSERT_TRUE(Database::open(path, Database::Mode::create).has_value());
    change(path, "CREATE TABLE recipes (name TEXT)");

    const auto refused = Store::open(path, clock_, log_);

    ASSERT_FALSE(refused.has_value());
    EXPECT_NE(refused.error().message.find("is not a Posta database"), std::string::npos);
}

TEST_F(Migration, AUrlWithoutACanonicalFormStaysAsItIs) {
    const std::string path = legacy("tarald");
    change(path,
           "UPDATE messages SET peer_url = 'http://old.example' WHERE id = 1;"
           "UPDATE messages SET peer_url = 'typed.example/' WHERE id = 2");

    const std::unique_ptr<Store> store = migrated(path);

    EXPECT_EQ(rows_of(store->database(), "SELECT peer_url FROM messages ORDER BY id"),
              (std::vector<std::string>{"http://old.example|", "https://typed.example|",
                                        "https://arne.posta.no|"}));
}

TEST_F(Migration, TheOlderContactWinsAndIsFilledFromTheYounger) {
    const std::string path = legacy("tarald");
    change(path,
           "DELETE FROM contacts; INSERT INTO contacts (peer_url, name, about, pinned,"
           " message_count, last_message_at, created_at) VALUES"
           " ('https://k.example', 'Younger', 'about', 0, 2, '2026-05-09T10:00:00.500Z',"
           "  '2026-05-08T10:00:00Z'),"
           " ('https://K.example/', 'Older', '', 1, 3, '2026-05-09T10:00:00Z',"
           "  '2026-05-08T09:00:00Z')");

    const std::unique_ptr<Store> store = migrated(path);

    EXPECT_EQ(rows_of(store->database(),
                      "SELECT peer_url, name, about, pinned, message_count, last_message_at,"
                      " created_at FROM contacts"),
              std::vector<std::string>{"https://k.example|Older|about|1|5|"
                                       "2026-05-09T10:00:00.500Z|2026-05-08T09:00:00Z|"});
}

}  // namespace
}  // namespace posta::store
