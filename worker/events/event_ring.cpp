#include "worker/events/event_ring.h"

#include <algorithm>

#include "common/base/check.h"

namespace posta::worker {

void EventRing::add(std::int64_t id, Event event) {
    CHECK(id > (entries_.empty() ? floor_ : entries_.back().id));
    entries_.push_back({id, std::move(event)});
    if (entries_.size() <= capacity_) return;
    floor_ = entries_.front().id;
    entries_.pop_front();
}

const EventRing::Entry* EventRing::after(std::int64_t id) const {
    const auto found =
        std::upper_bound(entries_.begin(), entries_.end(), id,
                         [](std::int64_t wanted, const Entry& entry) { return wanted < entry.id; });
    return found == entries_.end() ? nullptr : &*found;
}

}  // namespace posta::worker
