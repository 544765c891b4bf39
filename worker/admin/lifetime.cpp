#include "worker/admin/lifetime.h"

#include <charconv>

namespace posta::worker {

std::optional<std::chrono::seconds> lifetime_from(std::string_view text) {
    using namespace std::chrono_literals;
    if (text.size() < 2 || text.size() > 9) return std::nullopt;
    long long count = 0;
    const char* unit = text.data() + text.size() - 1;
    const auto [end, error] = std::from_chars(text.data(), unit, count);
    if (error != std::errc() || end != unit || count < 1) return std::nullopt;
    const std::chrono::seconds one = *unit == 's'   ? 1s
                                     : *unit == 'm' ? std::chrono::seconds(1min)
                                     : *unit == 'h' ? std::chrono::seconds(1h)
                                     : *unit == 'd' ? std::chrono::seconds(24h)
                                                    : 0s;
    const std::chrono::seconds lifetime = one * count;
    if (lifetime < 1min || lifetime > 30 * 24h) return std::nullopt;
    return lifetime;
}

}  // namespace posta::worker
