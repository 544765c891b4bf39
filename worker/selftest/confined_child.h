#pragma once
// A throw-away process in a worker's skin: the same descriptors, user, limits and sandbox as the
// worker with these settings has, and nothing of its data opened.
//
// Forked, not a fresh image: nothing of libuv or of a tenant is in the memory of the command that
// calls this. A deed that ends its process (the filter does) costs nothing but the child.

#include <functional>
#include <string>

#include "common/base/result.h"
#include "common/confine/confine.h"
#include "common/contracts/settings.h"

namespace posta::selftest {

struct ChildsEnd {
    bool confined = false;  // false: `said` is why the sandbox did not come about
    bool answered = false;  // the work came to its end; `said` is what it returned
    std::string said;
    int signal = 0;  // that ended it; 0: it left by itself
};

// Runs `work` in the child, which is killed when it takes longer than a few seconds.
Result<ChildsEnd> in_workers_skin(const contracts::WorkerSettings& settings,
                                  const std::function<std::string(const SandboxReport&)>& work);

}  // namespace posta::selftest
