#include "worker/commands.h"

namespace posta::worker {

std::vector<Command> commands() { return {}; }

}  // namespace posta::worker
