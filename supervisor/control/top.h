#pragma once
// `posta-server ctl top`: a live view of the tenants in a terminal, or one table (`--once`).
//
// Keys: r, l, m, s, n sort by requests, latency, memory, restarts, name; q ends it. It asks the
// server each second, and draws anew at once when the terminal changes its size. While a server
// does not answer (it is being restarted, perhaps) the last table stays, with the reason above it.

#include <string>

#include "supervisor/control/top_view.h"

namespace posta::supervisor {

struct TopOrder {
    std::string run_dir;
    TopKey key = TopKey::requests;
    bool once = false;
};

// The exit code.
int run_top(const TopOrder& order);

}  // namespace posta::supervisor
