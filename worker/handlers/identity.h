#pragma once
// The identity as its own devices see it; also how a client tries its token.

#include "common/base/result.h"
#include "worker/http/request.h"
#include "worker/http/response.h"

namespace posta::worker {

class App;

Result<Response> get_identity(App& app, const Request& request);

}  // namespace posta::worker
