#include "worker/store/summary.h"

#include "worker/store/schema.h"

namespace posta::store {
namespace {

Result<std::int64_t> count(Database& database, std::string_view sql) {
    Statement select(database, sql);
    Rows rows = select.run();
    const bool found = TRY(rows.next());
    return found ? rows.integer(0) : 0;
}

Result<void> read_server_tables(Database& database, Summary& summary) {
    Statement select(database, "SELECT url, name FROM identity WHERE id = 1");
    Rows rows = select.run();
    const bool found = TRY(rows.next());
    if (found) {
        summary.url = rows.text(0);
        summary.name = rows.text(1);
    }
    summary.tokens_active =
        TRY(count(database, "SELECT count(*) FROM auth_tokens WHERE revoked_at = ''"));
    summary.tokens_revoked =
        TRY(count(database, "SELECT count(*) FROM auth_tokens WHERE revoked_at <> ''"));
    return {};
}

}  // namespace

Result<Summary> summarise(Database& database) {
    Summary summary;
    summary.version = TRY(schema_version_of(database));
    summary.messages_in =
        TRY(count(database, "SELECT count(*) FROM messages WHERE direction = 'in'"));
    summary.messages_out =
        TRY(count(database, "SELECT count(*) FROM messages WHERE direction = 'out'"));
    summary.contacts = TRY(count(database, "SELECT count(*) FROM contacts"));
    if (summary.version >= 2) TRY(read_server_tables(database, summary));

    Statement states(database,
                     "SELECT status, count(*) FROM messages WHERE direction = 'out'"
                     " GROUP BY status ORDER BY status");
    Rows rows = states.run();
    bool more = TRY(rows.next());
    while (more) {
        summary.outbox.emplace_back(rows.text(0), rows.integer(1));
        more = TRY(rows.next());
    }
    return summary;
}

Result<void> check_search_index(Database& database) {
    const Savepoint undone = TRY(Savepoint::begin(database));
    // Rank 1 also compares with the content table.
    const Result<void> checked = database.execute(
        "INSERT INTO messages_fts (messages_fts, rank) VALUES ('integrity-check', 1)");
    if (checked) return {};
    return Error{ErrorCode::conflict, "the full-text index does not match the messages"};
}

}  // namespace posta::store
