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
        if (ready_for >= std::chrono::seconds(60)) deaths_ = all_deaths_ = 0;
        due_ = now + delay_after(deaths_++) * 9 / 10 - milliseconds(1);  // whole ones, cut
        latest_ = now + std::min(delay_after(all_deaths_++) * 11 / 10, kLongest);
        waits_ = true;
    }

    // Somebody asked, something changed: what was before need not count. It may, though: a reload
    // starts a front that failed afresh, and one that died waits on.
    void forgive() {
        const int all_deaths = all_deaths_;
        *this = ExpectedPace();
        all_deaths_ = all_deaths;
    }

    // It was refused before a process was tried, which is not seen from here.
    void lose_count() {
        forgive();
        all_deaths_ = kDeathsToLongest;
    }

    // What is wrong with a start now; empty when it may be.
    std::string on_start(SteadyTime now) {
        if (waits_) {
            waits_ = false;
            if (now > latest_) return "starts again long after its back-off is over";
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
    static constexpr std::chrono::milliseconds kLongest{60'000};
    static constexpr int kDeathsToLongest = 10;
    static std::chrono::milliseconds delay_after(int deaths) {
        return std::min(std::chrono::milliseconds(200) * (1 << std::min(deaths, kDeathsToLongest)),
                        kLongest);
    }

    bool first_ = true;
    bool waits_ = false;
    int deaths_ = 0;      // that count at least
    int all_deaths_ = 0;  // that may count
    SteadyTime due_{};
    SteadyTime latest_{};
    std::deque<SteadyTime> successors_;  // the newest first
};

}  // namespace posta::test
