#include "supervisor/tenants/tenant_table.h"

#include <algorithm>

namespace posta::supervisor {

void TenantTable::add(const manifest::Manifest& manifest, std::string_view slug) {
    tenants_.push_back(
        std::make_unique<SupervisedTenant>(around_, entry_of(manifest, *manifest.find(slug))));
}

void TenantTable::adopt(const HandedTenant& handed, const TenantEntry& otherwise) {
    const auto settings = contracts::worker_settings_from(handed.settings);
    TenantEntry entry = settings ? entry_from(handed, *settings) : otherwise;
    entry.identity.slug = handed.slug;
    tenants_.push_back(std::make_unique<SupervisedTenant>(around_, std::move(entry)));
    tenants_.back()->adopt(handed);
}

void TenantTable::change(const manifest::Manifest& manifest, std::string_view slug) {
    if (SupervisedTenant* tenant = find(slug); tenant != nullptr)
        tenant->change(entry_of(manifest, *manifest.find(slug)));
}

void TenantTable::remove(std::string_view slug) {
    const auto at = std::find_if(tenants_.begin(), tenants_.end(), [&](const auto& tenant) {
        return tenant->identity().slug == slug;
    });
    if (at == tenants_.end()) return;
    removed_.push_back(std::move(*at));
    tenants_.erase(at);
    removed_.back()->retire();
}

void TenantTable::bind_sockets() {
    for (const auto& tenant : tenants_) tenant->bind_socket();
}

void TenantTable::restore_files() {
    for (const auto& tenant : tenants_) tenant->restore_files();
}

void TenantTable::start() {
    for (const auto& tenant : tenants_) tenant->start_if_enabled();
}

void TenantTable::stop_all() {
    for (const auto& tenant : tenants_) tenant->order(Event::stop);
}

void TenantTable::kill_all() {
    for (const auto& tenant : tenants_) tenant->keeper().kill_all();
    for (const auto& tenant : removed_) tenant->keeper().kill_all();
}

void TenantTable::retry_failed() {
    for (const auto& tenant : tenants_) tenant->retry_if_files_changed();
}

std::vector<TenantEntry> TenantTable::entries() const {
    std::vector<TenantEntry> entries;
    for (const auto& tenant : tenants_) entries.push_back(tenant->wanted());
    return entries;
}

std::vector<std::string> TenantTable::waiting_with(const manifest::Manifest& manifest) const {
    std::vector<std::string> slugs;
    for (const auto& tenant : tenants_) {
        const manifest::Identity* const wanted = manifest.find(tenant->identity().slug);
        if (wanted != nullptr && tenant->has_to_wait(entry_of(manifest, *wanted)))
            slugs.push_back(wanted->slug);
    }
    return slugs;
}

SupervisedTenant* TenantTable::find(std::string_view slug) {
    for (const auto& tenant : tenants_)
        if (tenant->identity().slug == slug) return tenant.get();
    return nullptr;
}

std::vector<contracts::Route> TenantTable::routes(int fronts) const {
    const auto part_of = [fronts](int limit) { return (limit + fronts - 1) / fronts; };
    std::vector<contracts::Route> routes;
    for (const auto& tenant : tenants_) {
        if (!tenant->identity().enabled) continue;
        routes.push_back(tenant->route());
        routes.back().connection_limit = part_of(routes.back().connection_limit);
        routes.back().requests_per_second = part_of(routes.back().requests_per_second);
        routes.back().worker_connections = part_of(routes.back().worker_connections);
    }
    return routes;
}

bool TenantTable::all_settled() const {
    return std::all_of(tenants_.begin(), tenants_.end(),
                       [](const auto& tenant) { return tenant->settled(); });
}

bool TenantTable::any_sending() const {
    return std::any_of(tenants_.begin(), tenants_.end(),
                       [](const auto& tenant) { return tenant->keeper().any_sending(); });
}

bool TenantTable::has_no_process() const {
    const auto gone = [](const auto& tenant) { return tenant->keeper().has_no_process(); };
    return std::all_of(tenants_.begin(), tenants_.end(), gone) &&
           std::all_of(removed_.begin(), removed_.end(), gone);
}

void TenantTable::sweep() {
    std::vector<std::string> gone;
    std::erase_if(removed_, [&gone](const auto& tenant) {
        if (!tenant->keeper().has_no_process()) return false;
        gone.push_back(tenant->identity().slug);
        return true;
    });
    // One that was removed and added again has had its predecessor's process beside it.
    for (const std::string& slug : gone)
        if (SupervisedTenant* const again = find(slug); again != nullptr)
            again->keeper().say_alone();
}

}  // namespace posta::supervisor
