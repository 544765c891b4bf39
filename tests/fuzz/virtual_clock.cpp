#include "tests/fuzz/virtual_clock.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

#include "common/base/check.h"

namespace posta::fuzz {

namespace {

// Read by clock_gettime(), which knows no object.
std::atomic<bool> virtual_now = false;
std::atomic<long long> now_ms = 1'000'000'000;

bool is_virtual(clockid_t clock) {
    return virtual_now && (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE);
}

}  // namespace

VirtualClock::VirtualClock() { CHECK(!virtual_now.exchange(true)); }

VirtualClock::~VirtualClock() { virtual_now = false; }

void VirtualClock::advance(std::chrono::milliseconds step) { now_ms += step.count(); }

}  // namespace posta::fuzz

extern "C" __attribute__((visibility("default"))) int clock_gettime(clockid_t clock,
                                                                    timespec* out) noexcept {
    using namespace posta::fuzz;
    if (!is_virtual(clock)) return static_cast<int>(::syscall(SYS_clock_gettime, clock, out));
    const long long now = now_ms;
    out->tv_sec = static_cast<time_t>(now / 1000);
    out->tv_nsec = static_cast<long>(now % 1000 * 1'000'000);
    return 0;
}
