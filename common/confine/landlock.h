#pragma once
// Landlock: the kernel's own list of what files a process may touch, whatever its user may.
//
// Talks to the kernel by its numbers rather than through <linux/landlock.h>, because the headers of
// the build machine are often older than the kernel that runs the program. Rights that the kernel
// does not know yet are left out and make the layer `partial`.

#include <string>
#include <vector>

#include "common/confine/confine.h"

namespace posta {

struct PathRights {
    std::string path;  // one that does not exist is skipped
    bool may_write = false;
};

struct LandlockPolicy {
    std::vector<PathRights> paths;
    bool may_connect_tcp = false;  // binding TCP is never allowed
};

// The version of the interface that this kernel offers; 0: none.
long landlock_version();

// Irrevocable for this process and its descendants; needs no_new_privs.
SandboxLayer enforce_landlock(const LandlockPolicy& policy);

}  // namespace posta
