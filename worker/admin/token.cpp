#include "worker/admin/token.h"

#include "common/base/text_table.h"
#include "common/command.h"
#include "common/json/write.h"
#include "common/url/canonical.h"
#include "worker/admin/inbox_command.h"
#include "worker/admin/workplace.h"

namespace posta::worker {
namespace {

using Created = store::TokenStore::Created;

Result<std::int64_t> revoke(store::Store& inbox, const std::string& name) {
    const std::int64_t revoked = TRY(inbox.tokens().revoke_by_name(name));
    if (revoked == 0)
        return Error{ErrorCode::not_found, "no active token is named \"" + printable(name) +
                                               "\" (posta-server token list shows them)"};
    return revoked;
}

void show_token(const Tenant& tenant, const Created& created, const Options& options) {
    const std::string uri = pairing_uri(tenant.identity.url, created.secret);
    json::Writer out;
    out.begin_object()
        .member("slug", tenant.identity.slug)
        .member("id", created.token.id)
        .member("name", created.token.name)
        .member("token", created.secret)
        .member("uri", uri)
        .end_object();
    show_with_code(options, std::move(out).text(), created.secret + "\n" + uri + "\n", uri);
}

}  // namespace

std::string pairing_uri(std::string_view canonical_url, std::string_view secret) {
    return "posta+v1://" + std::string(url::authority_of(canonical_url)) +
           "#token=" + std::string(secret);
}

bool is_device_name(std::string_view name) {
    return !name.empty() && name.size() <= 128 && printable(name) == name;
}

int token_create(const std::vector<std::string>& words) {
    Options options =
        inbox_options("token create", "--slug S --name N [--no-qr]",
                      "Makes a token for a device and prints it: this once, and never again.");
    options.required("name", "N", "the device's name, shown in lists")
        .flag("no-qr", "leaves the QR code out");
    if (const auto exit_code = options.parse(words)) return *exit_code;
    const std::string name = options.get("name");
    if (!is_device_name(name))
        return options.misused(
            "--name is \"" + printable(name) +
            "\", allowed are 1 to 128 bytes of UTF-8 without control characters");
    const Result<Tenant, ExitFailure> tenant = enter_tenant(options, "token create");
    if (!tenant) return tenant.error();

    const Result<Created> created = in_inbox(tenant->directory, "token", [&](store::Store& inbox) {
        return inbox.tokens().create(name);
    });
    if (!created) return fail("token create", created.error());
    show_token(*tenant, *created, options);
    return kExitDone;
}

int token_list(const std::vector<std::string>& words) {
    Options options = inbox_options("token list", "--slug S",
                                    "Shows an identity's tokens, the revoked ones too.");
    if (const auto exit_code = options.parse(words)) return *exit_code;
    const Result<Tenant, ExitFailure> tenant = enter_tenant(options, "token list");
    if (!tenant) return tenant.error();

    const Result<std::vector<store::Token>> tokens = in_inbox(
        tenant->directory, "token", [](store::Store& inbox) { return inbox.tokens().list(); });
    if (!tokens) return fail("token list", tokens.error());
    TextTable table({"ID", "NAME", "CREATED", "LAST SEEN", "STATE"});
    json::Writer out;
    out.begin_object().member("slug", tenant->identity.slug).key("tokens").begin_array();
    for (const store::Token& token : *tokens) {
        const std::string state = token.is_active() ? "active" : "revoked";
        table.add({std::to_string(token.id), token.name, token.created_at,
                   token.last_seen_at.empty() ? "never" : token.last_seen_at, state});
        out.begin_object()
            .member("id", token.id)
            .member("name", token.name)
            .member("createdAt", token.created_at)
            .member("lastSeenAt", token.last_seen_at)
            .member("revokedAt", token.revoked_at)
            .member("state", state)
            .end_object();
    }
    out.end_array().end_object();
    show(options, std::move(out).text(), table.text());
    return kExitDone;
}

int token_revoke(const std::vector<std::string>& words) {
    Options options = inbox_options("token revoke", "--slug S --name N",
                                    "Revokes every active token of that name, at once.");
    options.required("name", "N", "the device's name, as token list shows it");
    if (const auto exit_code = options.parse(words)) return *exit_code;
    const Result<Tenant, ExitFailure> tenant = enter_tenant(options, "token revoke");
    if (!tenant) return tenant.error();

    const std::string name = options.get("name");
    const Result<std::int64_t> revoked = in_inbox(
        tenant->directory, "token", [&](store::Store& inbox) { return revoke(inbox, name); });
    if (!revoked) return fail("token revoke", revoked.error());
    json::Writer out;
    out.begin_object()
        .member("slug", tenant->identity.slug)
        .member("name", name)
        .member("revoked", *revoked)
        .end_object();
    show(options, std::move(out).text(),
         "Revoked: " + printable(name) + " (" + std::to_string(*revoked) + ")\n");
    return kExitDone;
}

}  // namespace posta::worker
