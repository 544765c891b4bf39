// How a tenant's settings change.
//
// Whoever serves is replaced at once. A worker that is starting is not: with reloads that follow
// each other faster than a start none would ever become ready. The newest settings wait for it, and
// have their turn when it is ready, has failed or died, or is to leave anyway (a command, a signal
// to it, the version before it). So newer settings wait in the state `starting` alone.

#include <utility>

#include "supervisor/tenants/tenant.h"

namespace posta::supervisor {

using std::chrono_literals::operator""ms;

void SupervisedTenant::order(Event command) {
    if (command == Event::start || command == Event::restart || command == Event::restart_now)
        on_previous_image_ = false;
    keeper_.order(command);
}

void SupervisedTenant::change(TenantEntry entry) {
    if (newer_ && entry.same_as(*newer_)) return;
    if (entry.same_as(entry_)) {
        newer_.reset();
        if (!on_previous_image_) put_back_because_.clear();
        return;
    }
    if (!has_to_wait(entry)) return apply(std::move(entry), Event::settings_changed);
    around_.keeper.log.info("newer settings wait for the worker that is starting",
                            {{"process", entry_.identity.slug}, {"pid", keeper_.pid()}});
    newer_ = std::move(entry);
}

bool SupervisedTenant::has_to_wait(const TenantEntry& entry) const {
    return keeper_.state() == State::starting && entry.identity.enabled && !of_version_before_ &&
           !entry.same_as(entry_);
}

void SupervisedTenant::look_at_newer() {
    if (!newer_ || keeper_.state() == State::starting) return;
    apply(*std::exchange(newer_, std::nullopt), Event::settings_changed);
}

// `how` is for one that runs or waits.
void SupervisedTenant::apply(TenantEntry entry, Event how) {
    newer_.reset();
    put_back_because_.clear();
    // What served last did so in the version before: that is what one goes back to.
    const bool tries_image = image_on_trial_ || on_previous_image_;
    on_previous_image_ = image_on_trial_ = false;
    const bool was_enabled = entry_.identity.enabled;
    entry_ = std::move(entry);
    started_with_entry_ = false;
    if (!entry_.identity.enabled) return order(Event::stop);
    begin_trial();
    image_on_trial_ = tries_image && trial_.under_way();
    // One that an operator has stopped stays so.
    keeper_.order(was_enabled ? how : Event::start, "its settings do not work, newer ones do wait");
}

void SupervisedTenant::begin_trial() {
    trial_deadline_->stop();
    trial_.begin();
}

void SupervisedTenant::count_trial() {
    if (trial_.has_started()) trial_deadline_->start_once(around_.keeper.limits.trial_at_most);
}

void SupervisedTenant::on_trial_time_passed() {
    // It gets on, and neither the settings nor the version before could serve what it has begun.
    if (keeper_.migrating())
        return trial_deadline_->start_once(around_.keeper.limits.trial_at_most);
    const auto more = trial_.on_time_passed(keeper_.pid(), keeper_.kept_waiting());
    if (more > 0ms) return trial_deadline_->start_once(more);
    look_at_trial();
}

void SupervisedTenant::look_at_trial() {
    switch (trial_.judge(keeper_.state(), keeper_.serving(), started_with_entry_, entry_)) {
        case SettingsTrial::Verdict::none:
            return;
        case SettingsTrial::Verdict::accepted:
            image_on_trial_ = false;
            return trial_deadline_->stop();
        case SettingsTrial::Verdict::put_back:
            return put_back();
    }
}

void SupervisedTenant::put_back() {
    // Newer ones are a better way out than the old ones, which are still there after them.
    if (newer_) return apply(*std::exchange(newer_, std::nullopt), Event::restart_now);
    const std::string& reason = keeper_.history().reason;
    put_back_because_ =
        (image_on_trial_ ? std::string("put back to the version before: not ready in this one")
                         : std::string("put back to its old settings: not ready with the new "
                                       "ones")) +
        (reason.empty() ? " in time" : ": " + reason);
    on_previous_image_ = std::exchange(image_on_trial_, false);
    around_.keeper.log.error("settings put back",
                             {{"process", entry_.identity.slug}, {"reason", put_back_because_}});
    trial_deadline_->stop();
    entry_ = trial_.take_back();
    started_with_entry_ = false;
    // A process that still drains makes room for one with the old settings by itself.
    if (keeper_.state() != State::restarting)
        keeper_.order(Event::restart_now, "its new settings are put back");
    around_.events.on_tenant_changed();
}

}  // namespace posta::supervisor
