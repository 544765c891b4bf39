#pragma once
// Time for a loop that must not wait: while a VirtualClock lives, the monotonic clock stands still
// for this process and moves by advance() alone, so that minutes of deadlines pass in no time and
// a run is the same every time.
//
// Works by defining clock_gettime() in the program, in front of the C library's: libuv reads its
// time there. The wall clock stays real. One at a time; over all of them the time never goes back.

#include <chrono>

namespace posta::fuzz {

class VirtualClock {
public:
    VirtualClock();
    ~VirtualClock();
    VirtualClock(const VirtualClock&) = delete;
    VirtualClock& operator=(const VirtualClock&) = delete;

    void advance(std::chrono::milliseconds step);
};

}  // namespace posta::fuzz
