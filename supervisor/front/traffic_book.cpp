#include "supervisor/front/traffic_book.h"

#include <utility>

namespace posta::supervisor {

contracts::TrafficByTenant TrafficBook::take() {
    contracts::TrafficByTenant taken;
    for (auto& [slug, traffic] : counts_) {
        std::int64_t& told = streams_told_[slug];
        if (traffic.requests() == 0 && traffic.streams == told) continue;
        told = traffic.streams;
        taken.emplace(slug, traffic);
        const std::int64_t streams = traffic.streams;
        traffic = {};
        traffic.streams = streams;
    }
    return taken;
}

}  // namespace posta::supervisor
