#pragma once
// Counts what each key (a client address, a sender) does and says when it is too much.
//
// Exact, over a sliding minute: in no minute is a key allowed more than its number, and who does no
// more than that in any minute is never refused. So a wait that was announced is long enough, and
// never longer than a minute. Only what is allowed is charged.
//
// Bounded: the time of each charge is kept for about a minute (8 bytes), of at most `capacity`
// keys; the one that was asked for longest ago is forgotten first. Whoever owns more keys than that
// is not to be stopped by counting keys.
//
// Pure: time comes in as an argument.

#include <chrono>
#include <cstddef>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/base/clock.h"

namespace posta::worker {

class RateLimiter {
public:
    // `per_minute` 0: no limit.
    RateLimiter(int per_minute, std::size_t capacity)
        : per_minute_(per_minute > 0 ? static_cast<std::size_t>(per_minute) : 0),
          capacity_(capacity) {}

    // Nothing: allowed, and charged. Otherwise how long to wait, more than nothing.
    std::optional<std::chrono::milliseconds> charge(std::string_view key, SteadyTime now);

    std::size_t remembered() const { return entries_.size(); }

private:
    struct Entry {
        std::string key;
        std::deque<SteadyTime> charges;  // of the last minute, the oldest first
    };
    using Entries = std::list<Entry>;  // the most recently asked for first

    Entry& entry_for(std::string_view key);
    void forget_last();
    void forget_quiet(SteadyTime now);

    std::size_t per_minute_;
    std::size_t capacity_;
    Entries entries_;
    std::unordered_map<std::string_view, Entries::iterator> by_key_;  // views into the entries
};

// What a client address counts as: an IPv6 client owns a whole /64, so its lower half is dropped.
// Anything that is no IPv6 address is left as it is.
std::string address_key(std::string_view address);

}  // namespace posta::worker
