#pragma once
// The newest events, for clients that come back. Pure.

#include <cstddef>
#include <cstdint>
#include <deque>

#include "worker/events/event.h"

namespace posta::worker {

class EventRing {
public:
    struct Entry {
        std::int64_t id;
        Event event;
    };
    static constexpr std::size_t kCapacity = 1024;

    // Of ids up to `floor` nothing is known here.
    explicit EventRing(std::int64_t floor, std::size_t capacity = kCapacity)
        : capacity_(capacity), floor_(floor) {}

    // Ids grow from call to call.
    void add(std::int64_t id, Event event);

    // Every event after that id is still here.
    bool reaches_back_to(std::int64_t id) const { return id >= floor_; }
    // The first event after that id; null when there is none. Good until the next add().
    const Entry* after(std::int64_t id) const;

private:
    std::size_t capacity_;
    std::int64_t floor_;  // the newest id that has been forgotten
    std::deque<Entry> entries_;
};

}  // namespace posta::worker
