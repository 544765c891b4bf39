#pragma once
// One complete request, as a handler sees it.
//
// A value: it owns its bytes and knows nothing of streams, sockets or parsers. It has passed the
// gate (http/gate.h): Host, route, limits and token were in order.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "worker/auth/caller.h"

namespace posta::worker {

struct Request {
    std::string method;  // HEAD too: a handler need not tell it from GET
    // What the path had in front of the route: the identity's path, or nothing when the route was
    // asked for at the host's root.
    std::string base;
    std::vector<std::string> parameters;  // of the path, in the order of the route's pattern
    std::string query;                    // without the '?'
    std::vector<std::pair<std::string, std::string>> fields;
    std::string body;
    std::string client_address;    // from the front; empty when it said nothing usable
    std::optional<Caller> caller;  // present exactly on routes that need one

    // The fields of that name in any case, joined as RFC 9110 section 5.3 allows; empty when
    // absent.
    std::string field(std::string_view name) const;
    std::size_t count(std::string_view name) const;
    // The decoded value of the first such parameter of the query.
    std::optional<std::string> parameter(std::string_view name) const;
};

}  // namespace posta::worker
