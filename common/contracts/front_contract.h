#pragma once
// The routing table that the supervisor sends to the front, whole, each time it changes.

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/manifest/manifest.h"

namespace posta::contracts {

struct Route {
    std::string slug;
    std::string socket_path;
    std::vector<std::string> hosts;  // canonical keys, as http::host_key makes them
    // False while the worker is down or starting: requests are held. A worker that drains makes
    // this `draining`: idle upstream connections are let go, new requests dial (the next worker
    // answers).
    enum class State { down, ready, draining };
    State state = State::down;
    int connection_limit = 0;     // in this front; 0: its fair share alone
    int requests_per_second = 0;  // through this front; 0: no limit
    manifest::AccessLog access_log = manifest::AccessLog::off;
};

std::string_view name_of(Route::State state);

std::string to_line(const std::vector<Route>& routes);  // "routes {...}", without newline
Result<std::vector<Route>> routes_from(std::string_view line);

}  // namespace posta::contracts
