#pragma once
// Tells when a worker that has been busy has nothing to do any more, so that it can give back what
// it took meanwhile (the database's cache and log).
//
// Asked at each sign of life instead of by a timer of its own: an idle worker wakes up no more
// often for it, and one that never did anything has nothing to give back.
//
// Pure: what has been done so far comes in as a number that only grows.

#include <cstdint>

namespace posta::worker {

class QuietTime {
public:
    // True once for each quiet time: nothing was done since the last call, but before it.
    bool begins(std::uint64_t done_so_far) {
        const bool was_quiet = quiet_;
        quiet_ = done_so_far == done_;
        done_ = done_so_far;
        return quiet_ && !was_quiet;
    }

private:
    std::uint64_t done_ = 0;
    bool quiet_ = true;
};

}  // namespace posta::worker
