#pragma once
// Time, passed in, so that rules about time can be tested without waiting.
//
// now() is the wall clock: it may jump either way; use it for what is shown, signed or stored.
// steady() never goes back; use it for every wait, deadline and age.

#include <chrono>

namespace posta {

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
public:
    virtual ~Clock() = default;
    virtual WallTime now() const = 0;
    virtual SteadyTime steady() const = 0;
};

class SystemClock final : public Clock {
public:
    WallTime now() const override {
        return std::chrono::time_point_cast<std::chrono::milliseconds>(
            std::chrono::system_clock::now());
    }
    SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace posta
