#include "supervisor/logs/log_ring.h"

#include <algorithm>

namespace posta::supervisor {

namespace {
constexpr auto kMost = static_cast<std::ptrdiff_t>(LogRing::kMostLines);
}

void LogRing::add(std::string line) {
    bytes_ += line.size();
    line.shrink_to_fit();  // it was made by appending: up to half of it is room for more
    lines_.push_back(std::move(line));
    auto kept = lines_.begin();
    while (kept != lines_.end() - 1 && (lines_.end() - kept > kMost || bytes_ > kMostBytes))
        bytes_ -= (kept++)->size();
    lines_.erase(lines_.begin(), kept);
}

std::vector<std::string_view> LogRing::last(std::size_t count) const {
    const std::size_t skipped = lines_.size() - std::min(count, lines_.size());
    return {lines_.begin() + static_cast<std::ptrdiff_t>(skipped), lines_.end()};
}

}  // namespace posta::supervisor
