#pragma once
// The few worker connections that one client connection keeps.
//
// A proxy in front of us sends requests for several tenants interleaved on one connection, so one
// connection a tenant is kept and used again, up to a small bound; the longest unused makes room.

#include <memory>
#include <vector>

#include "supervisor/front/upstream.h"

namespace posta::supervisor {

class UpstreamSet {
public:
    explicit UpstreamSet(std::size_t most) : most_(most) {}

    // An idle connection to the tenant's present worker; null when there is none.
    std::unique_ptr<Upstream> take(const Tenant& tenant);
    void keep(std::unique_ptr<Upstream> upstream);

    // Lets go of those whose worker has left, and of those that `stale` names.
    template <class Stale>
    void drop_if(Stale stale) {
        std::erase_if(idle_, [&](const std::unique_ptr<Upstream>& upstream) {
            return !upstream->alive() || stale(*upstream);
        });
    }
    void clear() { std::vector<std::unique_ptr<Upstream>>().swap(idle_); }

private:
    std::size_t most_;
    std::vector<std::unique_ptr<Upstream>> idle_;  // the longest unused first
};

}  // namespace posta::supervisor
