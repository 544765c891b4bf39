#pragma once
// What a supervisor listens on, and the run directory that it owns: opened at a start, or taken
// over from the image before this one in an upgrade.

#include <string>
#include <vector>

#include "common/base/log.h"
#include "supervisor/serve/public_listeners.h"
#include "supervisor/serve/run_dir.h"
#include "supervisor/upgrade/handover.h"

namespace posta::supervisor {

struct ServerSockets {
    RunDir run_dir;
    std::vector<PublicListener> listeners;
    std::vector<PublicListener> admin;  // one or none
    UniqueFd control;
};

// `admin_listen`: empty for none. `invalid`: an address is not one.
Result<ServerSockets> open_sockets(const std::string& run_dir,
                                   const std::vector<std::string>& listen,
                                   const std::string& admin_listen, Log& log);

ServerSockets take_over_sockets(const std::string& run_dir, const Handover& handover, Log& log);

}  // namespace posta::supervisor
