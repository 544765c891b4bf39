#include "worker/handlers/post_inbox.h"

#include "worker/app.h"
#include "worker/envelope/reception.h"
#include "worker/handlers/inbox.h"
#include "worker/http/error_answer.h"

namespace posta::worker {

namespace {

Response refusal_answer(const wire::Refused& refused, std::chrono::seconds retry_after) {
    const auto [status, code] = wire::answer_for(refused.refusal);
    if (status == 429 || status == 503) {
        return refused_for_now(status, code, refused.message, retry_after);
    }
    Response response = error_answer(status, code, refused.message);
    if (status == 401) response.add("WWW-Authenticate", wire::kChallenge);
    return response;
}

Response answer_to(const wire::Verdict& verdict) {
    if (verdict.refused) return refusal_answer(*verdict.refused, verdict.retry_after);
    return Response::empty(204);
}

}  // namespace

std::optional<Response> refuse_submission_head(const http::RequestHead& head) {
    const auto type = head.only("Content-Type");
    if (type && wire::is_posta_json(*type)) return std::nullopt;
    return refusal_answer(wire::unsupported_media_type(), {});
}

void post_inbox(App& app, Request request, Reply reply) {
    wire::Submission submission;
    for (const auto& [name, value] : request.fields) {
        if (http::equal_names(name, "Content-Type")) submission.content_types.push_back(value);
        if (http::equal_names(name, wire::kSignatureField)) submission.signatures.push_back(value);
    }
    submission.body = std::move(request.body);
    app.inbox().receive(std::move(submission),
                        [reply](const wire::Verdict& verdict) { reply.send(answer_to(verdict)); });
}

}  // namespace posta::worker
