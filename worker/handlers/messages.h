#pragma once
// Conversations: reading them, queueing a message, asking for another try (client-api.md).

#include "worker/http/router.h"

namespace posta::worker {

Result<Response> get_messages(App& app, const Request& request);
Result<Response> post_message(App& app, const Request& request);
Result<Response> post_message_retry(App& app, const Request& request);

}  // namespace posta::worker
