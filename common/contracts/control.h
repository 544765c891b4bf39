#pragma once
// The control socket as its clients see it (operations.md, "Control socket").
//
// One request a line, one JSON object a line in answer. Blocking, for commands; the supervisor's
// own side is supervisor/control.

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace posta::contracts {

constexpr std::size_t kMaxControlRequestBytes = 16 * 1024;
constexpr int kControlSchema = 1;

std::string control_socket_path(const std::string& run_dir);

// Sends the line and returns the answer's line, both without newline. `not_found` or `unavailable`:
// no server runs there (exit code 4). The answer itself may be one that says no.
Result<std::string> ask_supervisor(const std::string& run_dir, std::string_view request,
                                   std::chrono::milliseconds patience);

// Sends the line and calls `on_line` with each line that comes, until the server ends the stream or
// `on_line` returns false. The same errors.
Result<void> follow_supervisor(const std::string& run_dir, std::string_view request,
                               const std::function<bool(std::string_view)>& on_line);

}  // namespace posta::contracts
