#include "supervisor/front/upstream_set.h"

namespace posta::supervisor {

std::unique_ptr<Upstream> UpstreamSet::take(const Tenant& tenant) {
    for (auto place = idle_.begin(); place != idle_.end(); ++place) {
        if ((*place)->slug() != tenant.slug) continue;
        std::unique_ptr<Upstream> found = std::move(*place);
        idle_.erase(place);
        if (found->alive() && found->belongs_to(tenant)) return found;
        return nullptr;
    }
    return nullptr;
}

void UpstreamSet::keep(std::unique_ptr<Upstream> upstream) {
    upstream->release();
    if (idle_.size() >= most_) idle_.erase(idle_.begin());
    idle_.push_back(std::move(upstream));
}

}  // namespace posta::supervisor
