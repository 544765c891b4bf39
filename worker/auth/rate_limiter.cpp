#include "worker/auth/rate_limiter.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>

namespace posta::worker {

namespace {

constexpr std::chrono::minutes kWindow{1};

}  // namespace

std::optional<std::chrono::milliseconds> RateLimiter::charge(std::string_view key, SteadyTime now) {
    if (per_minute_ == 0) return std::nullopt;
    forget_quiet(now);
    std::deque<SteadyTime>& charges = entry_for(key).charges;
    while (!charges.empty() && now - charges.front() >= kWindow) charges.pop_front();
    if (charges.size() < per_minute_) {
        charges.push_back(now);
        return std::nullopt;
    }
    return std::chrono::ceil<std::chrono::milliseconds>(kWindow - (now - charges.front()));
}

RateLimiter::Entry& RateLimiter::entry_for(std::string_view key) {
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
        entries_.splice(entries_.begin(), entries_, found->second);
        return entries_.front();
    }
    if (entries_.size() >= capacity_) forget_last();
    entries_.push_front({std::string(key), {}});
    by_key_.emplace(entries_.front().key, entries_.begin());
    return entries_.front();
}

void RateLimiter::forget_last() {
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
}

// Those asked for longest ago that have nothing left to count, two at a time: more go than come,
// and no call takes long.
void RateLimiter::forget_quiet(SteadyTime now) {
    for (int i = 0; i < 2 && !entries_.empty(); ++i) {
        if (now - entries_.back().charges.back() < kWindow) return;
        forget_last();
    }
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
