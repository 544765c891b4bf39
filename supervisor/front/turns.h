#pragma once
// How much the front does for one tenant in one turn of its loop.
//
// A turn deals with all that has come since the last one. With a crowd before one tenant that is
// hundreds of requests, and whoever asks for another tenant waits for all of them, once on the way
// there and once on the way back. So a tenant has a few steps a turn (a request that begins is one,
// in a queue of their own the parts of bodies, by their length: steps_for()) and the others wait
// here, first come first served: a turn stays short, however many there are. A tenant without a
// crowd is never held up, and nothing is slower for it: the loop turns again without waiting.
//
// Many short turns cost more than a few long ones, so a tenant that has had the front to itself for
// a while has more steps in each, until somebody else asks.

#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "common/loop/event_loop.h"
#include "common/loop/timer.h"
#include "common/loop/uv_handle.h"

namespace posta::supervisor {

struct TurnQueue;

// Of one part of a body: its bytes are copied out of one socket and into another.
constexpr std::size_t steps_for(std::size_t bytes) {
    constexpr std::size_t kBytesAStep = 16 * 1024;
    return 1 + bytes / kBytesAStep;
}

// A request that may have to wait, at its beginning or later. Leaves the queue by itself when it is
// destroyed.
class TurnWaiter {
public:
    TurnWaiter() = default;
    TurnWaiter(const TurnWaiter&) = delete;
    TurnWaiter& operator=(const TurnWaiter&) = delete;
    virtual ~TurnWaiter() { leave_queue(); }

    // Its turn has come, and is taken.
    virtual void on_turn() = 0;

    bool waits_for_turn() const { return queue_ != nullptr; }
    void leave_queue();

private:
    friend class Turns;
    std::shared_ptr<TurnQueue> queue_;  // only while it waits
    std::list<TurnWaiter*>::iterator place_;
    std::size_t steps_ = 1;
};

// A tenant's part.
struct TurnQueue {
    const TurnQueue* of = nullptr;  // another queue of the same tenant, of which this is a part
    std::uint64_t turn = 0;         // to which the number belongs
    std::size_t steps = 0;
    std::list<TurnWaiter*> waiting{};
    bool is_listed = false;  // Turns knows that somebody waits
};

class Turns {
public:
    Turns(EventLoop& loop, const std::size_t& at_once);

    // Takes so many steps, though there may be fewer left; false: there is none, it has to wait.
    bool take(TurnQueue& queue, std::size_t steps = 1);
    // For what has been done already, however few there are left.
    void charge(TurnQueue& queue, std::size_t steps);
    void wait(std::shared_ptr<TurnQueue> queue, TurnWaiter& waiter, std::size_t steps = 1);

private:
    void next();
    bool has_room(TurnQueue& queue);
    void take_steps(TurnQueue& queue, std::size_t steps);
    std::size_t steps_now() const;
    void list(const std::shared_ptr<TurnQueue>& queue);

    const std::size_t& at_once_;
    std::uint64_t turn_ = 1;
    const TurnQueue* latest_ = nullptr;  // who has taken the latest step; to be compared only
    std::uint64_t latest_since_ = 0;     // and has been alone with it since that turn
    std::vector<std::shared_ptr<TurnQueue>> busy_;  // some may be empty by now
    Timer again_;
    UvHandle<uv_prepare_t> before_waiting_;
};

}  // namespace posta::supervisor
