#include "worker/outbox/peer_queue.h"

#include <algorithm>

#include "common/base/check.h"

namespace posta::worker {

void PeerQueue::add(const std::string& peer, SteadyTime due) {
    peers_.try_emplace(peer, State{due, false});
}

void PeerQueue::hurry(const std::string& peer, SteadyTime due) {
    const auto [place, added] = peers_.try_emplace(peer, State{due, false});
    if (!added && !place->second.under_way) place->second.due = std::min(place->second.due, due);
}

std::vector<std::string> PeerQueue::take_due(SteadyTime now) {
    using Place = std::map<std::string, State>::iterator;
    std::vector<Place> due;
    for (auto place = peers_.begin(); place != peers_.end(); ++place) {
        if (!place->second.under_way && place->second.due <= now) due.push_back(place);
    }
    std::sort(due.begin(), due.end(), [](const Place& left, const Place& right) {
        return left->second.due < right->second.due;
    });
    due.resize(std::min(due.size(), at_once_ - under_way_));
    std::vector<std::string> taken;
    for (const Place& place : due) {
        place->second.under_way = true;
        taken.push_back(place->first);
    }
    under_way_ += taken.size();
    return taken;
}

std::optional<SteadyTime> PeerQueue::next_due() const {
    if (under_way_ == at_once_) return std::nullopt;
    std::optional<SteadyTime> next;
    for (const auto& [peer, state] : peers_) {
        if (!state.under_way && (!next || state.due < *next)) next = state.due;
    }
    return next;
}

void PeerQueue::put_back(const std::string& peer, SteadyTime due) {
    const auto found = peers_.find(peer);
    CHECK(found != peers_.end() && found->second.under_way);
    found->second = {due, false};
    --under_way_;
}

void PeerQueue::remove(const std::string& peer) {
    const auto found = peers_.find(peer);
    CHECK(found != peers_.end() && found->second.under_way);
    peers_.erase(found);
    --under_way_;
}

}  // namespace posta::worker
