#pragma once
// The access log: one line a request, of the tenants that want it.
//
// A line holds no token and no query: people put secrets there. What stands in it is escaped by the
// log that writes it, which loses lines and counts them rather than wait for who reads them.
//
// Requests that are no tenant's (an unknown host, bytes that are no request) have a mode of their
// own, and at most a few lines a second: a stranger could fill a disk with them. What a line has
// left out since the last one stands in it.

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/log.h"
#include "common/manifest/manifest.h"

namespace posta::supervisor {

struct AccessEntry {
    manifest::AccessLog mode = manifest::AccessLog::off;
    bool picked = false;  // by the sampling; the others are written only if they failed
    std::string tenant;   // empty: nobody's
    std::string host;     // then the one that was asked for
    std::string client;
    std::string method;
    std::string path;            // without query
    std::uint64_t began_at = 0;  // loop's clock, ms
    std::uint64_t answer_bytes = 0;
};

// How a request ended.
struct AccessOutcome {
    std::string_view word;       // "answered", "refused", "cut", "client-left", "switched"
    int status = 0;              // that the client was given; 0: none
    std::string_view code = {};  // of a refusal; empty: none
};

class AccessLog {
public:
    explicit AccessLog(Log& log) : log_(log) {}

    // Whether the next request of a tenant with that mode is one of those that are always written.
    bool pick(manifest::AccessLog mode);
    void write(const AccessEntry& entry, std::string_view id, AccessOutcome outcome,
               std::uint64_t now);

    // What is no tenant's.
    void set_strangers(manifest::AccessLog mode) { strangers_ = mode; }
    manifest::AccessLog strangers() const { return strangers_; }
    // Bytes that are no request.
    void write_fault(std::string_view client, AccessOutcome outcome, std::string_view reason,
                     std::uint64_t now);

private:
    bool may_tell_of_stranger(std::uint64_t now);
    void write_stranger(const AccessEntry& entry, std::string_view id, AccessOutcome outcome,
                        std::uint64_t now);

    Log& log_;
    std::uint64_t sampled_ = 0;
    manifest::AccessLog strangers_ = manifest::AccessLog::off;
    std::uint64_t second_ = 0;    // to which the number belongs
    std::uint64_t told_ = 0;      // of strangers, in it
    std::uint64_t left_out_ = 0;  // since the last line of a stranger
};

}  // namespace posta::supervisor
