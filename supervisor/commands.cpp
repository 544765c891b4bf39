#include "supervisor/commands.h"

namespace posta::supervisor {

std::vector<Command> commands() { return {}; }

}  // namespace posta::supervisor
