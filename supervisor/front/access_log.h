#pragma once
// The access log: one line a request, of the tenants that want it.
//
// A line holds no token and no query: people put secrets there. What stands in it is escaped by the
// log that writes it, which loses lines and counts them rather than wait for who reads them.
//
// Requests that are no tenant's (an unknown host, bytes that are no request) are told at level
// debug only: a stranger could fill a disk with them.

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/log.h"
#include "common/manifest/manifest.h"

namespace posta::supervisor {

struct AccessEntry {
    manifest::AccessLog mode = manifest::AccessLog::off;
    bool picked = false;  // by the sampling; the others are written only if they failed
    std::string tenant;
    std::string client;
    std::string method;
    std::string path;            // without query
    std::uint64_t began_at = 0;  // loop's clock, ms
    std::uint64_t answer_bytes = 0;
};

// How a request ended.
struct AccessOutcome {
    std::string_view word;  // "answered", "refused", "cut", "client-left", "switched"
    int status = 0;         // that the client was given; 0: none
};

class AccessLog {
public:
    explicit AccessLog(Log& log) : log_(log) {}

    // Whether the next request of a tenant with that mode is one of those that are always written.
    bool pick(manifest::AccessLog mode);
    void write(const AccessEntry& entry, std::string_view id, AccessOutcome outcome,
               std::uint64_t now);

private:
    Log& log_;
    std::uint64_t sampled_ = 0;
};

}  // namespace posta::supervisor
