#include "supervisor/front/route_table.h"

namespace posta::supervisor {

using State = contracts::Route::State;

void RouteTable::replace(const std::vector<contracts::Route>& routes, TrafficBook& traffic) {
    std::vector<Tenant> tenants;
    std::unordered_map<std::string, std::size_t> by_host;
    std::unordered_map<std::string, std::size_t> slugs;
    std::unordered_set<std::uint64_t> ready_epochs;
    for (const contracts::Route& route : routes) {
        Tenant tenant{route.slug, route.socket_path,      route.state, 0, route.access_log,
                      nullptr,    &traffic.of(route.slug)};
        if (const Tenant* before = by_slug(route.slug)) {
            const bool same_worker =
                before->socket_path == tenant.socket_path &&
                (before->state != State::ready || tenant.state == State::ready);
            if (same_worker) tenant.epoch = before->epoch;
            tenant.load = before->load;
        }
        if (!tenant.load) tenant.load = std::make_shared<TenantLoad>();
        tenant.load->set_limits({static_cast<std::size_t>(route.connection_limit),
                                 route.requests_per_second,
                                 static_cast<std::size_t>(route.worker_connections)});
        if (tenant.epoch == 0) tenant.epoch = ++last_epoch_;
        if (tenant.state == State::ready) ready_epochs.insert(tenant.epoch);
        for (const std::string& host : route.hosts) by_host.emplace(host, tenants.size());
        slugs.emplace(route.slug, tenants.size());
        tenants.push_back(std::move(tenant));
    }
    tenants_ = std::move(tenants);
    by_host_ = std::move(by_host);
    by_slug_ = std::move(slugs);
    ready_epochs_ = std::move(ready_epochs);
}

const Tenant* RouteTable::find(const std::string& host) const {
    const auto found = by_host_.find(host);
    return found == by_host_.end() ? nullptr : &tenants_[found->second];
}

std::size_t RouteTable::connections() const {
    std::size_t sum = 0;
    for (const Tenant& tenant : tenants_) sum += tenant.load->connections();
    return sum;
}

const Tenant* RouteTable::by_slug(const std::string& slug) const {
    const auto found = by_slug_.find(slug);
    return found == by_slug_.end() ? nullptr : &tenants_[found->second];
}

}  // namespace posta::supervisor
