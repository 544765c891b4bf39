#pragma once
// All tenants of the running supervisor, and how a reload changes them.

#include <memory>
#include <string_view>
#include <vector>

#include "common/contracts/front_contract.h"
#include "supervisor/tenants/reload.h"
#include "supervisor/tenants/tenant.h"

namespace posta::supervisor {

class TenantTable {
public:
    explicit TenantTable(const TenantSurroundings& surroundings) : around_(surroundings) {}

    void add(const manifest::Manifest& manifest, std::string_view slug);
    // One that the image before this one has run. `otherwise`: what it counts as when it cannot be
    // read how.
    void adopt(const HandedTenant& handed, const TenantEntry& otherwise);
    void change(const manifest::Manifest& manifest, std::string_view slug);
    // Stops it gracefully; it is gone from routes at once, and from here once its process has left.
    void remove(std::string_view slug);

    void bind_sockets();
    void restore_files();
    void start();
    void stop_all();
    void kill_all();
    void retry_failed();

    SupervisedTenant* find(std::string_view slug);
    const std::vector<std::unique_ptr<SupervisedTenant>>& all() const { return tenants_; }
    // What each of them is run with, or is to be as soon as its turn comes.
    std::vector<TenantEntry> entries() const;
    // Whose settings would have to wait for a worker that is starting.
    std::vector<std::string> waiting_with(const manifest::Manifest& manifest) const;
    // Enabled tenants, for one of so many fronts: each grants its part of a tenant's limits.
    std::vector<contracts::Route> routes(int fronts) const;
    bool all_settled() const;
    bool any_sending() const;
    // Those that leave the manifest but have a process still are not passed on: false then.
    bool can_hand_over() const { return removed_.empty(); }
    bool has_no_process() const;
    // Destroys removed tenants without a process. Never from inside a tenant's event.
    void sweep();

private:
    const TenantSurroundings& around_;
    std::vector<std::unique_ptr<SupervisedTenant>> tenants_;
    std::vector<std::unique_ptr<SupervisedTenant>> removed_;
};

}  // namespace posta::supervisor
