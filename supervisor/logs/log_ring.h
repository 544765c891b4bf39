#pragma once
// The last lines of one tenant's log, for `ctl logs`. Pure.
//
// Bounded in lines and in bytes, whichever is met first: one that writes much forgets sooner and
// costs no more than the others. Each tenant has one, mostly with a handful of lines, so nothing is
// allocated ahead.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace posta::supervisor {

class LogRing {
public:
    static constexpr std::size_t kMostLines = 500;
    static constexpr std::size_t kMostBytes = 64 * 1024;

    void add(std::string line);
    // At most so many, the oldest first. The views end with the next add().
    std::vector<std::string_view> last(std::size_t count) const;
    std::size_t bytes() const { return bytes_; }

private:
    std::vector<std::string> lines_;  // at most kMostLines: moving them up costs a microsecond
    std::size_t bytes_ = 0;
};

}  // namespace posta::supervisor
