#pragma once
// Tries everything of attempts.h in a worker's skin and judges what came of it.

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/confine/confine.h"
#include "common/contracts/settings.h"
#include "worker/selftest/scene.h"

namespace posta::selftest {

struct Line {
    std::string subject;  // a layer's name, or what was attempted
    LayerStrength strength = LayerStrength::absent;
    std::string remark;
};

struct Findings {
    long landlock_version = 0;  // the kernel's
    std::vector<Line> layers;
    std::vector<Line> attempts;

    // The weakest of all lines.
    LayerStrength weakest() const;
};

// An error: the sandbox did not come about at all, as it would not for the worker.
Result<Findings> examine(const contracts::WorkerSettings& settings, const Targets& targets);

}  // namespace posta::selftest
