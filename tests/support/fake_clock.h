#pragma once
// A clock that stands still until a test moves it.

#include "common/base/clock.h"

namespace posta::testing {

class FakeClock final : public Clock {
public:
    WallTime now() const override { return now_; }
    SteadyTime steady() const override { return steady_; }

    void advance(std::chrono::milliseconds by) {
        now_ += by;
        steady_ += by;
    }
    // As when somebody sets the clock: time as such has not passed.
    void set_back(std::chrono::milliseconds by) { now_ -= by; }

private:
    WallTime now_{std::chrono::milliseconds{1'778'414'400'000}};  // 2026-05-10T12:00:00Z
    SteadyTime steady_{std::chrono::hours{1}};
};

}  // namespace posta::testing
