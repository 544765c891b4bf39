#pragma once
// The commands that work on an identity's own files (check, identity, key, token, invite, smoke),
// and the hidden `worker`.

#include <vector>

#include "common/command.h"

namespace posta::worker {

std::vector<Command> commands();

}  // namespace posta::worker
