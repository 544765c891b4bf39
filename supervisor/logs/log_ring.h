#pragma once
// The last lines of one tenant's log, for `ctl logs`. Pure.
//
// Bounded in lines and in bytes, whichever is met first: one that writes much forgets sooner and
// costs no more than the others.

#include <cstddef>
#include <deque>
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
    std::deque<std::string> lines_;
    std::size_t bytes_ = 0;
};

}  // namespace posta::supervisor
