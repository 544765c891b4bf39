#pragma once
// The bearer tokens of this identity's devices (client-api.md). Only the SHA-256 of a token is
// stored; the token itself is seen once, when it is made.
//
// Writes join the turn's transaction when there is one; each is whole by itself otherwise.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "worker/store/database.h"

namespace posta::store {

struct Token {
    std::int64_t id = 0;
    std::string name;
    std::string created_at;
    std::string last_seen_at;  // empty: never
    std::string revoked_at;    // empty: active

    bool is_active() const { return revoked_at.empty(); }
};

class TokenStore {
public:
    TokenStore(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

    struct Created {
        Token token;
        std::string secret;  // "mst_..."; shown once, never logged
    };
    // Names need not be unique: two phones may have the same.
    Result<Created> create(std::string_view name);

    // The active token that `secret` is; nothing for one that is unknown, revoked or malformed.
    Result<std::optional<Token>> find_by_token(std::string_view secret);

    // Whether touch() is due: at most one write a minute.
    bool needs_touch(const Token& token) const;
    Result<void> touch(std::int64_t id);

    Result<std::vector<Token>> list();  // by id, revoked ones too

    // How many active tokens were revoked: none when there is no such active token.
    Result<std::int64_t> revoke(std::int64_t id);
    Result<std::int64_t> revoke_by_name(std::string_view name);

private:
    Database& database_;
    const Clock& clock_;
    Statement insert_{database_,
                      "INSERT INTO auth_tokens (name, token_hash, created_at) VALUES (?, ?, ?)"};
    Statement by_hash_{database_,
                       "SELECT id, name, created_at, last_seen_at, revoked_at FROM auth_tokens"
                       " WHERE token_hash = ? AND revoked_at = ''"};
    Statement all_{database_,
                   "SELECT id, name, created_at, last_seen_at, revoked_at FROM auth_tokens"
                   " ORDER BY id"};
    Statement touch_{database_, "UPDATE auth_tokens SET last_seen_at = ? WHERE id = ?"};
    Statement revoke_{database_,
                      "UPDATE auth_tokens SET revoked_at = ? WHERE id = ? AND revoked_at = ''"};
    Statement revoke_named_{
        database_, "UPDATE auth_tokens SET revoked_at = ? WHERE name = ? AND revoked_at = ''"};
};

}  // namespace posta::store
