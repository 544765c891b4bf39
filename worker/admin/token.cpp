#include "worker/admin/token.h"

#include <cstdio>
#include <memory>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/text_table.h"
#include "common/command.h"
#include "common/json/write.h"
#include "common/url/canonical.h"
#include "worker/admin/qr_code.h"
#include "worker/admin/workplace.h"
#include "worker/store/store.h"

namespace posta::worker {
namespace {

Result<store::TokenStore::Created> create_token(const std::string& directory,
                                                const std::string& name) {
    const SystemClock clock;
    Log log(clock, "token", LogLevel::warn, LogFormat::text);
    const auto inbox = TRY(store::Store::open(directory + "/inbox.db", clock, log));
    return inbox->tokens().create(name);
}

Result<std::vector<store::Token>> list_tokens(const std::string& directory) {
    const SystemClock clock;
    Log log(clock, "token", LogLevel::warn, LogFormat::text);
    const auto inbox = TRY(store::Store::open(directory + "/inbox.db", clock, log));
    return inbox->tokens().list();
}

Result<std::int64_t> revoke_tokens(const std::string& directory, const std::string& name) {
    const SystemClock clock;
    Log log(clock, "token", LogLevel::warn, LogFormat::text);
    const auto inbox = TRY(store::Store::open(directory + "/inbox.db", clock, log));
    const std::int64_t revoked = TRY(inbox->tokens().revoke_by_name(name));
    if (revoked == 0)
        return Error{ErrorCode::not_found, "no active token is named \"" + printable(name) +
                                               "\" (posta-server token list shows them)"};
    return revoked;
}

void print_token(const Tenant& tenant, const store::TokenStore::Created& created,
                 const Options& options) {
    const std::string uri = pairing_uri(tenant.identity.url, created.secret);
    if (options.has("json")) {
        json::Writer out;
        out.begin_object()
            .member("slug", tenant.identity.slug)
            .member("id", created.token.id)
            .member("name", created.token.name)
            .member("token", created.secret)
            .member("uri", uri)
            .end_object();
        std::printf("%s\n", std::move(out).text().c_str());
        return;
    }
    std::printf("%s\n%s\n", created.secret.c_str(), uri.c_str());
    if (options.has("no-qr")) return;
    const Result<std::string> picture = qr_code(uri);
    if (picture) std::printf("\n%s", picture->c_str());
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
    Options options("token create", "--slug S --name N [--no-qr]",
                    "Makes a token for a device and prints it: this once, and never again.");
    options.required("slug", "S", "the identity")
        .required("name", "N", "the device's name, shown in lists")
        .flag("no-qr", "leaves the QR code out")
        .flag("json", "prints JSON")
        .manifest_options();
    if (const auto exit_code = options.parse(words)) return *exit_code;
    const std::string name = options.get("name");
    if (!is_device_name(name))
        return options.misused(
            "--name is \"" + printable(name) +
            "\", allowed are 1 to 128 bytes of UTF-8 without control characters");
    const Result<Tenant, ExitFailure> tenant = enter_tenant(options, "token create");
    if (!tenant) return tenant.error();

    const Result<store::TokenStore::Created> created = create_token(tenant->directory, name);
    if (!created) return fail("token create", created.error());
    print_token(*tenant, *created, options);
    return kExitDone;
}

int token_list(const std::vector<std::string>& words) {
    Options options("token list", "--slug S", "Shows an identity's tokens, the revoked ones too.");
    options.required("slug", "S", "the identity").flag("json", "prints JSON").manifest_options();
    if (const auto exit_code = options.parse(words)) return *exit_code;
    const Result<Tenant, ExitFailure> tenant = enter_tenant(options, "token list");
    if (!tenant) return tenant.error();

    const Result<std::vector<store::Token>> tokens = list_tokens(tenant->directory);
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
    const std::string shown = options.has("json") ? std::move(out).text() + "\n" : table.text();
    std::fputs(shown.c_str(), stdout);
    return kExitDone;
}

int token_revoke(const std::vector<std::string>& words) {
    Options options("token revoke", "--slug S --name N",
                    "Revokes every active token of that name, at once.");
    options.required("slug", "S", "the identity")
        .required("name", "N", "the device's name, as token list shows it")
        .flag("json", "prints JSON")
        .manifest_options();
    if (const auto exit_code = options.parse(words)) return *exit_code;
    const Result<Tenant, ExitFailure> tenant = enter_tenant(options, "token revoke");
    if (!tenant) return tenant.error();

    const std::string name = options.get("name");
    const Result<std::int64_t> revoked = revoke_tokens(tenant->directory, name);
    if (!revoked) return fail("token revoke", revoked.error());
    if (options.has("json")) {
        json::Writer out;
        out.begin_object()
            .member("slug", tenant->identity.slug)
            .member("name", name)
            .member("revoked", *revoked)
            .end_object();
        std::printf("%s\n", std::move(out).text().c_str());
    } else {
        std::printf("Revoked: %s (%lld)\n", printable(name).c_str(),
                    static_cast<long long>(*revoked));
    }
    return kExitDone;
}

}  // namespace posta::worker
