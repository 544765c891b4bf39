#include "supervisor/front/upstream_set.h"

#include <algorithm>
#include <utility>

namespace posta::supervisor {

std::unique_ptr<Upstream> UpstreamSet::take(const Tenant& tenant) {
    const auto place = std::find_if(idle_.begin(), idle_.end(),
                                    [&](const Kept& kept) { return kept.epoch == tenant.epoch; });
    if (place == idle_.end()) return nullptr;
    std::swap(*place, idle_.back());
    std::unique_ptr<Upstream> found = std::move(idle_.back().upstream);
    idle_.pop_back();
    return found->alive() && !found->has_ended_unseen() ? std::move(found) : nullptr;
}

void UpstreamSet::keep(std::unique_ptr<Upstream> upstream) {
    upstream->release();
    if (!upstream->alive()) return;
    if (idle_.size() >= most_) drop_if([](std::uint64_t) { return false; });
    if (idle_.size() >= most_) drop_longest_unused();
    const std::uint64_t epoch = upstream->epoch();
    idle_.push_back({epoch, std::move(upstream)});
}

void UpstreamSet::drop_longest_unused() {
    const auto longest =
        std::min_element(idle_.begin(), idle_.end(), [](const Kept& one, const Kept& other) {
            return one.upstream->idle_since() < other.upstream->idle_since();
        });
    std::swap(*longest, idle_.back());
    idle_.pop_back();
}

}  // namespace posta::supervisor
