#pragma once
// The worker connections that one client connection keeps.
//
// A proxy in front of us sends requests for several tenants interleaved on one connection, so one
// connection a tenant is kept and used again, up to a bound; the longest unused makes room. The
// front's bound on all clients together is upstream_pool.h.

#include <memory>
#include <vector>

#include "supervisor/front/upstream.h"

namespace posta::supervisor {

class UpstreamSet {
public:
    explicit UpstreamSet(std::size_t most) : most_(most) {}

    // One for that tenant is about to be taken: it comes into the processor's cache meanwhile. With
    // many tenants it is long out of it.
    void expect(const Tenant& tenant);
    // An idle connection to the tenant's present worker; null when there is none.
    std::unique_ptr<Upstream> take(const Tenant& tenant);
    void keep(std::unique_ptr<Upstream> upstream);

    // Lets go of those whose worker has left, and of those that `stale` names.
    template <class Stale>
    void drop_if(Stale stale) {
        std::erase_if(
            idle_, [&](const Kept& kept) { return !kept.upstream->alive() || stale(kept.epoch); });
    }
    void clear() { std::vector<Kept>().swap(idle_); }
    std::size_t size() const { return idle_.size(); }

private:
    // The epoch names tenant and worker, and stands here so that a search touches one array only.
    struct Kept {
        std::uint64_t epoch;
        std::unique_ptr<Upstream> upstream;
    };

    bool bring_to_back(std::uint64_t epoch);
    void drop_longest_unused();

    std::size_t most_;
    std::vector<Kept> idle_;  // in no order: moving many about for each request costs more
};

}  // namespace posta::supervisor
