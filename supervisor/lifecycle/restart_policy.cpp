#include "supervisor/lifecycle/restart_policy.h"

#include <algorithm>

namespace posta::supervisor {

RestartPolicy::Duration RestartPolicy::delay_after_exit(Duration ready_for, double chance) {
    if (ready_for >= limits_.stable_after) clear();
    const Duration delay = next_delay_;
    next_delay_ = std::min(next_delay_ * 2, limits_.longest_delay);
    const auto milliseconds = static_cast<double>(delay.count()) * (0.9 + 0.2 * chance);
    return std::min(Duration(static_cast<Duration::rep>(milliseconds)), limits_.longest_delay);
}

}  // namespace posta::supervisor
