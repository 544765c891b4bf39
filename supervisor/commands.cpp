#include "supervisor/commands.h"

#include "supervisor/serve/serve.h"

namespace posta::supervisor {

std::vector<Command> commands() {
    return {
        {"serve", "run the server: one worker an identity behind one front", serve},
    };
}

}  // namespace posta::supervisor
