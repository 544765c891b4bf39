#pragma once
// Everything that Prometheus gets to see: the control command `metrics`, and /metrics on
// --admin-listen. Reads the state of the supervisor and /proc, changes nothing.
//
// Labels come from the manifest or are words of ours. What a child reports is at most a heartbeat
// old. Counters of a process begin again with it; those that fronts count for tenants do not.

#include <string>

namespace posta::supervisor {

class LiveFeed;
class Supervisor;
class TrafficTable;

std::string metrics_text(Supervisor& supervisor, const TrafficTable& traffic, const LiveFeed& feed);

}  // namespace posta::supervisor
