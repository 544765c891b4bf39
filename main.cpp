// The composition root: joins the commands of both layers and runs the one that was named.

#include <csignal>
#include <string>
#include <vector>

#include "common/base/random_id.h"
#include "common/command.h"
#include "supervisor/commands.h"
#include "worker/commands.h"

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);  // a peer that leaves is an error of the write, not the end
    posta::start_crypto();

    std::vector<posta::Command> commands = posta::supervisor::commands();
    for (const posta::Command& command : posta::worker::commands()) commands.push_back(command);
    return posta::run_command(commands, std::vector<std::string>(argv + 1, argv + argc));
}
