#pragma once
// Which peer is to be served next: one delivery at a time for each, so many at once in all. Pure.
//
// Only peers with something to send are known here; their messages stay in the database. Times are
// the steady clock's, so a jump of the wall clock neither hurries nor delays anything.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"

namespace posta::worker {

class PeerQueue {
public:
    explicit PeerQueue(std::size_t at_once) : at_once_(at_once) {}

    // The peer has a message to send, the first of its queue not before `due`. What is known of a
    // peer already stays: it is under way, or it waits after a failure.
    void add(const std::string& peer, SteadyTime due);
    // The same, and what it waited for is forgotten: a person asked for another try.
    void hurry(const std::string& peer, SteadyTime due);

    // Peers that are due and may start now; they are under way from here on. The one that is due
    // longest comes first.
    std::vector<std::string> take_due(SteadyTime now);
    // When the next one may start; nothing when none waits, or when one that ends must come first.
    std::optional<SteadyTime> next_due() const;

    // The delivery is over. The peer's next message may go not before `due`, or there is none.
    void put_back(const std::string& peer, SteadyTime due);
    void remove(const std::string& peer);

    std::size_t under_way() const { return under_way_; }

private:
    struct State {
        SteadyTime due;
        bool under_way = false;
    };
    std::size_t at_once_;
    std::size_t under_way_ = 0;
    std::map<std::string, State> peers_;
};

}  // namespace posta::worker
