#include "supervisor/lifecycle/keeper.h"

namespace posta::supervisor {

using std::chrono::milliseconds;

namespace {

HandedKeeper::Was was_of(State state) {
    switch (state) {
        case State::starting:
            return HandedKeeper::Was::starting;
        case State::ready:
            return HandedKeeper::Was::ready;
        case State::restarting:
            return HandedKeeper::Was::restarting;
        case State::stopping:
            return HandedKeeper::Was::stopping;
        case State::stopped:
        case State::pausing:
        case State::backoff:
        case State::failed:
        case State::faulty:
            break;
    }
    return HandedKeeper::Was::down;
}

State state_of(HandedKeeper::Was was) {
    switch (was) {
        case HandedKeeper::Was::starting:
            return State::starting;
        case HandedKeeper::Was::ready:
            return State::ready;
        case HandedKeeper::Was::restarting:
            return State::restarting;
        case HandedKeeper::Was::stopping:
            return State::stopping;
        case HandedKeeper::Was::down:
            break;
    }
    return State::stopped;
}

}  // namespace

HandedKeeper Keeper::hand_over() const {
    HandedKeeper handed;
    handed.was = current_ ? was_of(state_) : HandedKeeper::Was::down;
    handed.serving = serving_;
    handed.migrating = migrating();
    if (current_) handed.current = current_->hand_over();
    for (const Leaving& leaving : leaving_) handed.leaving.push_back(leaving.child->hand_over());
    if (history_.started) handed.started_ms = history_.started->time_since_epoch().count();
    if (history_.ready_after) handed.ready_after_ms = history_.ready_after->count();
    handed.restarts = history_.restarts;
    handed.reason = history_.reason;
    handed.report = history_.report;
    handed.last_exit = history_.last_exit;
    handed.last_exit_text = history_.last_exit_text;
    return handed;
}

// What has run out meanwhile (a back-off, a deadline) begins anew: the next image is quick to be
// here, and a change of image is a reason to try again.
void Keeper::adopt(const HandedKeeper& handed) {
    for (const HandedChild& child : handed.leaving)
        watch_leaving(around_.machinery.adopt_child(child, *this));
    if (handed.started_ms >= 0) history_.started = WallTime{milliseconds{handed.started_ms}};
    history_.restarts = handed.restarts;
    history_.last_exit = handed.last_exit;
    history_.last_exit_text = handed.last_exit_text;
    if (!handed.current) return;

    state_ = state_of(handed.was);
    current_ = around_.machinery.adopt_child(*handed.current, *this);
    serving_ = handed.serving;
    settled_ = serving_;
    if (handed.ready_after_ms >= 0) history_.ready_after = milliseconds{handed.ready_after_ms};
    history_.reason = handed.reason;
    history_.report = handed.report;
    migrating_ = handed.migrating;
    spawned_at_ = ready_at_ = got_on_at_ = around_.clock.steady();
    silence_.begin(spawned_at_);
    heartbeat_->start_every(around_.limits.ping_every);
    if (state_ == State::restarting || state_ == State::stopping)
        drain_deadline_->start_once(around_.limits.drain_at_most);
}

}  // namespace posta::supervisor
