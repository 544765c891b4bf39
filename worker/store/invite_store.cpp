#include "worker/store/invite_store.h"

#include "common/base/check.h"
#include "common/base/rfc3339.h"
#include "worker/store/secret.h"

namespace posta::store {
namespace {

Invite invite_in(const Rows& rows) {
    return {rows.integer(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5)};
}

}  // namespace

std::string_view name_of(InviteState state) {
    switch (state) {
        case InviteState::open:
            return "open";
        case InviteState::expired:
            return "expired";
        case InviteState::used:
            return "used";
        case InviteState::revoked:
            return "revoked";
    }
    CHECK(false);
}

Result<InviteStore::Created> InviteStore::create(std::string_view device_hint,
                                                 std::chrono::seconds lifetime) {
    Created created;
    created.secret = make_secret(kInvitePrefix);
    created.invite.device_hint = std::string(device_hint);
    created.invite.created_at = format_time(clock_.now());
    created.invite.expires_at = format_time(clock_.now() + lifetime);
    const std::string hash = hash_of_secret(created.secret);
    TRY(insert_.execute({Blob{hash}, created.invite.device_hint, created.invite.created_at,
                         created.invite.expires_at}));
    created.invite.id = database_.last_insert_row_id();
    return created;
}

Result<std::optional<Invite>> InviteStore::find_open(std::string_view secret) {
    if (!has_secret_form(secret, kInvitePrefix)) return std::optional<Invite>{};
    const std::string hash = hash_of_secret(secret);
    Rows rows = by_hash_.run({Blob{hash}});
    const bool found = TRY(rows.next());
    if (!found) return std::optional<Invite>{};
    Invite invite = invite_in(rows);
    if (state_of(invite) != InviteState::open) return std::optional<Invite>{};
    return std::optional<Invite>(std::move(invite));
}

Result<std::optional<TokenStore::Created>> InviteStore::redeem(std::string_view secret,
                                                               std::string_view device_name) {
    if (!has_secret_form(secret, kInvitePrefix)) return std::optional<TokenStore::Created>{};
    const std::string hash = hash_of_secret(secret);
    const std::string now = format_time(clock_.now());
    Savepoint both = TRY(Savepoint::begin(database_));
    const std::int64_t consumed = TRY(consume_.execute({now, Blob{hash}}));
    if (consumed == 0) return std::optional<TokenStore::Created>{};
    TokenStore::Created token = TRY(tokens_.create(device_name));
    TRY(both.keep());
    return std::optional<TokenStore::Created>(std::move(token));
}

Result<std::vector<Invite>> InviteStore::list() {
    Rows rows = all_.run();
    std::vector<Invite> invites;
    bool more = TRY(rows.next());
    while (more) {
        invites.push_back(invite_in(rows));
        more = TRY(rows.next());
    }
    return invites;
}

InviteState InviteStore::state_of(const Invite& invite) const {
    if (!invite.consumed_at.empty()) return InviteState::used;
    if (!invite.revoked_at.empty()) return InviteState::revoked;
    return invite.expires_at > format_time(clock_.now()) ? InviteState::open : InviteState::expired;
}

Result<bool> InviteStore::revoke(std::int64_t id) {
    const std::string now = format_time(clock_.now());
    const std::int64_t revoked = TRY(revoke_.execute({now, id}));
    return revoked > 0;
}

}  // namespace posta::store
