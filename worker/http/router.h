#pragma once
// Finds the row of the route table for a method and a path. Pure.
//
// A pattern is what stands behind the identity's path: "" is the identity's URL itself,
// "/api/v1/tokens/{id}" has a parameter. A parameter takes the rest of its segment and is never
// empty. When the identity's URL has a path, every pattern but "" is answered at the host's root
// too (client-api.md), because pairing URIs carry only the host.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/http/head.h"
#include "worker/http/reply.h"
#include "worker/http/request.h"
#include "worker/http/response.h"

namespace posta::worker {

class App;

using Handler = Result<Response> (*)(App& app, const Request& request);

enum class Access {
    anyone,
    invite,  // anyone, but few a minute for each client address
    peer,    // anyone who proves to be a sender; so many a minute for each client address
    caller,  // needs a token
};

// Answers when it can, and looks after its transaction itself.
using LaterHandler = void (*)(App& app, Request request, Reply reply);

// What can be refused before the body is read.
using HeadCheck = std::optional<Response> (*)(const http::RequestHead& head);

struct Route {
    std::string_view method;
    std::string_view pattern;
    Access access;
    std::size_t max_body;
    Handler handler;
    LaterHandler later = nullptr;  // instead of `handler`
    HeadCheck check_head = nullptr;
};

struct Found {
    const Route* route = nullptr;         // null: no such path, or not with this method
    std::string allow;                    // the methods that the path has; empty: no such path
    std::string base;                     // what the path had in front of the pattern
    std::vector<std::string> parameters;  // in the order of the pattern
};

class Router {
public:
    // `base` is the path of the identity's canonical URL: "" or "/inbox".
    Router(std::span<const Route> routes, std::string base)
        : routes_(routes), base_(std::move(base)) {}

    // `path` in canonical form (common/url): "" for the root. HEAD finds what GET does.
    Found find(std::string_view method, std::string_view path) const;

private:
    std::span<const Route> routes_;
    std::string base_;
};

}  // namespace posta::worker
