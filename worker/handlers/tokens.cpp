#include "worker/handlers/tokens.h"

#include <charconv>

#include "common/json/write.h"
#include "worker/app.h"
#include "worker/http/error_answer.h"

namespace posta::worker {

namespace {

std::optional<std::int64_t> row_id(std::string_view text) {
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc() || end != text.data() + text.size() || id <= 0) return std::nullopt;
    return id;
}

}  // namespace

Result<Response> get_tokens(App& app, const Request& request) {
    const std::vector<store::Token> tokens = TRY(app.store().tokens().list());
    json::Writer out;
    out.begin_object().key("tokens").begin_array();
    for (const store::Token& token : tokens) {
        if (!token.is_active()) continue;
        out.begin_object()
            .member("id", token.id)
            .member("name", token.name)
            .member("createdAt", token.created_at)
            .member("lastSeenAt", token.last_seen_at)
            .member("current", token.id == request.caller->token_id)
            .end_object();
    }
    out.end_array().end_object();
    return Response::json(std::move(out).text());
}

Result<Response> delete_token(App& app, const Request& request) {
    const std::optional<std::int64_t> id = row_id(request.parameters.at(0));
    const std::int64_t revoked = id ? TRY(app.store().tokens().revoke(*id)) : 0;
    if (revoked == 0) return error_answer(404, "not-found", "there is no such active token");
    app.store().turn().after_commit([&app, id = *id] { app.events().end_streams_of(id); });
    return Response::empty(204);
}

}  // namespace posta::worker
