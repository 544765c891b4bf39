#pragma once
// What a child tells of itself for `status`: the JSON object of a `report` line. Pure.
//
// It goes with `ready` and with each pong, so that it is never older than a heartbeat and no child
// needs a timer for it.

#include <cstdint>
#include <string>

#include "common/confine/confine.h"

namespace posta::contracts {

struct ChildReport {
    std::uint64_t connections = 0;  // open now
    std::uint64_t requests = 0;     // since it was started
    const SandboxReport& sandbox;
    std::string
        trouble{};  // why it cannot keep what it is given (disk full); empty when all is well
};

// {"connections":1,"requests":2,"sandbox":[{"layer":"seccomp","strength":"enforced"}, ...]}; a
// layer that is not enforced has a "remark"; "trouble" is there when there is any.
std::string to_json(const ChildReport& report);

}  // namespace posta::contracts
