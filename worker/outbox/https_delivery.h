#pragma once
// Delivers to peers over HTTPS.

#include "worker/outbox/https_client.h"
#include "worker/outbox/outbox.h"

namespace posta::worker {

class HttpsDelivery final : public Delivery {
public:
    explicit HttpsDelivery(HttpsClient& client) : client_(client) {}

    void deliver(const std::string& peer, std::string body, std::string_view signature,
                 std::function<void(Result<HttpsAnswer>)> on_done) override;

private:
    HttpsClient& client_;
};

}  // namespace posta::worker
