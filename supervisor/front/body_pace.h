#pragma once
// How long a request's body may take its time, piece by piece.
//
// While its tenant has places with its worker to spare, a body may stand still for as long as the
// manifest says, and any byte begins that time anew. When the places run short, whoever sends
// nothing, or next to nothing, holds one that others of that tenant wait for: then a body has to
// bring a little in each step. A phone on a bad line does; who drips a byte now and then does not.
//
// Pure: time and bytes come in as arguments.

#include <algorithm>
#include <cstdint>

#include "supervisor/front/limits.h"

namespace posta::supervisor {

class BodyPace {
public:
    explicit BodyPace(const FrontLimits& limits) : limits_(limits) {}

    void begin(std::uint64_t now_ms) {
        fresh_bytes_ = 0;
        since_ms_ = now_ms;
    }

    // `crowded`: its tenant's places run short.
    void take(std::size_t bytes, std::uint64_t now_ms, bool crowded) {
        fresh_bytes_ += bytes;
        if (!crowded || fresh_bytes_ >= limits_.body_step_bytes) begin(now_ms);
    }

    // How long until it is to be asked again; zero: it has had its time.
    FrontLimits::Duration left(std::uint64_t now_ms, bool crowded) const {
        const FrontLimits::Duration passed(now_ms - since_ms_);
        const FrontLimits::Duration most =
            crowded ? std::min(limits_.body_step, limits_.body_idle) : limits_.body_idle;
        if (passed >= most) return FrontLimits::Duration::zero();
        return std::min(limits_.body_step, most - passed);
    }

private:
    const FrontLimits& limits_;
    std::size_t fresh_bytes_ = 0;  // since then
    std::uint64_t since_ms_ = 0;
};

}  // namespace posta::supervisor
