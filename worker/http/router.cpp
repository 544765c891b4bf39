#include "worker/http/router.h"

#include <optional>

namespace posta::worker {

namespace {

using Parameters = std::vector<std::string>;

// The part up to the next slash, which stays in `rest`.
std::string_view take_segment(std::string_view& rest) {
    const std::size_t end = rest.find('/', 1);
    const std::string_view segment = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
    return segment;
}

std::optional<Parameters> match(std::string_view pattern, std::string_view path) {
    Parameters parameters;
    while (!pattern.empty() && !path.empty()) {
        const std::string_view expected = take_segment(pattern);
        const std::string_view given = take_segment(path);
        const std::size_t brace = expected.find('{');
        if (brace == std::string_view::npos) {
            if (given != expected) return std::nullopt;
            continue;
        }
        if (given.size() <= brace || given.substr(0, brace) != expected.substr(0, brace))
            return std::nullopt;
        parameters.emplace_back(given.substr(brace));
    }
    if (!pattern.empty() || !path.empty()) return std::nullopt;
    return parameters;
}

void allow(std::string& methods, std::string_view method) {
    if (!methods.empty()) methods += ", ";
    methods += method;
    if (method == "GET") methods += ", HEAD";
}

}  // namespace

Found Router::find(std::string_view method, std::string_view path) const {
    const std::string_view wanted = method == "HEAD" ? "GET" : method;
    const bool below_base =
        path.starts_with(base_) && (path.size() == base_.size() || path[base_.size()] == '/');
    Found found;
    for (const Route& route : routes_) {
        std::string base;
        std::optional<Parameters> parameters;
        if (below_base) {
            base = base_;
            parameters = match(route.pattern, path.substr(base_.size()));
        }
        if (!parameters && !route.pattern.empty()) {
            base.clear();
            parameters = match(route.pattern, path);
        }
        if (!parameters) continue;
        if (route.method != wanted) {
            allow(found.allow, route.method);
            continue;
        }
        return {&route, {}, std::move(base), std::move(*parameters)};
    }
    return found;
}

}  // namespace posta::worker
