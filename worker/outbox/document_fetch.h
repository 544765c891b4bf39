#pragma once
// Gets actor documents from where they live.

#include <string>

#include "worker/outbox/actor_documents.h"
#include "worker/outbox/https_client.h"

namespace posta::worker {

class DocumentFetch final : public DocumentSource {
public:
    explicit DocumentFetch(HttpsClient& client) : client_(client) {}

    // Only a 200 with a valid document of that very URL is one.
    void fetch(const std::string& url, OnFetched on_fetched) override;

private:
    HttpsClient& client_;
};

}  // namespace posta::worker
