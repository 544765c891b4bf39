#include "common/contracts/line_splitter.h"

#include <algorithm>
#include <utility>

namespace posta::contracts {

void LineSplitter::add(std::string_view bytes) {
    kept_.erase(0, std::exchange(taken_, 0));
    while (!bytes.empty()) {
        const std::size_t newline = bytes.find('\n');
        const std::string_view part = bytes.substr(0, newline);
        const std::size_t room = max_line_bytes_ - std::min(line_bytes_, max_line_bytes_);
        kept_ += part.substr(0, room);
        line_bytes_ += part.size();
        if (line_bytes_ > max_line_bytes_) too_long_ = true;
        if (newline == std::string_view::npos) return;
        kept_ += '\n';
        line_bytes_ = 0;
        bytes.remove_prefix(newline + 1);
    }
}

std::optional<std::string> LineSplitter::next() {
    const std::size_t newline = kept_.find('\n', taken_);
    if (newline == std::string::npos) return std::nullopt;
    std::string line = kept_.substr(taken_, newline - taken_);
    taken_ = newline + 1;
    // There is one of these for each child: an idle one holds nothing of what was said last.
    if (taken_ == kept_.size()) {
        std::string().swap(kept_);
        taken_ = 0;
    }
    return line;
}

}  // namespace posta::contracts
