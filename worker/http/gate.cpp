#include "worker/http/gate.h"

#include <algorithm>

#include "common/contracts/forwarded.h"
#include "common/url/canonical.h"
#include "worker/http/error_answer.h"

namespace posta::worker {

namespace {

// The path in the form that routes and the identity's URL have; nothing for one that no URL of ours
// can have.
std::optional<std::string> canonical_path(std::string_view path) {
    if (!path.starts_with('/')) return std::nullopt;
    const auto url = url::canonicalise("https://host.invalid" + std::string(path));
    if (!url) return std::nullopt;
    return std::string(url::path_of(*url));
}

Admission refused(Response response) {
    Admission admission;
    admission.refusal = std::move(response);
    return admission;
}

}  // namespace

Admission Gate::admit(const http::RequestHead& head) {
    if (std::optional<Response> refusal = refuse_host(head)) return refused(*std::move(refusal));

    const std::optional<std::string> path = canonical_path(head.path);
    Found found = path ? parts_.router.find(head.method, *path) : Found{};
    if (found.route == nullptr) {
        if (found.allow.empty())
            return refused(error_answer(404, "not-found", "there is nothing at this path"));
        return refused(error_answer(405, "method-not-allowed", "this path allows " + found.allow)
                           .add("Allow", found.allow));
    }

    Admission admission;
    Request& request = admission.request;
    request.client_address = head.only(contracts::kClientAddressField).value_or(std::string_view());
    admission.refusal = limit_strangers(*found.route, request.client_address);
    if (!admission.refusal && found.route->check_head != nullptr)
        admission.refusal = found.route->check_head(head);
    if (!admission.refusal) admission.refusal = identify(*found.route, head, request.caller);
    if (admission.refusal) return admission;

    admission.route = found.route;
    request.method = head.method;
    request.base = std::move(found.base);
    request.parameters = std::move(found.parameters);
    request.query = head.query;
    for (const http::Field& field : head.fields) {
        // The token has done its work; nothing behind the gate needs to hold it.
        if (!http::equal_names(field.name, "Authorization"))
            request.fields.emplace_back(field.name, field.value);
    }
    return admission;
}

std::optional<Response> Gate::refuse_host(const http::RequestHead& head) const {
    if (std::find(parts_.hosts.begin(), parts_.hosts.end(), head.host) != parts_.hosts.end())
        return std::nullopt;
    return error_answer(421, "misdirected-request", "this name is not served here");
}

std::optional<Response> Gate::limit_strangers(const Route& route, const std::string& address) {
    if (route.access != Access::invite && route.access != Access::peer) return std::nullopt;
    RateLimiter& limiter = route.access == Access::invite ? invites_ : posts_;
    const auto wait = limiter.charge(address_key(address), parts_.clock.steady());
    if (!wait) return std::nullopt;
    return refused_for_now(429, "rate-limited", "too many requests from this address", *wait);
}

std::optional<Response> Gate::identify(const Route& route, const http::RequestHead& head,
                                       std::optional<Caller>& caller) {
    if (route.access != Access::caller) return std::nullopt;
    Result<std::optional<Caller>> found = parts_.callers.find(head);
    if (!found) {
        parts_.log.error("cannot look up a token", {{"error", found.error().message}});
        return answer_to(found.error());
    }
    if (!*found) return unauthorized();
    caller = **std::move(found);
    return std::nullopt;
}

}  // namespace posta::worker
