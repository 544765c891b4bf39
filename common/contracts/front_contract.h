#pragma once
// The routing table that the supervisor sends to the front, whole, each time it changes.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/manifest/manifest.h"

namespace posta::contracts {

// Connections that a worker with that many descriptors takes at once; more wait in the backlog of
// its socket. The rest is for its database, its peers, its log.
constexpr int kMostWorkerConnections = 1024;
constexpr int worker_connections_with(int descriptor_limit) {
    return std::min(kMostWorkerConnections, descriptor_limit / 4 * 3);
}

struct Route {
    std::string slug;
    std::string socket_path;
    std::vector<std::string> hosts;  // canonical keys, as http::host_key makes them
    // `down`: the worker starts, or will in a moment; requests are held. `draining`: idle upstream
    // connections are let go, new requests dial (the next worker answers). `off`: there is none and
    // none will come by itself (stopped, failed); requests are refused at once.
    enum class State { down, ready, draining, off };
    State state = State::down;
    int connection_limit = 0;                         // in this front; 0: its fair share alone
    int requests_per_second = 0;                      // through this front; 0: no limit
    int worker_connections = kMostWorkerConnections;  // that this front may have
    manifest::AccessLog access_log = manifest::AccessLog::off;
};

std::string_view name_of(Route::State state);

std::string to_line(const std::vector<Route>& routes);  // "routes {...}", without newline
Result<std::vector<Route>> routes_from(std::string_view line);

}  // namespace posta::contracts
