#include "supervisor/front/upstream_set.h"

#include <algorithm>

namespace posta::supervisor {

std::unique_ptr<Upstream> UpstreamSet::take(const Tenant& tenant) {
    const auto place = std::find_if(idle_.begin(), idle_.end(),
                                    [&](const Kept& kept) { return kept.epoch == tenant.epoch; });
    if (place == idle_.end()) return nullptr;
    std::unique_ptr<Upstream> found = std::move(place->upstream);
    idle_.erase(place);
    return found->alive() && !found->has_ended_unseen() ? std::move(found) : nullptr;
}

void UpstreamSet::keep(std::unique_ptr<Upstream> upstream) {
    upstream->release();
    if (idle_.size() >= most_) drop_if([](std::uint64_t) { return false; });
    if (idle_.size() >= most_) idle_.erase(idle_.begin());
    const std::uint64_t epoch = upstream->epoch();
    idle_.push_back({epoch, std::move(upstream)});
}

}  // namespace posta::supervisor
