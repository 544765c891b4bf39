#pragma once
// Which tenant a Host belongs to, and whether its worker is there. Pure.

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "common/contracts/front_contract.h"
#include "supervisor/front/tenant_load.h"
#include "supervisor/front/traffic_book.h"

namespace posta::supervisor {

struct Tenant {
    std::string slug;
    std::string socket_path;
    contracts::Route::State state = contracts::Route::State::down;
    // Changes when a worker stops being the one to talk to: a connection made under an older epoch
    // must not get another request. Names the tenant, too: no epoch is ever given twice.
    std::uint64_t epoch = 0;
    manifest::AccessLog access_log = manifest::AccessLog::off;
    // Stays the same one as long as the tenant is there.
    std::shared_ptr<TenantLoad> load = std::make_shared<TenantLoad>();
    contracts::Traffic* traffic = nullptr;  // its page of the book: outlives the tenant
};

class RouteTable {
public:
    // The whole table anew. Pointers that find() has given are void. `traffic` lives longer.
    void replace(const std::vector<contracts::Route>& routes, TrafficBook& traffic);

    // `host` is a canonical key. Null: nobody's.
    const Tenant* find(const std::string& host) const;

    // Of all tenants that are there: connections whose latest request was theirs.
    std::size_t connections() const;

    // Whether a connection made under that epoch may get another request.
    bool is_current(std::uint64_t epoch) const { return ready_epochs_.contains(epoch); }

private:
    const Tenant* by_slug(const std::string& slug) const;

    std::vector<Tenant> tenants_;
    std::unordered_map<std::string, std::size_t> by_host_;
    std::unordered_map<std::string, std::size_t> by_slug_;
    std::unordered_set<std::uint64_t> ready_epochs_;
    std::uint64_t last_epoch_ = 0;
};

}  // namespace posta::supervisor
