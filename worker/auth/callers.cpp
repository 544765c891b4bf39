#include "worker/auth/callers.h"

#include "worker/auth/bearer.h"

namespace posta::worker {

Result<std::optional<Caller>> Callers::find(const http::RequestHead& head) {
    const auto authorization = head.only("Authorization");
    const auto token = authorization ? bearer_token(*authorization) : std::nullopt;
    if (!token) return std::optional<Caller>();
    const std::optional<store::Token> known = TRY(store_.tokens().find_by_token(*token));
    if (!known) return std::optional<Caller>();
    return std::optional(Caller{known->id, known->name, store_.tokens().needs_touch(*known)});
}

Result<void> Callers::saw(const Caller& caller) {
    if (!caller.unseen_for_long) return {};
    return store_.turn().write([&] { return store_.tokens().touch(caller.token_id); });
}

}  // namespace posta::worker
