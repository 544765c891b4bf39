#pragma once
// Counts what each key (a client address, a sender) does and says when it is too much.
//
// A sliding window of one minute, kept as two counters a key: the share of the previous minute that
// still overlaps the window, plus the current minute. So a key never gets twice its limit around a
// minute's edge, and a wait that was announced is long enough. Only what is allowed is charged.
//
// Bounded: at most `capacity` keys are remembered, the one that was quiet longest is forgotten
// first. Whoever owns more keys than that is not to be stopped by counting keys.
//
// Pure: time comes in as an argument.

#include <chrono>
#include <cstddef>
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
        : per_minute_(per_minute), capacity_(capacity) {}

    // Nothing: allowed, and charged. Otherwise how long to wait.
    std::optional<std::chrono::milliseconds> charge(std::string_view key, SteadyTime now);

    std::size_t remembered() const { return entries_.size(); }

private:
    struct Entry {
        std::string key;
        SteadyTime minute_began;
        int previous = 0;
        int current = 0;
    };
    using Entries = std::list<Entry>;  // the most recently charged first

    Entry& entry_for(std::string_view key, SteadyTime now);

    int per_minute_;
    std::size_t capacity_;
    Entries entries_;
    std::unordered_map<std::string_view, Entries::iterator> by_key_;  // views into the entries
};

// What a client address counts as: an IPv6 client owns a whole /64, so its lower half is dropped.
// Anything that is no IPv6 address is left as it is.
std::string address_key(std::string_view address);

}  // namespace posta::worker
