#pragma once
// What the outcome of an attempt says about the walls that were to hold it. Pure.
//
//   enforced  every way was refused, and each wall that is meant to refuse it stands
//   partial   every way was refused, but a wall that is meant to stand here is missing or has a gap
//   absent    a way led through, or it could not be tried: what was not seen to hold does not count

#include <string>
#include <string_view>
#include <vector>

#include "common/confine/confine.h"

namespace posta::selftest {

// One way of doing what must not be possible, as it went.
struct Outcome {
    enum class Kind {
        refused,    // `number` is the errno
        killed,     // `number` is the signal
        succeeded,  // it was possible
        unclear,    // an errno that is no refusal, or a child that gave no answer
    };
    std::string_view way;  // "open", "connect"
    Kind kind = Kind::unclear;
    int number = 0;
};

// What the kernel's answer to one way means; 0 is success.
Outcome outcome_of_errno(std::string_view way, int error_number);

// A layer of the sandbox that is to refuse an attempt.
struct Wall {
    std::string_view layer;
    long landlock_version = 1;  // from which on Landlock can; for other layers without meaning
};

struct Verdict {
    LayerStrength strength = LayerStrength::absent;
    std::string remark;  // "open: EACCES, create: EACCES"
};

Verdict judge(const std::vector<Outcome>& outcomes, const std::vector<Wall>& walls,
              const SandboxReport& layers, long landlock_version);

}  // namespace posta::selftest
