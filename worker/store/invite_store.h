#pragma once
// Pairing invites: shown once as `pinv_...`, redeemed once for a token, only their hash stored.
//
// Used, expired, revoked and never existed are one answer: nothing (410 invite-invalid).

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "worker/store/database.h"
#include "worker/store/token_store.h"

namespace posta::store {

struct Invite {
    std::int64_t id = 0;
    std::string device_hint;
    std::string created_at;
    std::string expires_at;
    std::string consumed_at;  // empty: not used
    std::string revoked_at;   // empty: not revoked
};

enum class InviteState { open, expired, used, revoked };
std::string_view name_of(InviteState state);

class InviteStore {
public:
    InviteStore(Database& database, TokenStore& tokens, const Clock& clock)
        : database_(database), tokens_(tokens), clock_(clock) {}

    struct Created {
        Invite invite;
        std::string secret;  // "pinv_..."; shown once, never logged
    };
    Result<Created> create(std::string_view device_hint, std::chrono::seconds lifetime);

    // The open invite that `secret` is.
    Result<std::optional<Invite>> find_open(std::string_view secret);

    // Marks the invite used and makes a token of that name, both or neither.
    Result<std::optional<TokenStore::Created>> redeem(std::string_view secret,
                                                      std::string_view device_name);

    Result<std::vector<Invite>> list();  // by id
    InviteState state_of(const Invite& invite) const;

    // False when there is no open invite with that id.
    Result<bool> revoke(std::int64_t id);

private:
    Database& database_;
    TokenStore& tokens_;
    const Clock& clock_;
    Statement insert_{database_,
                      "INSERT INTO invites (token_hash, device_hint, created_at, expires_at)"
                      " VALUES (?, ?, ?, ?)"};
    Statement by_hash_{database_,
                       "SELECT id, device_hint, created_at, expires_at, consumed_at, revoked_at"
                       " FROM invites WHERE token_hash = ?"};
    Statement all_{database_,
                   "SELECT id, device_hint, created_at, expires_at, consumed_at, revoked_at"
                   " FROM invites ORDER BY id"};
    // Our own times all have one form, so they compare as text.
    Statement consume_{database_,
                       "UPDATE invites SET consumed_at = ?1 WHERE token_hash = ?2"
                       " AND consumed_at = '' AND revoked_at = '' AND expires_at > ?1"};
    Statement revoke_{database_,
                      "UPDATE invites SET revoked_at = ?1 WHERE id = ?2"
                      " AND consumed_at = '' AND revoked_at = '' AND expires_at > ?1"};
};

}  // namespace posta::store
