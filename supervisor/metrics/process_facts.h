#pragma once
// What /proc says of a process. Nothing is cached.

#include <cstdint>
#include <optional>

namespace posta::supervisor {

struct ProcessFacts {
    std::optional<std::int64_t> uid;
    std::optional<std::int64_t> memory_kb;  // resident
};

// All absent for pid 0 and for one that is gone.
ProcessFacts facts_of(int pid);

}  // namespace posta::supervisor
