#include "worker/outbox/document_fetch.h"

#include "worker/envelope/wire.h"

namespace posta::worker {
namespace {

Result<wire::ActorDocument> document_from(const Result<HttpsAnswer>& answer,
                                          const std::string& url) {
    if (!answer) return answer.error();
    if (answer->status != 200) {
        return Error{ErrorCode::unavailable,
                     url + ": status " + std::to_string(answer->status) + " instead of 200"};
    }
    return wire::parse_actor_document(answer->body, url).within(url);
}

}  // namespace

void DocumentFetch::fetch(const std::string& url, OnFetched on_fetched) {
    HttpsRequest request;
    request.url = url;
    request.fields = {"Accept: " + std::string(wire::kContentType)};
    request.max_answer_bytes = wire::kMaxDocumentBytes;
    client_.start(std::move(request),
                  [url, on_fetched = std::move(on_fetched)](const Result<HttpsAnswer>& answer) {
                      on_fetched(document_from(answer, url));
                  });
}

}  // namespace posta::worker
