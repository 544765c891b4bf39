#include "supervisor/front/tenant_load.h"

#include <algorithm>

namespace posta::supervisor {

bool TenantLoad::has_room(std::size_t free_places) const {
    if (limits_.connections != 0 && connections_ >= limits_.connections) return false;
    return connections_ <= free_places;
}

bool TenantLoad::take_request(std::uint64_t now_ms) {
    constexpr std::int64_t kOne = 1000;
    const std::int64_t per_second = limits_.requests_per_second;
    if (per_second == 0) return true;
    // A second is enough for everything to grow again.
    const auto passed =
        static_cast<std::int64_t>(std::min<std::uint64_t>(now_ms - counted_at_, 1000));
    counted_at_ = now_ms;
    missing_ = std::max<std::int64_t>(0, missing_ - passed * per_second);
    if (missing_ + kOne > per_second * kOne) return false;
    missing_ += kOne;
    return true;
}

}  // namespace posta::supervisor
