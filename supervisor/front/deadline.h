#pragma once
// One deadline a connection, cheap to have and cheap to move.
//
// A timer of the loop for each of many thousand idle connections would be a fifth of their memory.
// So all deadlines stand in one heap behind one timer. A deadline that is put off stays where it is
// and is looked at again when its former time has come: a connection that answers request after
// request touches the heap once in a while only.

#include <chrono>
#include <cstdint>
#include <vector>

#include "common/loop/event_loop.h"
#include "common/loop/timer.h"

namespace posta::supervisor {

class Deadline;

class DeadlineOwner {
public:
    // May set the deadline anew, and destroy it and others.
    virtual void on_deadline() = 0;

protected:
    ~DeadlineOwner() = default;
};

// Outlives its deadlines.
class Deadlines {
public:
    explicit Deadlines(EventLoop& loop);

    std::size_t waiting() const { return heap_.size(); }

private:
    friend class Deadline;
    void place(Deadline& deadline);
    void remove(Deadline& deadline);
    void put(std::size_t slot, Deadline& deadline);
    void rise(std::size_t slot);
    void sink(std::size_t slot);
    void watch_first();
    void on_timer();

    EventLoop& loop_;
    std::vector<Deadline*> heap_;  // the nearest looked-at time first
    std::uint64_t timer_at_ = 0;   // 0: it does not run
    Timer timer_;
};

class Deadline {
public:
    Deadline(Deadlines& all, DeadlineOwner& owner) : all_(all), owner_(owner) {}
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    ~Deadline();

    // From now; replaces the former one.
    void set(std::chrono::milliseconds delay);

private:
    friend class Deadlines;

    Deadlines& all_;
    DeadlineOwner& owner_;
    std::uint64_t due_ = 0;        // of the loop's clock, ms
    std::uint64_t looked_at_ = 0;  // not after due_; 0: not in the heap
    std::size_t slot_ = 0;         // in the heap
};

}  // namespace posta::supervisor
