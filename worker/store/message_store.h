#pragma once
// The messages of this identity, in and out, in the order in which they were stored.
//
// A payload is kept as the bytes that were sent. The text that full-text search sees is the body of
// a text message; other kinds are found by nothing.
//
// Writes join the turn's transaction when there is one; each is whole by itself otherwise. Search
// finds a text once the turn has committed.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "worker/store/database.h"
#include "worker/store/turn.h"

namespace posta::store {

// Names of states as they are stored and shown (client-api.md).
namespace state {
inline constexpr std::string_view kReceived = "received";
inline constexpr std::string_view kPending = "pending";
inline constexpr std::string_view kSending = "sending";
inline constexpr std::string_view kDelivered = "delivered";
inline constexpr std::string_view kFailedPermanent = "failed-permanent";
inline constexpr std::string_view kFailedPendingUser = "failed-pending-user";
}  // namespace state

struct Message {
    std::int64_t row_id = 0;
    std::string id;
    std::string peer;  // canonical
    bool outbound = false;
    std::string payload;      // JSON
    std::string in_reply_to;  // empty: none
    std::string state;
    int attempts = 0;
    // RFC 3339; empty: never.
    std::string next_attempt_at;
    std::string sent_at;
    std::string received_at;
    std::string last_error_code;
};

class MessageStore {
public:
    MessageStore(Database& database, Turn& turn) : database_(database), turn_(turn) {}

    struct Inbound {
        std::string_view id;
        std::string_view sender;
        std::string_view in_reply_to;
        std::string_view payload;
        std::string_view key_id;
        std::string_view body;       // the envelope as it was signed
        std::string_view signature;  // 64 bytes
        std::string_view sent_at;
        std::string_view received_at;
    };
    // The row, or nothing when a message of this sender with this id is there already.
    Result<std::optional<std::int64_t>> add_inbound(const Inbound& message);

    struct Outbound {
        std::string_view id;
        std::string_view recipient;
        std::string_view in_reply_to;
        std::string_view payload;
        std::string_view queued_at;
    };
    // Queued as `pending`; the row.
    Result<std::int64_t> add_outbound(const Outbound& message);

    Result<std::optional<Message>> find(std::int64_t row_id);

    // A stretch of the conversation with `peer` (all peers when empty), oldest first: the last ones
    // before a row, or the first ones after it, or the last ones of all.
    struct Range {
        std::string_view peer;
        std::optional<std::int64_t> before;
        std::optional<std::int64_t> after;
        int limit = 50;
        // Of payloads; a page ends behind the message that reaches it. One fits always.
        std::size_t most_bytes = std::numeric_limits<std::size_t>::max();
    };
    struct Page {
        std::vector<Message> messages;
        bool has_more = false;  // in the direction that was asked for
    };
    Result<Page> page(const Range& range);

private:
    Result<bool> has_inbound(std::string_view sender, std::string_view id);
    Result<void> index_text(std::int64_t row_id, std::string text);

    Database& database_;
    Turn& turn_;
    Statement add_inbound_{
        database_,
        "INSERT INTO messages (direction, peer_url, message_id, in_reply_to, payload, body_text,"
        " key_id, raw_envelope, signature, sent_at, received_at, status)"
        " VALUES ('in', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'received')"};
    Statement has_inbound_{database_,
                           "SELECT 1 FROM messages"
                           " WHERE direction = 'in' AND peer_url = ? AND message_id = ?"};
    Statement add_outbound_{
        database_,
        "INSERT INTO messages (direction, peer_url, message_id, in_reply_to, payload, body_text,"
        " sent_at, status) VALUES ('out', ?, ?, ?, ?, ?, ?, 'pending')"};
    Statement index_text_{database_, "INSERT INTO messages_fts (rowid, body_text) VALUES (?, ?)"};
    Statement find_{database_,
                    "SELECT id, message_id, peer_url, direction, payload, in_reply_to, status,"
                    " attempts, next_attempt_at, sent_at, received_at, last_error_code"
                    " FROM messages WHERE id = ?"};
    Statement before_{database_,
                      "SELECT id, message_id, peer_url, direction, payload, in_reply_to, status,"
                      " attempts, next_attempt_at, sent_at, received_at, last_error_code"
                      " FROM messages WHERE id < ? ORDER BY id DESC LIMIT ?"};
    Statement after_{database_,
                     "SELECT id, message_id, peer_url, direction, payload, in_reply_to, status,"
                     " attempts, next_attempt_at, sent_at, received_at, last_error_code"
                     " FROM messages WHERE id > ? ORDER BY id LIMIT ?"};
    Statement before_with_peer_{
        database_,
        "SELECT id, message_id, peer_url, direction, payload, in_reply_to, status,"
        " attempts, next_attempt_at, sent_at, received_at, last_error_code"
        " FROM messages WHERE peer_url = ? AND id < ? ORDER BY id DESC LIMIT ?"};
    Statement after_with_peer_{
        database_,
        "SELECT id, message_id, peer_url, direction, payload, in_reply_to, status,"
        " attempts, next_attempt_at, sent_at, received_at, last_error_code"
        " FROM messages WHERE peer_url = ? AND id > ? ORDER BY id LIMIT ?"};
};

// What full-text search sees of a payload: the body of a posta.text/v1, else nothing. Pure.
std::string searchable_text(std::string_view payload);

}  // namespace posta::store
