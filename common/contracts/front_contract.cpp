#include "common/contracts/front_contract.h"

#include <array>
#include <limits>
#include <utility>

#include "common/contracts/fields.h"
#include "common/json/write.h"

namespace posta::contracts {

namespace {

constexpr std::string_view kPrefix = "routes ";

constexpr std::array<std::pair<Route::State, std::string_view>, 4> kStates{{
    {Route::State::down, "down"},
    {Route::State::ready, "ready"},
    {Route::State::draining, "draining"},
    {Route::State::off, "off"},
}};

Result<Route::State> state_from(std::string_view name) {
    for (const auto& [state, state_name] : kStates)
        if (name == state_name) return state;
    return Error{ErrorCode::invalid, "unknown route state \"" + std::string(name) + "\""};
}

Result<int> limit_from(const json::Value& object, std::string_view name) {
    const std::int64_t limit = TRY(integer_field(object, name, 0, std::numeric_limits<int>::max()));
    return static_cast<int>(limit);
}

Result<Route> route_from(const json::Value& object) {
    if (object.kind() != json::Kind::object)
        return Error{ErrorCode::invalid, "a route is not an object"};
    Route route;
    route.slug = TRY(string_field(object, "slug"));
    route.socket_path = TRY(string_field(object, "socket"));
    route.hosts = TRY(strings_field(object, "hosts"));
    const std::string state = TRY(string_field(object, "state"));
    route.state = TRY(state_from(state));
    route.connection_limit = TRY(limit_from(object, "connection_limit"));
    route.requests_per_second = TRY(limit_from(object, "requests_per_second"));
    route.worker_connections = TRY(limit_from(object, "worker_connections"));
    const std::string access_log = TRY(string_field(object, "access_log"));
    const auto mode = manifest::access_log_from(access_log);
    if (!mode) return Error{ErrorCode::invalid, "unknown access log \"" + access_log + "\""};
    route.access_log = *mode;
    return route;
}

}  // namespace

std::string_view name_of(Route::State state) {
    return kStates[static_cast<std::size_t>(state)].second;
}

std::string to_line(const std::vector<Route>& routes) {
    json::Writer out;
    out.begin_object().key("routes").begin_array();
    for (const Route& route : routes) {
        out.begin_object().member("slug", route.slug).member("socket", route.socket_path);
        out.key("hosts").begin_array();
        for (const std::string& host : route.hosts) out.string(host);
        out.end_array()
            .member("state", name_of(route.state))
            .member("connection_limit", route.connection_limit)
            .member("requests_per_second", route.requests_per_second)
            .member("worker_connections", route.worker_connections)
            .member("access_log", manifest::name_of(route.access_log))
            .end_object();
    }
    out.end_array().end_object();
    return std::string(kPrefix) + std::move(out).text();
}

Result<std::vector<Route>> routes_from(std::string_view line) {
    if (!line.starts_with(kPrefix)) return Error{ErrorCode::invalid, "not a routes line"};
    const json::Value object = TRY(object_from(line.substr(kPrefix.size()), "routes"));
    const json::Value* array = TRY(array_field(object, "routes"));
    std::vector<Route> routes;
    for (const json::Value& element : array->elements()) {
        Route route = TRY(route_from(element));
        routes.push_back(std::move(route));
    }
    return routes;
}

}  // namespace posta::contracts
