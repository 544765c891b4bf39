#pragma once
// What a supervisor that was killed has left in its run directory.
//
// The sockets and pid files of those in the manifest are replaced anyway. Those of a tenant that
// has left it meanwhile would stay, and a pid file that names nobody (or, by now, somebody else) is
// a trap for whoever signals by it. Only what is certainly such a thing goes: the directory may be
// one that others use, too.

#include <string>

namespace posta::supervisor {

// To be called by who holds the directory's lock, before any socket is bound. What cannot be
// removed stays.
void remove_left_behind(const std::string& run_dir);

}  // namespace posta::supervisor
