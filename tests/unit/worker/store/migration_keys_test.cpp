// What a migration makes of messages that have one key, and of indexes that are not ours.

#include "tests/unit/worker/store/migration_fixture.h"
#include "worker/store/migrate.h"

namespace posta::store {
namespace {

std::vector<std::string> messages_of(Store& store) {
    return rows_of(store.database(),
                   "SELECT id, direction, peer_url, message_id, payload, status, last_error_code"
                   " FROM messages ORDER BY id");
}

// The names of legacy indexes are as much our reconstruction as those of columns (files.md).
TEST_F(Migration, IndexesOfOtherNamesAreInNobodysWay) {
    const std::string path = legacy("marcus");
    change(path,
           "DROP INDEX messages_dedup; DROP INDEX messages_thread; DROP INDEX messages_outbox;"
           "CREATE UNIQUE INDEX own_key ON messages (peer_url, direction, message_id);"
           "CREATE INDEX own_thread ON messages (peer_url, id)");

    const std::unique_ptr<Store> store = migrated(path);

    ASSERT_TRUE(store);
    EXPECT_EQ(rows_of(store->database(), "SELECT count(*) FROM messages"),
              std::vector<std::string>{"200|"});
    EXPECT_TRUE(store->database().integrity_check().has_value());
}

TEST_F(Migration, MessagesThatGetOneKeyAreAllKept) {
    const std::string path = legacy("tarald");
    change(path,
           "DELETE FROM messages; DELETE FROM contacts;"
           "INSERT INTO messages (id, direction, peer_url, message_id, payload, sent_at, status)"
           " VALUES (1, 'in',  'https://a.example/',    'M', '1', 't', 'received'),"
           "        (2, 'in',  'https://a.example',     'M', '2', 't', 'received'),"
           "        (3, 'in',  'https://A.example:443', 'M', '3', 't', 'received'),"
           "        (4, 'in',  'https://a.example',     'M~3', '4', 't', 'received'),"
           "        (5, 'out', 'https://a.example',     'M', '5', 't', 'pending'),"
           "        (6, 'out', 'https://a.example/',    'M', '6', 't', 'pending'),"
           "        (7, 'in',  'https://b.example',     'M', '7', 't', 'received')");

    const std::unique_ptr<Store> store = migrated(path);

    ASSERT_TRUE(store);
    EXPECT_EQ(messages_of(*store),
              (std::vector<std::string>{
                  "1|in|https://a.example|M|1|received||",
                  "2|in|https://a.example|M~2|2|received||",
                  "3|in|https://a.example|M~3~|3|received||",
                  "4|in|https://a.example|M~3|4|received||",
                  "5|out|https://a.example|M|5|pending||",
                  "6|out|https://a.example|M~6|6|failed-permanent|duplicate-id|",
                  "7|in|https://b.example|M|7|received||",
              }));
}

TEST_F(Migration, MessagesThatHaveOneKeyBecauseNoIndexForbadeItAreAllKeptToo) {
    const std::string path = legacy("tarald");
    change(path,
           "DROP INDEX messages_dedup; DELETE FROM messages; DELETE FROM contacts;"
           "INSERT INTO messages (id, direction, peer_url, message_id, payload, sent_at, status)"
           " VALUES (1, 'in',  'https://a.example',  'M',   '1', 't', 'received'),"
           "        (2, 'in',  'https://a.example',  'M',   '2', 't', 'received'),"
           "        (3, 'in',  'https://a.example',  'M~2', '3', 't', 'received'),"
           "        (4, 'out', 'https://a.example',  'M',   '4', 't', 'delivered'),"
           "        (5, 'out', 'https://a.example',  'M',   '5', 't', 'pending'),"
           "        (6, 'in',  'https://A.example/', 'M',   '6', 't', 'received')");

    const std::unique_ptr<Store> store = migrated(path);

    ASSERT_TRUE(store);
    EXPECT_EQ(messages_of(*store),
              (std::vector<std::string>{
                  "1|in|https://a.example|M|1|received||",
                  "2|in|https://a.example|M~2~|2|received||",
                  "3|in|https://a.example|M~2|3|received||",
                  "4|out|https://a.example|M|4|delivered||",
                  "5|out|https://a.example|M~5|5|failed-permanent|duplicate-id|",
                  "6|in|https://a.example|M~6|6|received||",
              }));
}

// As an earlier build left it, which did not look at version 6.
TEST_F(Migration, MessagesThatHaveOneKeyAtVersionTenAreAllKeptToo) {
    const std::string path = testing::legacy_scratch("keys") + "/inbox.db";
    {
        Database database = Database::open(path, Database::Mode::create).value();
        ASSERT_TRUE(apply_plain_migrations(database, 10));
    }
    change(path,
           "INSERT INTO schema_version (version, applied_at) VALUES (10, '');"
           "DROP INDEX messages_dedup;"
           // Unique, but not in these three alone.
           "CREATE UNIQUE INDEX own ON messages (direction, peer_url, message_id, abs(id));"
           "INSERT INTO messages (id, direction, peer_url, message_id, payload, sent_at, status)"
           " VALUES (1, 'in', 'https://a.example', 'M', '1', 't', 'received'),"
           "        (2, 'in', 'https://a.example', 'M', '2', 't', 'received')");

    const std::unique_ptr<Store> store = migrated(path);

    ASSERT_TRUE(store);
    EXPECT_EQ(messages_of(*store), (std::vector<std::string>{
                                       "1|in|https://a.example|M|1|received||",
                                       "2|in|https://a.example|M~2|2|received||",
                                   }));
}

}  // namespace
}  // namespace posta::store
