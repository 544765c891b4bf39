#include "worker/handlers/events.h"

#include "worker/app.h"
#include "worker/events/event_frame.h"
#include "worker/http/error_answer.h"

namespace posta::worker {

namespace {

constexpr std::string_view kLastEventId = "Last-Event-ID";
constexpr std::chrono::seconds kRetryWhenFull{5};

}  // namespace

void get_events(App& app, Request request, Reply reply) {
    if (app.events().is_full())
        return reply.send(
            refused_for_now(503, "unavailable", "too many event streams are open", kRetryWhenFull));
    Response head;
    head.add("Content-Type", kEventStreamType)
        .add("Cache-Control", "no-store")
        .add("X-Accel-Buffering", "no");  // nginx, where there is one in between
    const bool resumes = request.count(kLastEventId) > 0;
    reply.stream(std::move(head),
                 app.events().stream_for({request.caller->token_id, resumes,
                                          read_event_id(request.field(kLastEventId))}));
}

}  // namespace posta::worker
