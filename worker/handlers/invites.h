#pragma once
// Pairing a device: what an invite is for, and its exchange for a token (client-api.md).

#include "common/base/result.h"
#include "worker/http/request.h"
#include "worker/http/response.h"

namespace posta::worker {

class App;

Result<Response> get_invite_info(App& app, const Request& request);
Result<Response> post_invite_redeem(App& app, const Request& request);

}  // namespace posta::worker
