#pragma once
// What `ctl top` is drawn from, as JSON: the counts of each tenant, for the asker to compare with
// those of a moment before.

#include <string>

namespace posta::supervisor {

class Supervisor;
class TrafficTable;

// {"bounds_ms":[...],"tenants":[{"name","state","requests","failures","latency":[...],
// "connections","streams","memory_kb","restarts"}]}; what is not known is null.
std::string top_json(Supervisor& supervisor, const TrafficTable& traffic);

}  // namespace posta::supervisor
