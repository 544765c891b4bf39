#include "supervisor/tenants/tenant.h"

namespace posta::supervisor {

HandedTenant SupervisedTenant::hand_over() const {
    HandedTenant handed;
    handed.slug = entry_.identity.slug;
    handed.settings = contracts::to_line(settings());
    handed.enabled = entry_.identity.enabled;
    const State state = keeper_.state();
    handed.stopped = handed.enabled && (state == State::stopped || state == State::stopping);
    handed.started_with_settings = started_with_entry_;
    handed.socket = socket_.get();
    handed.keeper = keeper_.hand_over();
    return handed;
}

void SupervisedTenant::adopt(const HandedTenant& handed) {
    socket_.reset(handed.socket);
    (void)around_.premises.has_socket(handed.slug);  // from here on it counts as the one
    begun_ = true;
    started_with_entry_ = handed.started_with_settings;
    hosts_served_ = entry_.identity.hosts();
    keeper_.adopt(handed.keeper);
    of_version_before_ = keeper_.pid() != 0;
    keep_pid_file();
    look_at_trial();
}

void SupervisedTenant::replace_image() {
    started_with_entry_ = false;
    on_previous_image_ = false;
    begin_trial();
    image_on_trial_ = trial_.under_way();
    keeper_.order(Event::settings_changed);
}

TenantEntry entry_from(const HandedTenant& handed, const contracts::WorkerSettings& settings) {
    TenantEntry entry;
    entry.identity.slug = handed.slug;
    entry.identity.url = settings.url;
    // The first host is the URL's.
    const std::size_t skip = settings.hosts.empty() ? 0 : 1;
    entry.identity.aliases.assign(settings.hosts.begin() + static_cast<std::ptrdiff_t>(skip),
                                  settings.hosts.end());
    entry.identity.enabled = handed.enabled;
    entry.identity.settings = settings.tenant;
    entry.data_dir = settings.data_dir;
    return entry;
}

}  // namespace posta::supervisor
