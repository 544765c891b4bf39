#pragma once
// The sums of what all fronts have counted for each tenant, over their restarts. Pure.

#include <map>
#include <string>
#include <string_view>

#include "common/contracts/traffic.h"

namespace posta::supervisor {

class TrafficTable {
public:
    // `front` names who counted; it is not used as more than a name. One that drains beside its
    // successor is not `current`: its counts are, its streams are about to end.
    void add(const void* front, bool current, const contracts::TrafficByTenant& added);
    // That front's process is gone, and its streams with it.
    void forget_streams(const void* front) { streams_.erase(front); }

    // Everything zero for one that was never heard of.
    contracts::Traffic of(std::string_view slug) const;

private:
    // A front that names tenants without end must not make us grow.
    static constexpr std::size_t kMostTenants = 10'000;

    contracts::TrafficByTenant sums_;
    std::map<const void*, std::map<std::string, std::int64_t, std::less<>>> streams_;
};

}  // namespace posta::supervisor
