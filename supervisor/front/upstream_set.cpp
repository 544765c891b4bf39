#include "supervisor/front/upstream_set.h"

#include <algorithm>
#include <utility>

namespace posta::supervisor {

bool UpstreamSet::bring_to_back(std::uint64_t epoch) {
    if (!idle_.empty() && idle_.back().epoch == epoch) return true;
    const auto place = std::find_if(idle_.begin(), idle_.end(),
                                    [&](const Kept& kept) { return kept.epoch == epoch; });
    if (place == idle_.end()) return false;
    std::swap(*place, idle_.back());
    return true;
}

void UpstreamSet::expect(const Tenant& tenant) {
    if (!bring_to_back(tenant.epoch)) return;
    constexpr std::size_t kLine = 64;
    const char* const object = reinterpret_cast<const char*>(idle_.back().upstream.get());
    for (std::size_t at = 0; at < sizeof(Upstream); at += kLine) __builtin_prefetch(object + at, 1);
}

std::unique_ptr<Upstream> UpstreamSet::take(const Tenant& tenant) {
    if (!bring_to_back(tenant.epoch)) return nullptr;
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
