#pragma once
// What all client connections of the front share; owned by FrontServer and passed by reference.

#include <algorithm>
#include <cstdint>
#include <memory>

#include "common/base/log.h"
#include "common/base/seldom.h"
#include "common/contracts/child_report.h"
#include "common/loop/event_loop.h"
#include "supervisor/front/access_log.h"
#include "supervisor/front/cidr.h"
#include "supervisor/front/deadline.h"
#include "supervisor/front/limits.h"
#include "supervisor/front/request_id.h"
#include "supervisor/front/route_table.h"
#include "supervisor/front/traffic_book.h"
#include "supervisor/front/upstream_pool.h"

namespace posta::supervisor {

constexpr std::uint64_t kSeldomMs = 10'000;

struct FrontContext {
    EventLoop& loop;
    Log& log;
    FrontLimits limits;
    AddressSet trusted_proxies;
    RouteTable routes;
    bool draining = false;        // answers say Connection: close
    bool hurried = false;         // and idle connections end soon
    std::uint64_t requests = 0;   // that were for a tenant, for `status`
    bool proxy_protocol = false;  // a trusted proxy's connection begins with a PROXY header
    contracts::Ledger ledger{};
    TrafficBook traffic{};
    UpstreamPool upstreams{loop, limits};
    Turns turns{loop, limits.steps_a_turn};
    // Of all tenants: what is only read to be dropped has no more steps a turn than one of them.
    std::shared_ptr<TurnQueue> remains{std::make_shared<TurnQueue>()};
    Deadlines deadlines{loop};
    RequestIds request_ids{};
    AccessLog access_log{log};
    bool crowded = false;  // others wait for a client's place
    // What a crowd may make happen thousands of times a second.
    Seldom dials_failed{kSeldomMs};
    Seldom full{kSeldomMs};
    Seldom accepts_failed{kSeldomMs};

    // For one more connection, of those that a client has already. Who has asked nothing yet takes
    // a place of nobody, but that is looked at only when places are short.
    bool has_room_for(const TenantLoad& load) const {
        const std::size_t most = upstreams.most_clients();
        return load.has_room(most - std::min(most, upstreams.clients())) ||
               load.has_room(most - std::min(most, routes.connections() + 1));
    }
};

}  // namespace posta::supervisor
