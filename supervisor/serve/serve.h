#pragma once
// `posta-server serve`: the way from the command line to a running supervisor.
//
// Everything that can be wrong is found before any child is started: manifest, run directory,
// addresses, the front's user.

#include <string>
#include <vector>

#include "supervisor/lifecycle/keeper.h"

namespace posta::supervisor {

int serve(const std::vector<std::string>& words);

struct ServeOrder {
    std::string manifest_path;
    std::string data_dir;  // empty: the manifest's
    std::string run_dir;
    std::vector<std::string> listen;
    std::string admin_listen;  // empty: nobody asks /healthz and /readyz
    LogFormat log_format = LogFormat::text;
    std::string log_file;  // empty: standard error
    int notify_fd = -1;
    std::string executable = "/proc/self/exe";  // what children are started from
    KeeperLimits limits{};

    // For an upgrade: where this program was found, and the words that it is started with again.
    std::string program;
    std::vector<std::string> words;
    int take_over = -1;  // the handover's descriptor: go on instead of starting
    int rehearse = -1;   // the same: only say whether we would
};

// The path that this process was started by, made absolute; links are not followed, so that what
// they point to later is found. `words`: those of `serve`, with which an upgrade starts again.
void set_up_for_upgrade(ServeOrder& order, const std::vector<std::string>& words);

// Runs until it is told to stop; returns the exit code.
int run_supervisor(const ServeOrder& order);

}  // namespace posta::supervisor
