#pragma once
// How soon one child may follow another, by the contract and in other words than the supervisor's:
// operations.md's back-off after a death (200 ms, doubling to 60 s, a tenth of jitter, forgiven
// after 60 s of being ready and by every command), and ten at once, then one a second, of those
// that drain. Pure.

#include <algorithm>
#include <chrono>
#include <deque>
#include <string>

#include "common/base/clock.h"

namespace posta::test {

class ExpectedPace {
public:
    // It died of itself, or could not be started.
    void on_death(SteadyTime now, std::chrono::milliseconds ready_for) {
        using std::chrono::milliseconds;
        if (ready_for >= std::chrono::seconds(60)) deaths_ = 0;
        const milliseconds delay =
            std::min(milliseconds(200) * (1 << std::min(deaths_, 10)), milliseconds(60'000));
        ++deaths_;
        due_ = now + delay * 9 / 10 - milliseconds(1);  // rounded down to whole ones
        waits_ = true;
    }

    // Somebody asked, something changed: what was before does not count.
    void forgive() { *this = ExpectedPace(); }

    // What is wrong with a start now; empty when it may be.
    std::string on_start(SteadyTime now) {
        if (waits_) {
            waits_ = false;
            return now < due_ ? "starts again before its back-off is over" : "";
        }
        if (first_) {
            first_ = false;
            return "";
        }
        constexpr std::size_t kAtOnce = 10;
        successors_.push_front(now);
        for (std::size_t before = kAtOnce; before < successors_.size(); ++before)
            if (now - successors_[before] < std::chrono::seconds(before - kAtOnce + 1))
                return "is replaced too often";
        if (successors_.size() > 3 * kAtOnce) successors_.pop_back();
        return "";
    }

private:
    bool first_ = true;
    bool waits_ = false;
    int deaths_ = 0;
    SteadyTime due_{};
    std::deque<SteadyTime> successors_;  // the newest first
};

}  // namespace posta::test
