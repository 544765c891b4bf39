#include "worker/admin/invite.h"

#include <limits>

#include "common/base/text_table.h"
#include "common/command.h"
#include "common/json/write.h"
#include "worker/admin/inbox_command.h"
#include "worker/admin/lifetime.h"
#include "worker/admin/token.h"
#include "worker/admin/workplace.h"

namespace posta::worker {
namespace {

using Created = store::InviteStore::Created;

struct Shown {
    store::Invite invite;
    std::string state;
};

Result<std::vector<Shown>> with_states(store::Store& inbox) {
    std::vector<Shown> shown;
    const std::vector<store::Invite> invites = TRY(inbox.invites().list());
    for (const store::Invite& invite : invites)
        shown.push_back({invite, std::string(name_of(inbox.invites().state_of(invite)))});
    return shown;
}

Result<void> revoke(store::Store& inbox, std::int64_t id) {
    const bool revoked = TRY(inbox.invites().revoke(id));
    if (revoked) return {};
    return Error{ErrorCode::not_found, "no open invite has the id " + std::to_string(id) +
                                           " (posta-server invite list shows them)"};
}

void show_invite(const Tenant& tenant, const Created& created, const Options& options) {
    const std::string link = tenant.identity.url + "/setup#invite=" + created.secret;
    json::Writer out;
    out.begin_object()
        .member("slug", tenant.identity.slug)
        .member("id", created.invite.id)
        .member("deviceHint", created.invite.device_hint)
        .member("expiresAt", created.invite.expires_at)
        .member("url", link)
        .end_object();
    show_with_code(options, std::move(out).text(),
                   link + "\nValid until " + created.invite.expires_at + ", for one device.\n",
                   link);
}

}  // namespace

int invite_create(const std::vector<std::string>& words) {
    Options options = inbox_options("invite create", "--slug S [--device-hint H] [--ttl 24h]",
                                    "Makes a link that pairs one device with the identity.");
    options.value("device-hint", "H", "the device's name, proposed on the setup page")
        .value("ttl", "TIME", "how long it is valid: 30m, 24h (the default), 7d")
        .flag("no-qr", "leaves the QR code out");
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

    const Result<Created> created = in_inbox(tenant->directory, "invite", [&](store::Store& inbox) {
        return inbox.invites().create(hint, *lifetime);
    });
    if (!created) return fail("invite create", created.error());
    show_invite(*tenant, *created, options);
    return kExitDone;
}

int invite_list(const std::vector<std::string>& words) {
    Options options =
        inbox_options("invite list", "--slug S", "Shows an identity's invites, the used ones too.");
    if (const auto exit_code = options.parse(words)) return *exit_code;
    const Result<Tenant, ExitFailure> tenant = enter_tenant(options, "invite list");
    if (!tenant) return tenant.error();

    const Result<std::vector<Shown>> invites = in_inbox(tenant->directory, "invite", with_states);
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
    show(options, std::move(out).text(), table.text());
    return kExitDone;
}

int invite_revoke(const std::vector<std::string>& words) {
    Options options =
        inbox_options("invite revoke", "--slug S --id N", "Makes an invite that is open invalid.");
    options.required("id", "N", "the invite, as invite list shows it");
    if (const auto exit_code = options.parse(words)) return *exit_code;
    const std::optional<long> id = options.number("id", 0, 1, std::numeric_limits<long>::max());
    if (!id) return kExitUsage;
    const Result<Tenant, ExitFailure> tenant = enter_tenant(options, "invite revoke");
    if (!tenant) return tenant.error();

    const Result<void> revoked = in_inbox(tenant->directory, "invite",
                                          [&](store::Store& inbox) { return revoke(inbox, *id); });
    if (!revoked) return fail("invite revoke", revoked.error());
    json::Writer out;
    out.begin_object()
        .member("slug", tenant->identity.slug)
        .member("revoked", std::int64_t{*id})
        .end_object();
    show(options, std::move(out).text(), "Invite " + std::to_string(*id) + " is revoked.\n");
    return kExitDone;
}

}  // namespace posta::worker
