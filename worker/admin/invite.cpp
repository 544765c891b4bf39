#include "worker/admin/invite.h"

#include <charconv>
#include <cstdio>
#include <limits>
#include <memory>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/text_table.h"
#include "common/command.h"
#include "common/json/write.h"
#include "worker/admin/qr_code.h"
#include "worker/admin/token.h"
#include "worker/admin/workplace.h"
#include "worker/store/store.h"

namespace posta::worker {
namespace {

using Created = store::InviteStore::Created;

struct Shown {
    store::Invite invite;
    std::string state;
};

Result<Created> create_invite(const std::string& directory, const std::string& device_hint,
                              std::chrono::seconds lifetime) {
    const SystemClock clock;
    Log log(clock, "invite", LogLevel::warn, LogFormat::text);
    const auto inbox = TRY(store::Store::open(directory + "/inbox.db", clock, log));
    return inbox->invites().create(device_hint, lifetime);
}

Result<std::vector<Shown>> list_invites(const std::string& directory) {
    const SystemClock clock;
    Log log(clock, "invite", LogLevel::warn, LogFormat::text);
    const auto inbox = TRY(store::Store::open(directory + "/inbox.db", clock, log));
    std::vector<Shown> shown;
    const std::vector<store::Invite> invites = TRY(inbox->invites().list());
    for (const store::Invite& invite : invites) {
        std::string state(name_of(inbox->invites().state_of(invite)));
        shown.push_back({invite, std::move(state)});
    }
    return shown;
}

Result<void> revoke_invite(const std::string& directory, std::int64_t id) {
    const SystemClock clock;
    Log log(clock, "invite", LogLevel::warn, LogFormat::text);
    const auto inbox = TRY(store::Store::open(directory + "/inbox.db", clock, log));
    const bool revoked = TRY(inbox->invites().revoke(id));
    if (revoked) return {};
    return Error{ErrorCode::not_found, "no open invite has the id " + std::to_string(id) +
                                           " (posta-server invite list shows them)"};
}

void print_invite(const Tenant& tenant, const Created& created, const Options& options) {
    const std::string link = tenant.identity.url + "/setup#invite=" + created.secret;
    if (options.has("json")) {
        json::Writer out;
        out.begin_object()
            .member("slug", tenant.identity.slug)
            .member("id", created.invite.id)
            .member("deviceHint", created.invite.device_hint)
            .member("expiresAt", created.invite.expires_at)
            .member("url", link)
            .end_object();
        std::printf("%s\n", std::move(out).text().c_str());
        return;
    }
    std::printf("%s\nValid until %s, for one device.\n", link.c_str(),
                created.invite.expires_at.c_str());
    if (options.has("no-qr")) return;
    const Result<std::string> picture = qr_code(link);
    if (picture) std::printf("\n%s", picture->c_str());
}

}  // namespace

std::optional<std::chrono::seconds> lifetime_from(std::string_view text) {
    using namespace std::chrono_literals;
    if (text.size() < 2 || text.size() > 9) return std::nullopt;
    long long count = 0;
    const char* unit = text.data() + text.size() - 1;
    const auto [end, error] = std::from_chars(text.data(), unit, count);
    if (error != std::errc() || end != unit || count < 1) return std::nullopt;
    const std::chrono::seconds one = *unit == 's'   ? 1s
                                     : *unit == 'm' ? std::chrono::seconds(1min)
                                     : *unit == 'h' ? std::chrono::seconds(1h)
                                     : *unit == 'd' ? std::chrono::seconds(24h)
                                                    : 0s;
    const std::chrono::seconds lifetime = one * count;
    if (lifetime < 1min || lifetime > 30 * 24h) return std::nullopt;
    return lifetime;
}

int invite_create(const std::vector<std::string>& words) {
    Options options("invite create", "--slug S [--device-hint H] [--ttl 24h]",
                    "Makes a link that pairs one device with the identity.");
    options.required("slug", "S", "the identity")
        .value("device-hint", "H", "the device's name, proposed on the setup page")
        .value("ttl", "TIME", "how long it is valid: 30m, 24h (the default), 7d")
        .flag("no-qr", "leaves the QR code out")
        .flag("json", "prints JSON")
        .manifest_options();
    if (const auto exit_code = options.parse(words)) return *exit_code;
    const std::string hint = options.get("device-hint");
    if (!hint.empty() && !is_device_name(hint))
        return options.misused("--device-hint is \"" + printable(hint) +
                               "\", allowed are 128 bytes of UTF-8 without control characters");
    const std::string ttl = options.get("ttl", "24h");
    const std::optional<std::chrono::seconds> lifetime = lifetime_from(ttl);
    if (!lifetime)
        return options.misused("--ttl is \"" + printable(ttl) +
                               "\", allowed is a number with s, m, h or d, from 1m to 30d");
    const Result<Tenant, ExitFailure> tenant = enter_tenant(options, "invite create");
    if (!tenant) return tenant.error();

    const Result<Created> created = create_invite(tenant->directory, hint, *lifetime);
    if (!created) return fail("invite create", created.error());
    print_invite(*tenant, *created, options);
    return kExitDone;
}

int invite_list(const std::vector<std::string>& words) {
    Options options("invite list", "--slug S", "Shows an identity's invites, the used ones too.");
    options.required("slug", "S", "the identity").flag("json", "prints JSON").manifest_options();
    if (const auto exit_code = options.parse(words)) return *exit_code;
    const Result<Tenant, ExitFailure> tenant = enter_tenant(options, "invite list");
    if (!tenant) return tenant.error();

    const Result<std::vector<Shown>> invites = list_invites(tenant->directory);
    if (!invites) return fail("invite list", invites.error());
    TextTable table({"ID", "DEVICE", "CREATED", "EXPIRES", "STATE"});
    json::Writer out;
    out.begin_object().member("slug", tenant->identity.slug).key("invites").begin_array();
    for (const auto& [invite, state] : *invites) {
        table.add({std::to_string(invite.id), invite.device_hint, invite.created_at,
                   invite.expires_at, state});
        out.begin_object()
            .member("id", invite.id)
            .member("deviceHint", invite.device_hint)
            .member("createdAt", invite.created_at)
            .member("expiresAt", invite.expires_at)
            .member("consumedAt", invite.consumed_at)
            .member("state", state)
            .end_object();
    }
    out.end_array().end_object();
    const std::string shown = options.has("json") ? std::move(out).text() + "\n" : table.text();
    std::fputs(shown.c_str(), stdout);
    return kExitDone;
}

int invite_revoke(const std::vector<std::string>& words) {
    Options options("invite revoke", "--slug S --id N", "Makes an invite that is open invalid.");
    options.required("slug", "S", "the identity")
        .required("id", "N", "the invite, as invite list shows it")
        .flag("json", "prints JSON")
        .manifest_options();
    if (const auto exit_code = options.parse(words)) return *exit_code;
    const std::optional<long> id = options.number("id", 0, 1, std::numeric_limits<long>::max());
    if (!id) return kExitUsage;
    const Result<Tenant, ExitFailure> tenant = enter_tenant(options, "invite revoke");
    if (!tenant) return tenant.error();

    const Result<void> revoked = revoke_invite(tenant->directory, *id);
    if (!revoked) return fail("invite revoke", revoked.error());
    if (options.has("json")) {
        json::Writer out;
        out.begin_object()
            .member("slug", tenant->identity.slug)
            .member("revoked", std::int64_t{*id})
            .end_object();
        std::printf("%s\n", std::move(out).text().c_str());
    } else {
        std::printf("Invite %ld is revoked.\n", *id);
    }
    return kExitDone;
}

}  // namespace posta::worker
