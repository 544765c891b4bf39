#include "worker/handlers/messages.h"

#include <sodium.h>

#include <charconv>

#include "common/json/write.h"
#include "worker/app.h"
#include "worker/envelope/wire.h"
#include "worker/handlers/message_json.h"
#include "worker/handlers/peer_input.h"
#include "worker/http/error_answer.h"
#include "worker/http/json_body.h"
#include "worker/outbox/draft.h"

namespace posta::worker {

namespace {

constexpr int kDefaultLimit = 50;
constexpr int kMaxLimit = 200;
constexpr std::size_t kMaxIdempotencyKeyBytes = 255;

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

Response bad_request(std::string_view message) { return error_answer(400, "bad-request", message); }

// Sets `number` when the query has that parameter; false when it is no number.
bool take_number(const Request& request, std::string_view name,
                 std::optional<std::int64_t>& number) {
    const auto text = request.parameter(name);
    if (!text) return true;
    number = whole_number(*text);
    return number.has_value();
}

// What stays of a request body under an Idempotency-Key.
std::string hash_of(std::string_view bytes) {
    std::string hash(crypto_hash_sha256_BYTES, '\0');
    crypto_hash_sha256(reinterpret_cast<unsigned char*>(hash.data()),
                       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    return hash;
}

Response queued_answer(std::int64_t row_id, std::string_view id, std::string_view state) {
    json::Writer out;
    out.begin_object().member("rowId", row_id).member("id", id).member("state", state);
    out.end_object();
    return Response::with(202, kJson, std::move(out).text());
}

// The body of a POST; the error is the answer to give.
Result<Draft, Response> read_draft(const Request& request, std::string_view own_url) {
    const json::Value body = TRY(read_object(request.body, {"peer", "payload", "inReplyTo"}));
    const json::Value* peer = body.find("peer");
    const json::Value* payload = body.find("payload");
    const json::Value* in_reply_to = body.find("inReplyTo");
    if (peer == nullptr || !peer->string()) return bad_request("peer must be a string");
    if (payload == nullptr) return bad_request("payload is missing");
    if (in_reply_to != nullptr && !in_reply_to->string()) {
        return bad_request("inReplyTo must be a string");
    }
    Draft draft;
    draft.peer = TRY(read_peer(*peer->string()));
    draft.payload = payload->raw();
    if (in_reply_to != nullptr) draft.in_reply_to = *in_reply_to->string();
    if (draft.in_reply_to.size() > wire::kMaxInReplyToBytes) {
        return bad_request("inReplyTo must be at most 256 bytes");
    }
    if (!has_acceptable_payload(draft)) return bad_request("the url of a link must be https");
    if (!fits_envelope(draft, own_url)) {
        return error_answer(413, "too-large", "the message would be over 65536 bytes");
    }
    return draft;
}

// The answer to a request that was made before under this key; nothing when it was not.
Result<std::optional<Response>> earlier_answer(App& app, const Request& request,
                                               std::string_view key, std::string_view hash) {
    const auto earlier = TRY(app.store().idempotency().find(request.caller->token_id, key));
    if (!earlier) return std::optional<Response>();
    if (earlier->payload_hash != hash) {
        return std::optional(error_answer(409, "idempotency-mismatch",
                                          "this Idempotency-Key came with another body before"));
    }
    const auto message = TRY(app.store().messages().find(earlier->row_id));
    if (!message) return std::optional<Response>();
    return std::optional(queued_answer(message->row_id, message->id, store::state::kPending));
}

}  // namespace

Result<Response> get_messages(App& app, const Request& request) {
    store::MessageStore::Range range;
    std::optional<std::int64_t> limit = kDefaultLimit;
    const bool numbers = take_number(request, "before", range.before) &&
                         take_number(request, "after", range.after) &&
                         take_number(request, "limit", limit);
    if (!numbers || *limit < 1) return bad_request("before, after and limit must be whole numbers");
    if (range.before && range.after) return bad_request("before and after exclude each other");
    range.limit = static_cast<int>(std::min<std::int64_t>(*limit, kMaxLimit));

    range.most_bytes = app.most_bytes_of_a_page();
    std::string peer;
    if (const auto given = request.parameter("peer")) {
        auto canonical = read_peer(*given);
        if (!canonical) return std::move(canonical).error();
        peer = std::move(canonical).value();
    }
    range.peer = peer;
    const auto page = TRY(app.store().messages().page(range));

    json::Writer out;
    out.begin_object().key("messages").begin_array();
    for (const store::Message& message : page.messages) write_message(out, message);
    out.end_array().member("hasMore", page.has_more).end_object();
    return Response::json(std::move(out).text());
}

Result<Response> post_message(App& app, const Request& request) {
    auto draft = read_draft(request, app.url());
    if (!draft) return std::move(draft).error();
    const std::string key = request.field("Idempotency-Key");
    if (key.size() > kMaxIdempotencyKeyBytes) {
        return bad_request("Idempotency-Key must be at most 255 bytes");
    }
    const std::string hash = hash_of(request.body);
    if (!key.empty()) {
        auto earlier = TRY(earlier_answer(app, request, key, hash));
        if (earlier) return *std::move(earlier);
    }
    const QueuedDraft queued = TRY(enqueue(app.store(), *draft, app.clock().now()));
    if (!key.empty()) {
        TRY(app.store().idempotency().remember(request.caller->token_id, key, queued.row_id, hash));
    }
    if (queued.is_new_contact) TRY(app.events().announce(contact_changed_event(draft->peer)));
    TRY(app.events().announce(
        outbound_event({queued.row_id, queued.id, draft->peer, store::state::kPending, ""})));
    app.store().turn().after_commit([&app, peer = draft->peer, is_new = queued.is_new_contact] {
        app.outbox().wake(peer);
        if (is_new) app.meet(peer);
    });
    return queued_answer(queued.row_id, queued.id, store::state::kPending);
}

Result<Response> post_message_retry(App& app, const Request& request) {
    const auto row_id = whole_number(request.parameters.at(0));
    const auto message =
        row_id ? TRY(app.store().messages().find(*row_id)) : std::optional<store::Message>();
    if (!message || !message->outbound) {
        return error_answer(404, "not-found", "there is no such message of yours");
    }
    const bool again = TRY(app.store().outbox().retry(message->row_id));
    if (!again) {
        return error_answer(409, "not-retryable", "only a message that failed is tried again");
    }
    TRY(app.events().announce(outbound_event({message->row_id, message->id, message->peer,
                                              store::state::kPending, message->last_error_code})));
    app.store().turn().after_commit([&app, peer = message->peer] { app.outbox().hurry(peer); });
    return queued_answer(message->row_id, message->id, store::state::kPending);
}

}  // namespace posta::worker
