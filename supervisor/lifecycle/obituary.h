#pragma once
// How a process ended, as a sentence for logs and `status`. Pure.

#include <cstdint>
#include <string>

namespace posta::supervisor {

struct Exit {
    std::int64_t code = 0;  // meaningful when signal is 0
    int signal = 0;
};

// True when the process says that its configuration or data is wrong (exit code 78).
bool is_config_failure(const Exit& exit);

// "left with code 0", "left with code 78: no key in keys.json", "killed by SIGKILL: no answer for
// 20 s". `reason` is what the process said or why we killed it; it may be empty.
std::string obituary(const Exit& exit, const std::string& reason);

// "SIGTERM"; "signal 40" for one without a name.
std::string signal_name(int signal_number);

}  // namespace posta::supervisor
