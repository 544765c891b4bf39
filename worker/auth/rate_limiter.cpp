#include "worker/auth/rate_limiter.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cmath>

namespace posta::worker {

namespace {

constexpr std::chrono::minutes kWindow{1};

// The part of a minute that must have passed before `previous` weighs at most `room`.
double share_until(int previous, double room) {
    return previous <= 0 ? 0 : std::max(0.0, 1 - room / previous);
}

std::chrono::milliseconds as_wait(double minutes) {
    return std::chrono::milliseconds(
        static_cast<std::chrono::milliseconds::rep>(std::ceil(minutes * 60'000)));
}

}  // namespace

RateLimiter::Entry& RateLimiter::entry_for(std::string_view key, SteadyTime now) {
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
        entries_.splice(entries_.begin(), entries_, found->second);
        return entries_.front();
    }
    if (entries_.size() >= capacity_) {
        by_key_.erase(entries_.back().key);
        entries_.pop_back();
    }
    entries_.push_front({std::string(key), now, 0, 0});
    by_key_.emplace(entries_.front().key, entries_.begin());
    return entries_.front();
}

std::optional<std::chrono::milliseconds> RateLimiter::charge(std::string_view key, SteadyTime now) {
    if (per_minute_ <= 0) return std::nullopt;
    Entry& entry = entry_for(key, now);
    if (const auto minutes = (now - entry.minute_began) / kWindow; minutes > 0) {
        entry.previous = minutes == 1 ? entry.current : 0;
        entry.current = 0;
        entry.minute_began += minutes * kWindow;
    }

    const double passed = std::chrono::duration<double>(now - entry.minute_began) / kWindow;
    if (entry.previous * (1 - passed) + entry.current + 1 <= per_minute_) {
        ++entry.current;
        return std::nullopt;
    }
    const double room = per_minute_ - 1 - entry.current;
    if (room >= 0) return as_wait(share_until(entry.previous, room) - passed);
    return as_wait(1 - passed + share_until(entry.current, per_minute_ - 1));
}

std::string address_key(std::string_view address) {
    in6_addr parsed{};
    if (inet_pton(AF_INET6, std::string(address).c_str(), &parsed) != 1 ||
        IN6_IS_ADDR_V4MAPPED(&parsed))
        return std::string(address);
    std::fill(std::begin(parsed.s6_addr) + 8, std::end(parsed.s6_addr), std::uint8_t{0});
    char text[INET6_ADDRSTRLEN] = {};
    inet_ntop(AF_INET6, &parsed, text, sizeof text);
    return std::string(text) + "/64";
}

}  // namespace posta::worker
