#include "supervisor/commands.h"

#include "supervisor/control/ctl.h"
#include "supervisor/front/run_front.h"
#include "supervisor/serve/serve.h"

namespace posta::supervisor {

std::vector<Command> commands() {
    return {
        {"ctl", "ask and command the running server", ctl},
        {"serve", "run the server: one worker an identity behind one front", serve},
        {"front", "", [](const std::vector<std::string>&) { return run_front(); }},
    };
}

}  // namespace posta::supervisor
