#pragma once
// The identity's URL: the actor document for programs, the landing card for people.

#include "common/base/result.h"
#include "worker/http/request.h"
#include "worker/http/response.h"

namespace posta::worker {

class App;

Result<Response> get_actor(App& app, const Request& request);

}  // namespace posta::worker
