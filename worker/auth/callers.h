#pragma once
// Who a request comes from: the token in its head, looked up in the store.

#include <optional>
#include <string_view>

#include "common/base/result.h"
#include "common/http/head.h"
#include "worker/auth/caller.h"
#include "worker/store/store.h"

namespace posta::worker {

class Callers {
public:
    explicit Callers(store::Store& store) : store_(store) {}

    // Nothing without a good token. Two Authorization fields are as good as none: one of them may
    // have been put there by somebody else.
    Result<std::optional<Caller>> find(const http::RequestHead& head);

    // Keeps the token's last-seen time, at most one write a minute. A write that fails is no reason
    // to refuse the request: the error is for the log.
    Result<void> saw(const Caller& caller);

private:
    store::Store& store_;
};

}  // namespace posta::worker
