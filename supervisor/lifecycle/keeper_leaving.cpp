// Those that drain beside the current child, or after it.

#include <algorithm>
#include <utility>

#include "common/contracts/channel.h"
#include "supervisor/lifecycle/keeper.h"

namespace posta::supervisor {

void Keeper::watch_leaving(std::unique_ptr<Child> child) {
    Child* const leaving = child.get();
    auto deadline = around_.machinery.alarm([leaving] { leaving->kill("did not leave in time"); });
    deadline->start_once(kind_ == Kind::front ? leave_at_most_ : around_.limits.drain_at_most);
    std::unique_ptr<Alarm> heartbeat;
    if (kind_ == Kind::front) {
        heartbeat = around_.machinery.alarm([this, leaving] { on_leaving_heartbeat(*leaving); });
        heartbeat->start_every(around_.limits.ping_every);
    }
    leaving_.push_back({std::move(child), std::move(deadline), std::move(heartbeat), Silence{}});
    leaving_.back().silence.begin(around_.clock.steady());
    if (leaving_.size() <= kMostPatient) return;
    hurry(*std::prev(leaving_.end(), kMostPatient + 1));
}

void Keeper::hurry(Leaving& leaving) {
    if (kind_ != Kind::front || std::exchange(leaving.hurried, true)) return;
    leaving.child->send(contracts::kLeaveOrder);
    leaving.drain_deadline->start_once(around_.limits.drain_at_most);
}

std::size_t Keeper::patient() const {
    return static_cast<std::size_t>(std::count_if(
        leaving_.begin(), leaving_.end(), [](const Leaving& leaving) { return !leaving.hurried; }));
}

bool Keeper::hurry_oldest() {
    const auto oldest = std::find_if(leaving_.begin(), leaving_.end(),
                                     [](const Leaving& leaving) { return !leaving.hurried; });
    if (oldest == leaving_.end()) return false;
    hurry(*oldest);
    return true;
}

// The server ends, or too many wait for their clients.
void Keeper::hurry_all() {
    if (kind_ != Kind::front) return;
    if (current_) current_->send(contracts::kLeaveOrder);
    if (state_ == State::stopping) drain_deadline_->start_once(around_.limits.drain_at_most);
    for (Leaving& leaving : leaving_) hurry(leaving);
}

Keeper::Leaving* Keeper::find_leaving(const Child& child) {
    const auto found = std::find_if(leaving_.begin(), leaving_.end(), [&](const Leaving& leaving) {
        return leaving.child.get() == &child;
    });
    return found == leaving_.end() ? nullptr : &*found;
}

bool Keeper::any_sending() const {
    return sending() || std::any_of(leaving_.begin(), leaving_.end(), [](const Leaving& leaving) {
               return leaving.child->sending();
           });
}

void Keeper::send_to_leaving(std::string_view line) {
    for (Leaving& leaving : leaving_) {
        if (leaving.child->sending())
            leaving.unsent = line;
        else
            leaving.child->send(line);
    }
}

void Keeper::on_leaving_heartbeat(Child& child) {
    Silence& silence = find_leaving(child)->silence;
    const KeeperLimits& limits = around_.limits;
    if (silence.length(around_.clock.steady(), limits.ping_every) >= limits.silent_at_most)
        return child.kill("no answer while it drains");
    child.allow_more_lines();
    if (!child.sending()) child.send("ping");
}

void Keeper::on_leaving_exit(Child& child, const Exit& exit) {
    around_.log.info(
        "left",
        {{"process", name_}, {"pid", child.pid()}, {"how", obituary(exit, child.reason())}});
    leaving_.remove_if([&](const Leaving& leaving) { return leaving.child.get() == &child; });
    say_alone();
    owner_.on_keeper_changed(*this);
}

}  // namespace posta::supervisor
