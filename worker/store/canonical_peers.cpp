#include "worker/store/canonical_peers.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/rfc3339.h"
#include "common/url/canonical.h"
#include "worker/store/message_keys.h"

namespace posta::store {
namespace {

struct Respelling {
    std::string from;
    std::string to;
};

Result<std::vector<Respelling>> find_respellings(Database& database, Log& log,
                                                 PeerChanges& changes) {
    Statement list(database, "SELECT peer_url FROM messages UNION SELECT peer_url FROM contacts");
    Rows rows = list.run();
    std::vector<Respelling> respellings;
    bool more = TRY(rows.next());
    while (more) {
        std::string from = rows.text(0);
        const Result<std::string, url::Rejection> to = url::canonicalise_typed(from);
        if (!to) {
            ++changes.unusable_urls;
            log.warn("peer URL has no canonical form and stays as it is",
                     {{"peer", from}, {"why", url::name_of(to.error())}});
        } else if (*to != from) {
            respellings.push_back({std::move(from), *to});
        }
        more = TRY(rows.next());
    }
    return respellings;
}

struct LeftBehind {
    std::int64_t row_id;
    std::string direction;
    std::string message_id;
};

class MessageRespeller {
public:
    MessageRespeller(Database& database, Log& log) : database_(database), parter_(database, log) {}

    // How many message ids had to change.
    Result<std::int64_t> respell(const Respelling& respelling) {
        TRY(move_all_.execute({respelling.to, respelling.from}));
        const std::vector<LeftBehind> left = TRY(left_behind(respelling.from));
        for (const LeftBehind& message : left) TRY(part(message, respelling));
        return static_cast<std::int64_t>(left.size());
    }

private:
    Result<std::vector<LeftBehind>> left_behind(const std::string& peer) {
        Rows rows = of_peer_.run({peer});
        std::vector<LeftBehind> messages;
        bool more = TRY(rows.next());
        while (more) {
            messages.push_back({rows.integer(0), rows.text(1), rows.text(2)});
            more = TRY(rows.next());
        }
        return messages;
    }

    // `message` and the row that holds its key under the canonical URL.
    Result<void> part(const LeftBehind& message, const Respelling& respelling) {
        const MessageKey key{message.direction, respelling.to, message.message_id};
        const std::optional<std::int64_t> holder = TRY(parter_.find(key));
        CHECK(holder.has_value());
        TRY(parter_.part(message.row_id, *holder, key, respelling.from));
        TRY(move_one_.execute({respelling.to, message.row_id}));
        return {};
    }

    Database& database_;
    MessageParter parter_;
    // IGNORE leaves the rows behind whose key is taken.
    Statement move_all_{database_, "UPDATE OR IGNORE messages SET peer_url = ? WHERE peer_url = ?"};
    Statement move_one_{database_, "UPDATE messages SET peer_url = ? WHERE id = ?"};
    Statement of_peer_{database_,
                       "SELECT id, direction, message_id FROM messages WHERE peer_url = ?"
                       " ORDER BY id"};
};

struct ContactRow {
    std::int64_t row_id = 0;
    std::string peer_url, name, about, avatar, kind, last_message_at, created_at;
    std::int64_t pinned = 0, message_count = 0, last_read_row_id = 0;
};

// Legacy times have no milliseconds and ours do, so they do not compare as text.
bool is_earlier(const std::string& left, const std::string& right) {
    const std::optional<WallTime> left_time = parse_time(left);
    const std::optional<WallTime> right_time = parse_time(right);
    if (left_time && right_time) return *left_time < *right_time;
    return left < right;
}

bool is_older(const ContactRow& left, const ContactRow& right) {
    if (is_earlier(left.created_at, right.created_at)) return true;
    if (is_earlier(right.created_at, left.created_at)) return false;
    return left.row_id < right.row_id;
}

ContactRow folded(ContactRow older, const ContactRow& younger) {
    const auto fill = [](std::string& mine, const std::string& other) {
        if (mine.empty()) mine = other;
    };
    fill(older.name, younger.name);
    fill(older.about, younger.about);
    fill(older.avatar, younger.avatar);
    fill(older.kind, younger.kind);
    if (is_earlier(older.last_message_at, younger.last_message_at))
        older.last_message_at = younger.last_message_at;
    older.pinned = std::max(older.pinned, younger.pinned);
    older.message_count += younger.message_count;
    older.last_read_row_id = std::max(older.last_read_row_id, younger.last_read_row_id);
    return older;
}

class ContactRespeller {
public:
    ContactRespeller(Database& database, Log& log) : database_(database), log_(log) {}

    // True when two contacts became one.
    Result<bool> respell(const Respelling& respelling) {
        const std::optional<ContactRow> moving = TRY(find(respelling.from));
        if (!moving) return false;
        const std::optional<ContactRow> present = TRY(find(respelling.to));
        if (!present) {
            TRY(move_.execute({respelling.to, moving->row_id}));
            return false;
        }
        const bool moving_stays = is_older(*moving, *present);
        const ContactRow& older = moving_stays ? *moving : *present;
        const ContactRow& younger = moving_stays ? *present : *moving;
        TRY(remove_.execute({younger.row_id}));
        TRY(write(folded(older, younger), respelling.to));
        log_.info(
            "contacts merged",
            {{"kept", older.peer_url}, {"merged", younger.peer_url}, {"peer", respelling.to}});
        return true;
    }

private:
    Result<std::optional<ContactRow>> find(const std::string& peer) {
        Rows rows = by_url_.run({peer});
        const bool found = TRY(rows.next());
        if (!found) return std::optional<ContactRow>{};
        ContactRow row;
        row.row_id = rows.integer(0);
        row.peer_url = rows.text(1);
        row.name = rows.text(2);
        row.about = rows.text(3);
        row.avatar = rows.text(4);
        row.kind = rows.text(5);
        row.last_message_at = rows.text(6);
        row.created_at = rows.text(7);
        row.pinned = rows.integer(8);
        row.message_count = rows.integer(9);
        row.last_read_row_id = rows.integer(10);
        return std::optional<ContactRow>(std::move(row));
    }

    Result<void> write(const ContactRow& row, const std::string& peer) {
        TRY(rewrite_.execute({peer, row.name, row.about, row.avatar, row.kind, row.last_message_at,
                              row.pinned, row.message_count, row.last_read_row_id, row.row_id}));
        return {};
    }

    Database& database_;
    Log& log_;
    Statement by_url_{database_,
                      "SELECT rowid, peer_url, name, about, avatar, kind, last_message_at,"
                      " created_at, pinned, message_count, last_read_row_id FROM contacts"
                      " WHERE peer_url = ?"};
    Statement move_{database_, "UPDATE contacts SET peer_url = ? WHERE rowid = ?"};
    Statement remove_{database_, "DELETE FROM contacts WHERE rowid = ?"};
    Statement rewrite_{database_,
                       "UPDATE contacts SET peer_url = ?, name = ?, about = ?, avatar = ?,"
                       " kind = ?, last_message_at = ?, pinned = ?, message_count = ?,"
                       " last_read_row_id = ? WHERE rowid = ?"};
};

}  // namespace

Result<PeerChanges> make_peers_canonical(Database& database, Log& log) {
    PeerChanges changes;
    changes.renamed_messages = TRY(make_message_keys_unique(database, log));
    const std::vector<Respelling> respellings = TRY(find_respellings(database, log, changes));
    MessageRespeller messages(database, log);
    ContactRespeller contacts(database, log);
    for (const Respelling& respelling : respellings) {
        changes.renamed_messages += TRY(messages.respell(respelling));
        const bool merged = TRY(contacts.respell(respelling));
        if (merged) ++changes.merged_contacts;
    }
    changes.respelled_urls = static_cast<std::int64_t>(respellings.size());
    return changes;
}

}  // namespace posta::store
