#pragma once
// GET /api/v1/events: what happens, as it happens (client-api.md).

#include "worker/http/router.h"

namespace posta::worker {

void get_events(App& app, Request request, Reply reply);

}  // namespace posta::worker
