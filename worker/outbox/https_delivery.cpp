#include "worker/outbox/https_delivery.h"

#include "common/base/encoding.h"
#include "worker/envelope/wire.h"

namespace posta::worker {
namespace {

// Enough for any error body; a longer answer is cut, because its status is what counts.
constexpr std::size_t kMaxAnswerBytes = 4096;

}  // namespace

void HttpsDelivery::deliver(const std::string& peer, std::string body, std::string_view signature,
                            std::function<void(Result<HttpsAnswer>)> on_done) {
    HttpsRequest request;
    request.method = HttpsRequest::Method::post;
    request.url = peer;
    request.fields = {"Content-Type: " + std::string(wire::kContentType),
                      std::string(wire::kSignatureField) + ": " + base64_encode(signature)};
    request.body = std::move(body);
    request.max_answer_bytes = kMaxAnswerBytes;
    request.cut_longer_answer = true;
    client_.start(std::move(request), std::move(on_done));
}

}  // namespace posta::worker
