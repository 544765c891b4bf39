#pragma once
// What a command asks of the running server over its control socket: done, or why not.

#include <chrono>
#include <string>

#include "common/base/result.h"

namespace posta::worker {

// `line` as on the control socket: "restart arne". `not_found`: no server runs there. `unavailable`
// with the server's own words: it says no. `denied`: it does not listen to this user.
Result<void> order_server(const std::string& run_dir, const std::string& line,
                          std::chrono::milliseconds patience);

}  // namespace posta::worker
