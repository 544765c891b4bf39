#include "supervisor/logs/log_ring.h"

#include <algorithm>

namespace posta::supervisor {

void LogRing::add(std::string line) {
    bytes_ += line.size();
    lines_.push_back(std::move(line));
    while (lines_.size() > 1 && (lines_.size() > kMostLines || bytes_ > kMostBytes)) {
        bytes_ -= lines_.front().size();
        lines_.pop_front();
    }
}

std::vector<std::string_view> LogRing::last(std::size_t count) const {
    const std::size_t skipped = lines_.size() - std::min(count, lines_.size());
    return {lines_.begin() + static_cast<std::ptrdiff_t>(skipped), lines_.end()};
}

}  // namespace posta::supervisor
