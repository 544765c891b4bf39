#include "worker/store/message_store.h"

#include <algorithm>
#include <limits>

#include "common/json/parse.h"

namespace posta::store {
namespace {

constexpr std::string_view kTextKind = "posta.text/v1";

Message message_in(const Rows& rows) {
    Message message;
    message.row_id = rows.integer(0);
    message.id = rows.text(1);
    message.peer = rows.text(2);
    message.outbound = rows.bytes(3) == "out";
    message.payload = rows.text(4);
    message.in_reply_to = rows.text(5);
    message.state = rows.text(6);
    message.attempts = static_cast<int>(rows.integer(7));
    message.next_attempt_at = rows.text(8);
    message.sent_at = rows.text(9);
    message.received_at = rows.text(10);
    message.last_error_code = rows.text(11);
    return message;
}

// The first `limit` of them, or fewer when their payloads come to `most_bytes` before.
Result<MessageStore::Page> some_of(Rows rows, int limit, std::size_t most_bytes) {
    MessageStore::Page page;
    std::size_t bytes = 0;
    bool more = TRY(rows.next());
    while (more && static_cast<int>(page.messages.size()) < limit && bytes < most_bytes) {
        page.messages.push_back(message_in(rows));
        bytes += page.messages.back().payload.size();
        more = TRY(rows.next());
    }
    page.has_more = more;
    return page;
}

}  // namespace

std::string searchable_text(std::string_view payload) {
    const auto parsed = json::parse(payload);
    if (!parsed) return {};
    const json::Value* kind = parsed->find("kind");
    const json::Value* body = parsed->find("body");
    const bool is_text = kind != nullptr && kind->string() == kTextKind && body != nullptr;
    return is_text ? std::string(body->string().value_or("")) : std::string();
}

// Asked first: an INSERT that finds its twin writes all the same (the row id's sequence), and to
// say that a message is there already must work on a full disk too.
Result<bool> MessageStore::has_inbound(std::string_view sender, std::string_view id) {
    Rows rows = has_inbound_.run({sender, id});
    return rows.next();
}

Result<std::optional<std::int64_t>> MessageStore::add_inbound(const Inbound& message) {
    const bool known = TRY(has_inbound(message.sender, message.id));
    if (known) return std::optional<std::int64_t>();
    std::string text = searchable_text(message.payload);
    TRY(add_inbound_.execute({message.sender, message.id, message.in_reply_to, message.payload,
                              text, message.key_id, Blob{message.body}, Blob{message.signature},
                              message.sent_at, message.received_at}));
    const std::int64_t row_id = database_.last_insert_row_id();
    TRY(index_text(row_id, std::move(text)));
    return std::optional(row_id);
}

Result<std::int64_t> MessageStore::add_outbound(const Outbound& message) {
    std::string text = searchable_text(message.payload);
    TRY(add_outbound_.execute({message.recipient, message.id, message.in_reply_to, message.payload,
                               text, message.queued_at}));
    const std::int64_t row_id = database_.last_insert_row_id();
    TRY(index_text(row_id, std::move(text)));
    return row_id;
}

// The index takes its text from the table, but is told of each row. Told at the turn's end: at each
// savepoint FTS5 writes out what it has gathered, so in the midst of handlers every message would
// become a segment of its own, all to be merged later.
Result<void> MessageStore::index_text(std::int64_t row_id, std::string text) {
    return turn_.before_commit([this, row_id, text = std::move(text)]() -> Result<void> {
        TRY(index_text_.execute({row_id, text}));
        return {};
    });
}

Result<std::optional<Message>> MessageStore::find(std::int64_t row_id) {
    Rows rows = find_.run({row_id});
    const bool found = TRY(rows.next());
    if (!found) return std::optional<Message>();
    return std::optional(message_in(rows));
}

Result<MessageStore::Page> MessageStore::page(const Range& range) {
    const bool forward = range.after.has_value();
    const std::int64_t edge =
        forward ? *range.after : range.before.value_or(std::numeric_limits<std::int64_t>::max());
    const int one_more = range.limit + 1;  // tells whether there is more
    Rows rows =
        range.peer.empty()
            ? (forward ? after_ : before_).run({edge, one_more})
            : (forward ? after_with_peer_ : before_with_peer_).run({range.peer, edge, one_more});
    Page page = TRY(some_of(std::move(rows), range.limit, range.most_bytes));
    if (!forward) std::reverse(page.messages.begin(), page.messages.end());
    return page;
}

}  // namespace posta::store
