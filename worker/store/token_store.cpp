#include "worker/store/token_store.h"

#include <chrono>

#include "common/base/rfc3339.h"
#include "worker/store/secret.h"

namespace posta::store {
namespace {

constexpr std::chrono::minutes kTouchInterval{1};

Token token_in(const Rows& rows) {
    return {rows.integer(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4)};
}

}  // namespace

Result<TokenStore::Created> TokenStore::create(std::string_view name) {
    Created created;
    created.secret = make_secret(kTokenPrefix);
    created.token.name = std::string(name);
    created.token.created_at = format_time(clock_.now());
    const std::string hash = hash_of_secret(created.secret);
    TRY(insert_.execute({created.token.name, Blob{hash}, created.token.created_at}));
    created.token.id = database_.last_insert_row_id();
    return created;
}

Result<std::optional<Token>> TokenStore::find_by_token(std::string_view secret) {
    // Legacy tokens have the same prefix; their length is not ours to judge.
    if (!secret.starts_with(kTokenPrefix)) return std::optional<Token>{};
    const std::string hash = hash_of_secret(secret);
    Rows rows = by_hash_.run({Blob{hash}});
    const bool found = TRY(rows.next());
    if (!found) return std::optional<Token>{};
    return std::optional<Token>(token_in(rows));
}

bool TokenStore::needs_touch(const Token& token) const {
    const std::optional<WallTime> seen = parse_time(token.last_seen_at);
    if (!seen) return true;
    const WallTime now = clock_.now();
    // A time in the future is from before the clock was set back: written anew.
    return now - *seen >= kTouchInterval || now < *seen;
}

Result<void> TokenStore::touch(std::int64_t id) {
    const std::string now = format_time(clock_.now());
    TRY(touch_.execute({now, id}));
    return {};
}

Result<std::vector<Token>> TokenStore::list() {
    Rows rows = all_.run();
    std::vector<Token> tokens;
    bool more = TRY(rows.next());
    while (more) {
        tokens.push_back(token_in(rows));
        more = TRY(rows.next());
    }
    return tokens;
}

Result<std::int64_t> TokenStore::revoke(std::int64_t id) {
    const std::string now = format_time(clock_.now());
    return revoke_.execute({now, id});
}

Result<std::int64_t> TokenStore::revoke_by_name(std::string_view name) {
    const std::string now = format_time(clock_.now());
    return revoke_named_.execute({now, name});
}

}  // namespace posta::store
