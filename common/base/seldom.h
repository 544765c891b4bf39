#pragma once
// How often something that may happen thousands of times a second is told of: once in a while, with
// how often it has happened since. Pure; time comes in as an argument.

#include <cstdint>
#include <optional>

namespace posta {

class Seldom {
public:
    explicit Seldom(std::uint64_t pause_ms) : pause_ms_(pause_ms) {}

    // Once more. A number when it is to be told now: how often it happened, this time included,
    // since it was told the last time.
    std::optional<std::uint64_t> once_more(std::uint64_t now_ms) {
        ++untold_;
        if (told_at_ && now_ms - *told_at_ < pause_ms_) return std::nullopt;
        told_at_ = now_ms;
        const std::uint64_t times = untold_;
        untold_ = 0;
        return times;
    }

private:
    std::uint64_t pause_ms_;
    std::uint64_t untold_ = 0;
    std::optional<std::uint64_t> told_at_;
};

}  // namespace posta
