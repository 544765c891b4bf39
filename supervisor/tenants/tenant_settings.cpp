// How a tenant's settings change: one trial at a time, and what is newer waits for its turn.

#include <utility>

#include "supervisor/tenants/tenant.h"

namespace posta::supervisor {

using std::chrono_literals::operator""ms;

// A fresh process is what an operator asks for, so it gets the newest settings.
void SupervisedTenant::order(Event command) {
    const bool restarts = command == Event::restart || command == Event::restart_now;
    if (command == Event::start || restarts) on_previous_image_ = false;
    if (restarts && newer_) {
        take_in(*std::exchange(newer_, std::nullopt));
        begin_trial();
    }
    keeper_.order(command);
}

void SupervisedTenant::change(TenantEntry entry) {
    if (newer_ && entry.same_as(*newer_)) return;
    if (entry.same_as(entry_)) {
        forget_newer();
        if (!on_previous_image_) put_back_because_.clear();
        return;
    }
    if (!change_has_to_wait(entry)) return apply(std::move(entry));
    around_.keeper.log.info("newer settings wait until it is known whether the present ones work",
                            {{"process", entry_.identity.slug}});
    newer_ = std::move(entry);
    newer_turn_->start_once(around_.keeper.limits.trial_at_most);
    look_at_trial();
    look_at_newer();
}

// Otherwise changes that come faster than a worker starts would each end the one that starts, and
// nobody would ever serve.
bool SupervisedTenant::change_has_to_wait(const TenantEntry& entry) const {
    if (!entry.identity.enabled || !entry_.identity.enabled) return false;
    const bool comes_fast = keeper_.replaces() && keeper_.to_serve_first() > 0ms;
    return newer_ || trial_.under_way() || keeper_.on_its_way() || comes_fast;
}

void SupervisedTenant::look_at_newer() {
    if (!newer_ || trial_.under_way() || keeper_.on_its_way()) return;
    const auto first = keeper_.to_serve_first();
    if (first > 0ms) return newer_turn_->start_once(first);
    apply(*std::exchange(newer_, std::nullopt));
}

// It has served for its moment; or its first start takes long, and what is newer may be the remedy.
// Of settings that have worked it is known that they need not be mended, and a trial has a deadline
// of its own.
void SupervisedTenant::on_newer_turn() {
    if (!newer_) return;
    const bool may_hang =
        keeper_.state() == State::starting && !keeper_.migrating() && !trial_.knows_what_works();
    if (may_hang) return apply(*std::exchange(newer_, std::nullopt));
    newer_turn_->start_once(around_.keeper.limits.trial_at_most);
    look_at_newer();
}

void SupervisedTenant::forget_newer() {
    newer_.reset();
    newer_turn_->stop();
}

// From here on they count; what runs was started with others.
void SupervisedTenant::take_in(TenantEntry entry) {
    newer_turn_->stop();
    put_back_because_.clear();
    on_previous_image_ = image_on_trial_ = false;
    entry_ = std::move(entry);
    started_with_entry_ = false;
}

void SupervisedTenant::apply(TenantEntry entry) {
    forget_newer();
    const bool was_enabled = entry_.identity.enabled;
    take_in(std::move(entry));
    if (!entry_.identity.enabled) return order(Event::stop);
    begin_trial();
    // One that an operator has stopped stays so.
    keeper_.order(was_enabled ? Event::settings_changed : Event::start);
}

void SupervisedTenant::begin_trial() {
    trial_.begin(keeper_.pid(), keeper_.kept_waiting());
    if (trial_.under_way()) trial_deadline_->start_once(around_.keeper.limits.trial_at_most);
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
    const SettingsTrial::Seen seen{keeper_.state(), keeper_.serving(), started_with_entry_,
                                   newer_.has_value()};
    switch (trial_.judge(seen, entry_)) {
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
