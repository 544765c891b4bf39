#pragma once
// The pairing page and the files that our pages need.

#include "common/base/result.h"
#include "worker/http/request.h"
#include "worker/http/response.h"

namespace posta::worker {

class App;

Result<Response> get_setup_page(App& app, const Request& request);
Result<Response> get_page_asset(App& app, const Request& request);

}  // namespace posta::worker
