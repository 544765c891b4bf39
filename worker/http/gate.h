#pragma once
// Decides on a request by its head alone, before any of its body is read: Host, path, method, the
// limit for strangers, the token.
//
// The order is the contract's: a name that is not ours 421, an unknown path 404, a wrong method
// 405, too many 429, no good token 401. Because strangers are stopped here, only what a route for
// strangers takes can make us hold their bytes.

#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "worker/auth/callers.h"
#include "worker/auth/rate_limiter.h"
#include "worker/http/router.h"
#include "worker/http/service.h"

namespace posta::worker {

class Gate {
public:
    struct Parts {
        const Clock& clock;
        Log& log;
        Router router;
        std::vector<std::string> hosts;
        Callers& callers;
        int rate_per_minute_address;  // wire POSTs
    };
    explicit Gate(Parts parts)
        : parts_(std::move(parts)), posts_(parts_.rate_per_minute_address, kRememberedAddresses) {}

    Admission admit(const http::RequestHead& head);

private:
    std::optional<Response> refuse_host(const http::RequestHead& head) const;
    std::optional<Response> limit_strangers(const Route& route, const std::string& address);
    std::optional<Response> identify(const Route& route, const http::RequestHead& head,
                                     std::optional<Caller>& caller);

    static constexpr int kInvitesPerMinute = 20;  // client-api.md
    static constexpr std::size_t kRememberedAddresses = 4096;

    Parts parts_;
    RateLimiter invites_{kInvitesPerMinute, kRememberedAddresses};
    RateLimiter posts_;
};

}  // namespace posta::worker
