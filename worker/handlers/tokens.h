#pragma once
// The identity's devices: which hold a token, and taking one away.

#include "common/base/result.h"
#include "worker/http/request.h"
#include "worker/http/response.h"

namespace posta::worker {

class App;

// Those that can still come in; the one that asks is marked.
Result<Response> get_tokens(App& app, const Request& request);
Result<Response> delete_token(App& app, const Request& request);

}  // namespace posta::worker
