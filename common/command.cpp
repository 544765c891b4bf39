#include "common/command.h"

#include <cstdio>

#include "posta_version.h"

namespace posta {

int run_command(std::span<const Command> commands, const std::vector<std::string>& arguments) {
    if (!arguments.empty() && arguments[0] == "--version") {
        std::puts("posta-server " POSTA_VERSION);
        return kExitDone;
    }
    for (const Command& command : commands) {
        if (!arguments.empty() && command.name == arguments[0])
            return command.run({arguments.begin() + 1, arguments.end()});
    }
    return kExitUsage;
}

}  // namespace posta
