#include "worker/http/dispatcher.h"

#include <algorithm>

#include "common/contracts/forwarded.h"
#include "worker/app.h"
#include "worker/http/error_answer.h"

namespace posta::worker {

namespace {

bool says_how_to_cache(const Response& response) {
    return std::any_of(response.fields.begin(), response.fields.end(), [](const auto& field) {
        return http::equal_names(field.first, "Cache-Control");
    });
}

}  // namespace

Response Dispatcher::answer_of(const Route& route, const Request& request) {
    Result<Response> outcome =
        route.method == "GET"
            ? route.handler(app_, request)
            : app_.store().turn().write([&] { return route.handler(app_, request); });
    if (outcome) return *std::move(outcome);
    Response response = answer_to(outcome.error());
    if (response.status >= 500)
        app_.log().error("request failed", {{"method", route.method},
                                            {"route", route.pattern},
                                            {"request", request.field(contracts::kRequestIdField)},
                                            {"error", outcome.error().message}});
    return response;
}

void Dispatcher::serve(const Route& route, Request request, Reply reply) {
    // An answer that rests on nothing that is still to be committed holds however the commit goes:
    // that a token was seen is no reason to keep anybody from reading while the disk is full.
    const bool rests_on_disk = route.method == "GET" && !app_.store().turn().is_open();
    if (request.caller) {
        if (const Result<void> kept = callers_.saw(*request.caller); !kept)
            app_.log().warn("last-seen time not kept", {{"error", kept.error().message}});
    }
    if (route.later != nullptr) return route.later(app_, std::move(request), std::move(reply));
    Response response = answer_of(route, request);
    if (app_.log().level() == LogLevel::debug)
        app_.log().debug("request", {{"request", request.field(contracts::kRequestIdField)},
                                     {"method", route.method},
                                     {"route", route.pattern},
                                     {"status", response.status}});
    if (route.access != Access::anyone && !says_how_to_cache(response))
        response.add("Cache-Control", "no-store");
    // Answers of one turn may wait for its end together, and pages are large.
    auto held = std::make_shared<MemoryShare>(memory_, response.body.size());
    app_.store().turn().when_over([reply = std::move(reply), response = std::move(response),
                                   held = std::move(held),
                                   rests_on_disk](const Result<void>& committed) mutable {
        held.reset();
        reply.send(committed || rests_on_disk ? std::move(response) : answer_to(committed.error()));
    });
}

}  // namespace posta::worker
