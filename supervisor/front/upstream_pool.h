#pragma once
// How many descriptors the front may spend, and which idle connection to a worker goes first.
//
// A client needs one descriptor, and one more for the worker that answers it. All that is left over
// is for idle connections to workers, which each client keeps for its next requests (a dial costs
// more than the rest of a small request). When it runs out, the longest idle connection of all
// clients makes room; so does one that has been idle for too long. A connection in use is never
// touched, and the pool never passes one from client to client: it owns none.
//
// When there are fewer descriptors than the limits say (the whole machine has none left, or
// somebody lowered the limit of this process), what is open at that moment is taken to be all there
// is, so that half of it is left for workers; two seconds later the limits are trusted again.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "common/loop/timer.h"
#include "supervisor/front/limits.h"

namespace posta::supervisor {

class UpstreamPool;

// What the pool knows of a connection to a worker: a link in the chain of the idle ones.
class PooledConnection {
public:
    PooledConnection() = default;
    PooledConnection(const PooledConnection&) = delete;
    PooledConnection& operator=(const PooledConnection&) = delete;
    virtual ~PooledConnection() = default;

    // Closes; the owner finds out when it looks. Calls UpstreamPool::closed().
    virtual void hang_up() = 0;

    // Of the loop's clock; for a parked one.
    std::uint64_t idle_since() const { return idle_since_; }

private:
    friend class UpstreamPool;
    PooledConnection* older_ = nullptr;
    PooledConnection* newer_ = nullptr;
    std::uint64_t idle_since_ = 0;  // loop's clock
    bool parked_ = false;
};

class UpstreamPool {
public:
    UpstreamPool(EventLoop& loop, const FrontLimits& limits);

    // So many clients can always be served, each with one worker.
    std::size_t most_clients() const { return descriptors() / 2; }
    void set_clients(std::size_t count);
    std::size_t clients() const { return clients_; }

    // Before a connection is made.
    void make_room();
    // A call wanted a descriptor and got none (EMFILE, ENFILE).
    void ran_out();
    // Who makes places for others; called inside ran_out().
    void on_ran_out(std::function<void()> make_places) { on_ran_out_ = std::move(make_places); }
    void opened() { ++open_; }
    // Parked or not.
    void closed(PooledConnection& connection);

    void park(PooledConnection& connection);
    void unpark(PooledConnection& connection);
    // Parked for longer than limits.trust_idle, the time in which this loop did not turn included.
    bool long_idle(const PooledConnection& connection) const;

    std::size_t open() const { return open_; }

private:
    // To be had, as far as is known.
    std::size_t descriptors() const { return std::min(seen_, limits_.descriptors); }
    void sweep();

    EventLoop& loop_;
    const FrontLimits& limits_;
    std::size_t seen_ = SIZE_MAX;  // so many were open when there were no more, lately
    std::size_t clients_ = 0;
    std::size_t open_ = 0;
    PooledConnection* oldest_ = nullptr;
    PooledConnection* newest_ = nullptr;
    Timer sweep_timer_;
    Timer trust_again_;
    std::function<void()> on_ran_out_ = [] {};
};

}  // namespace posta::supervisor
