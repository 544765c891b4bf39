#pragma once
// One GET after another for the smoke command, which has no loop: blocking, with deadlines.
//
// Not for peers: nothing here checks addresses. Never a redirect, no proxy or other setting of the
// environment.

#include <cstddef>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace posta::worker {

struct BlockingGet {
    std::string url;
    std::vector<std::string> fields;  // "Name: value"; a Host here replaces the URL's
    std::string connect_to;           // "ADDR:PORT" whatever the URL says; empty: the URL's host
    std::string ca_bundle;            // for https
};

struct BlockingAnswer {
    int status = 0;
    std::string content_type;
    std::string body;  // at most kMaxSmokeBody bytes
};

constexpr std::size_t kMaxSmokeBody = 1U << 20;

// `unavailable` with libcurl's reason. 5 s to connect, 10 s in all.
Result<BlockingAnswer> get(const BlockingGet& request);

}  // namespace posta::worker
