#pragma once
// The ids of events: numbers that only grow, also over the death of a worker.
//
// Ids below a number that stands in the database may have been given out; the next worker goes on
// there. That number is raised by a whole block, inside a transaction that is written anyway, so it
// costs no commit of its own. A worker also never begins below the time of day in microseconds:
// then ids grow on when a database was put back from an older copy, and those of frames that no
// transaction goes with (`ready`) need no reservation. Below 2^53, so a script may take one for a
// number.
//
// Pure: knows neither clock nor database.

#include <algorithm>
#include <cstdint>
#include <optional>

#include "common/base/clock.h"

namespace posta::worker {

class EventIds {
public:
    EventIds(std::int64_t reserved, WallTime now)
        : reserved_(reserved),
          next_(
              std::max<std::int64_t>(reserved, now.time_since_epoch().count() * kPerMillisecond)) {}

    std::int64_t take() { return next_++; }
    std::int64_t next() const { return next_; }

    // The number that must stand in the database before much more is given out.
    std::optional<std::int64_t> to_reserve() const {
        if (next_ + kMargin <= reserved_) return std::nullopt;
        return next_ + kBlock;
    }
    void on_reserved(std::int64_t below) { reserved_ = std::max(reserved_, below); }

private:
    static constexpr std::int64_t kPerMillisecond = 1000;
    static constexpr std::int64_t kBlock = 1 << 20;
    static constexpr std::int64_t kMargin = 1 << 16;  // more than one transaction has events

    std::int64_t reserved_;
    std::int64_t next_;
};

}  // namespace posta::worker
