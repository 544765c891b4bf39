#pragma once
// What a child tells of itself for `status`: the JSON object of a `report` line. Pure.
//
// It goes with `ready` and with each pong, so that it is never older than a heartbeat and no child
// needs a timer for it.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/confine/confine.h"

namespace posta::contracts {

// Of a worker: what only it can know of its tenant.
struct Vitals {
    std::int64_t outbox_depth = 0;
    std::optional<std::int64_t> outbox_oldest_s;  // absent: nothing waits to be sent
    std::optional<std::int64_t> last_commit_ms;   // since 1970; absent: none yet
    std::optional<std::int64_t> disk_bytes;       // absent: could not be seen
    std::int64_t refused_for_memory = 0;          // requests and streams, since it was started
};

// Of a front: what became of each request since it was started. A request that was accepted, from
// its first byte on, is in exactly one of the others.
struct Ledger {
    Ledger();  // out of line: g++ 12 takes the map of an aggregate for uninitialized
    std::uint64_t accepted = 0;
    std::uint64_t answered = 0;     // a worker's answer was given to the socket, whole
    std::uint64_t client_left = 0;  // before its answer was whole
    std::map<std::string_view, std::uint64_t> refused;  // by reason, a literal of ours
    std::uint64_t accept_pauses = 0;  // times that no further client could be taken
    std::uint64_t open = 0;           // counted anew for each report
};

struct ChildReport {
    std::uint64_t connections = 0;  // open now
    std::uint64_t requests = 0;     // since it was started
    const SandboxReport& sandbox;
    // Why it cannot keep what it is given (disk full); empty when all is well.
    std::string trouble{};
    std::optional<Vitals> vitals = std::nullopt;
    std::optional<Ledger> ledger = std::nullopt;
};

// {"connections":1,"requests":2,"sandbox":[{"layer":"seccomp","strength":"enforced"}, ...]}; a
// layer that is not enforced has a "remark". With "trouble", "vitals" and "ledger" where there are
// any.
std::string to_json(const ChildReport& report);

}  // namespace posta::contracts
