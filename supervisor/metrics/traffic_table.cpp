#include "supervisor/metrics/traffic_table.h"

namespace posta::supervisor {

void TrafficTable::add(const void* front, bool current, const contracts::TrafficByTenant& added) {
    for (const auto& [slug, traffic] : added) {
        if (sums_.size() >= kMostTenants && !sums_.contains(slug)) continue;
        sums_[slug].add(traffic);
        if (current) streams_[front][slug] = traffic.streams;
    }
}

contracts::Traffic TrafficTable::of(std::string_view slug) const {
    contracts::Traffic traffic;
    if (const auto sum = sums_.find(slug); sum != sums_.end()) traffic.add(sum->second);
    for (const auto& [front, streams] : streams_)
        if (const auto open = streams.find(slug); open != streams.end())
            traffic.streams += open->second;
    return traffic;
}

}  // namespace posta::supervisor
