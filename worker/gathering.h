#pragma once
// Whether a turn's transaction is committed now or waits a moment for messages that are just being
// verified.
//
// A commit costs the same CPU and the same wait for the disk however much is in it. So while
// signatures are on the thread pool the transaction stays open for their messages too, but no
// longer than the last commit took: nobody's answer takes more than twice as long for it, and a
// quick disk makes the wait short by itself.
//
// Pure: time comes in as an argument.

#include <algorithm>
#include <optional>

#include "common/base/clock.h"

namespace posta::worker {

class Gathering {
public:
    // At the end of each turn of the loop that finds a transaction open.
    bool waits(bool more_is_coming, SteadyTime now) {
        if (!more_is_coming) return false;
        if (!since_) since_ = now;
        return now - *since_ < at_most_;
    }

    void committed(SteadyTime began, SteadyTime ended) {
        since_.reset();
        at_most_ = std::min<std::chrono::nanoseconds>(ended - began, kLongest);
    }

private:
    static constexpr std::chrono::milliseconds kLongest{10};

    std::optional<SteadyTime> since_;  // the transaction has waited since then
    std::chrono::nanoseconds at_most_{0};
};

}  // namespace posta::worker
