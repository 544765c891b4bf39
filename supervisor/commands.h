#pragma once
// The commands that run or talk to the daemon: serve, ctl, and the hidden `front`.

#include <vector>

#include "common/command.h"

namespace posta::supervisor {

std::vector<Command> commands();

}  // namespace posta::supervisor
