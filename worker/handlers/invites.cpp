#include "worker/handlers/invites.h"

#include <algorithm>

#include "common/json/write.h"
#include "worker/app.h"
#include "worker/http/error_answer.h"
#include "worker/http/json_body.h"

namespace posta::worker {

namespace {

constexpr std::size_t kMaxDeviceName = 128;  // bytes

// One answer for used, expired, revoked and never made: a stranger learns nothing by trying.
Response invite_invalid() {
    return error_answer(410, "invite-invalid", "this invite was used, has expired, or never was");
}

void write_identity(json::Writer& out, const PublicIdentity& identity) {
    out.key("identity")
        .begin_object()
        .member("url", identity.url)
        .member("name", identity.name)
        .end_object();
}

bool is_device_name(std::string_view name) {
    const bool printable = std::none_of(name.begin(), name.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
    return printable && name.size() <= kMaxDeviceName &&
           name.find_first_not_of(' ') != std::string_view::npos;
}

}  // namespace

Result<Response> get_invite_info(App& app, const Request& request) {
    const std::optional<store::Invite> invite =
        TRY(app.store().invites().find_open(request.parameter("invite").value_or("")));
    if (!invite) return invite_invalid();
    const PublicIdentity* identity = TRY(app.portrait().identity());

    json::Writer out;
    out.begin_object();
    write_identity(out, *identity);
    out.member("deviceName", invite->device_hint)
        .member("expiresAt", invite->expires_at)
        .end_object();
    return Response::json(std::move(out).text());
}

Result<Response> post_invite_redeem(App& app, const Request& request) {
    const auto body = read_object(request.body, {"invite", "deviceName"});
    if (!body) return body.error();
    const json::Value* invite = body->find("invite");
    const json::Value* name = body->find("deviceName");
    if (invite == nullptr || !invite->string() || name == nullptr || !name->string())
        return error_answer(400, "bad-request", "invite and deviceName must be strings");
    if (!is_device_name(*name->string()))
        return error_answer(400, "bad-request",
                            "deviceName must be 1 to 128 bytes of text on one line");

    const auto created = TRY(app.store().invites().redeem(*invite->string(), *name->string()));
    if (!created) return invite_invalid();
    const PublicIdentity* identity = TRY(app.portrait().identity());

    json::Writer out;
    out.begin_object().member("token", created->secret);
    write_identity(out, *identity);
    out.member("deviceName", created->token.name).end_object();
    return Response::json(std::move(out).text());
}

}  // namespace posta::worker
