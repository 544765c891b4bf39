#include "supervisor/lifecycle/keeper.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "common/contracts/channel.h"
#include "common/contracts/fields.h"

namespace posta::supervisor {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

namespace {

std::string in_seconds(milliseconds duration) {
    return std::to_string(duration_cast<std::chrono::seconds>(duration).count()) + " s";
}

}  // namespace

Keeper::Keeper(const KeeperSurroundings& surroundings, Kind kind, std::string name,
               KeeperOwner& owner)
    : around_(surroundings),
      kind_(kind),
      name_(std::move(name)),
      owner_(owner),
      policy_(surroundings.limits.back_off),
      pace_(surroundings.limits.pace),
      leave_at_most_(surroundings.limits.drain_at_most),
      heartbeat_(surroundings.machinery.alarm([this] { on_heartbeat(); })),
      drain_deadline_(surroundings.machinery.alarm(
          [this] { overdue("did not leave within " + in_seconds(around_.limits.drain_at_most)); })),
      retry_(surroundings.machinery.alarm([this] { on_event(Event::retry_due); })) {}

void Keeper::order(Event command, std::string_view why) {
    kill_reason_ = why;
    if (command == Event::stop) hurry_all();
    on_event(command);
}

void Keeper::dismiss() {
    on_event(Event::stop);
    if (current_) drain_deadline_->start_once(leave_at_most_);
}

// Actions may raise events of their own (a spawn that fails): they wait until the step is done.
void Keeper::on_event(Event event) {
    pending_.push_back(event);
    if (handling_) return;
    handling_ = true;
    while (!pending_.empty()) {
        const Event next = pending_.front();
        pending_.erase(pending_.begin());
        const Step step = step_for(state_, next);
        const State before = state_;
        state_ = step.next;
        for (const Action action : step.actions) perform(action);
        if (around_.watch != nullptr && state_ != before) around_.watch->on_state(*this, before);
    }
    handling_ = false;
    if (state_ == State::failed) settled_ = true;
    if (state_ == State::stopped) settled_ = false;
    if (!waits(state_)) history_.next_try.reset();
    owner_.on_keeper_changed(*this);
}

void Keeper::perform(Action action) {
    switch (action) {
        case Action::none:
            return;
        case Action::spawn:
            return spawn();
        case Action::succeed:
            return succeed();
        case Action::ask_to_drain:
            return ask_to_drain();
        case Action::kill:
            if (current_) current_->kill(kill_reason_);
            return;
        case Action::let_go:
            return let_go();
        case Action::wait:
            return wait();
        case Action::pause:
            return pause();
        case Action::clear_backoff:
            return clear_backoff();
    }
}

void Keeper::spawn() {
    const auto refused = [this](const Error& error) {
        const bool try_later = error.code == ErrorCode::unavailable ||
                               error.code == ErrorCode::io || kind_ == Kind::front;
        history_.reason = error.message;
        last_ready_for_ = 0s;
        around_.log.error("cannot start", {{"process", name_}, {"reason", error.message}});
        on_event(try_later ? Event::spawn_failed : Event::cannot_start);
    };
    Result<ChildOrder> order = owner_.order_for(*this);
    if (!order) return refused(order.error());
    UniqueFd output;
    if (around_.watch != nullptr) {
        Result<UniqueFd> opened = around_.watch->open_output(name_);
        if (!opened) return refused(Error{ErrorCode::unavailable, opened.error().message});
        output = std::move(opened).value();
        order->output = output.get();
    }
    auto child = around_.machinery.start_child(*order, *this);
    if (!child) return refused(Error{ErrorCode::unavailable, child.error().message});
    current_ = std::move(child).value();

    if (history_.started) ++history_.restarts;
    history_.started = around_.clock.now();
    history_.ready_after.reset();
    history_.report.clear();
    spawned_at_ = around_.clock.steady();
    silence_.begin(spawned_at_);
    got_on_at_ = spawned_at_;
    held_up_before_ = {};
    migrating_ = false;
    heartbeat_->start_every(around_.limits.ping_every);
    around_.log.info("started", {{"process", name_}, {"pid", current_->pid()}});
}

void Keeper::succeed() {
    too_soon_by_ = pace_.take(around_.clock.steady());
    if (too_soon_by_ == 0ms) return spawn();
    on_event(Event::too_soon);
}

void Keeper::ask_to_drain() {
    if (!current_) return;
    current_->signal(SIGTERM);
    drain_deadline_->start_once(around_.limits.drain_at_most);
}

// The successor is started on the same listening socket, which the old one accepts from no more.
void Keeper::let_go() {
    serving_ = false;
    heartbeat_->stop();
    drain_deadline_->stop();
    watch_leaving(std::move(current_));
}

void Keeper::wait() {
    const milliseconds delay = policy_.delay_after_exit(last_ready_for_, around_.chance());
    history_.next_try = around_.clock.now() + delay;
    settled_ = true;
    retry_->start_once(delay);
    around_.log.warn("starts again later", {{"process", name_}, {"after_ms", delay.count()}});
}

void Keeper::pause() {
    history_.next_try = around_.clock.now() + too_soon_by_;
    history_.reason = "drains again and again";
    retry_->start_once(too_soon_by_);
    around_.log.warn("drains again and again, the next starts later",
                     {{"process", name_}, {"after_ms", too_soon_by_.count()}});
}

void Keeper::clear_backoff() {
    retry_->stop();
    policy_.clear();
    pace_.clear();
    if (!current_) history_.reason.clear();
}

void Keeper::kill_all() {
    order(Event::stop_now, "the supervisor stops now");
    for (Leaving& leaving : leaving_) leaving.child->kill("the supervisor stops now");
}

void Keeper::send(std::string_view line) {
    if (current_) current_->send(line);
}

void Keeper::on_line(Child& child, std::string_view line) {
    const bool is_current = &child == current_.get();
    // One that talks and reads nothing, so that what is said to it piles up, is as good as silent.
    if (!child.sending())
        (is_current ? silence_ : find_leaving(child)->silence).break_off(around_.clock.steady());
    if (line == "pong") return;
    if (line == "ready") {
        if (is_current) on_ready();
    } else if (line == contracts::kMigratingWord && kind_ == Kind::worker) {
        if (is_current) on_migrating();
    } else if (line == "draining") {
        if (is_current) on_draining();
    } else if (line.starts_with("failed ")) {
        child.set_reason(line.substr(7));
    } else if (line.starts_with("report ")) {
        on_report(child, line.substr(7));
    } else if (line.starts_with("traffic ") && kind_ == Kind::front) {
        on_traffic(child, line.substr(8));
    } else {
        child.kill("it said a word that is not in the contract");
    }
}

void Keeper::on_ready() {
    if (state_ != State::starting) return;
    serving_ = true;
    settled_ = true;
    ready_at_ = around_.clock.steady();
    history_.ready_after = duration_cast<milliseconds>(ready_at_ - spawned_at_);
    history_.reason.clear();
    around_.log.info("ready", {{"process", name_},
                               {"pid", current_->pid()},
                               {"after_ms", history_.ready_after->count()}});
    on_event(Event::said_ready);
}

void Keeper::on_migrating() {
    if (state_ != State::starting) return;
    if (!std::exchange(migrating_, true))
        around_.log.info("migrates its database, which may take minutes",
                         {{"process", name_}, {"pid", current_->pid()}});
    got_on_at_ = around_.clock.steady();
    held_up_before_ = silence_.held_up();
}

void Keeper::on_draining() {
    around_.log.info("draining", {{"process", name_}, {"pid", current_->pid()}});
    serving_ = false;
    // By its own wish: nobody has set its time limit yet.
    if (state_ == State::ready || state_ == State::starting)
        drain_deadline_->start_once(around_.limits.drain_at_most);
    on_event(Event::said_draining);
}

void Keeper::on_report(Child& child, std::string_view json) {
    if (!contracts::object_from(json, "report"))
        return child.kill("its report is not a JSON object");
    if (&child == current_.get()) history_.report = json;
}

void Keeper::on_traffic(Child& child, std::string_view json) {
    if (around_.watch == nullptr) return;
    const auto taken = around_.watch->on_traffic(*this, &child == current_.get() && serving_, json);
    if (!taken) child.kill(taken.error().message);
}

void Keeper::on_drained(Child& child) {
    if (&child == current_.get()) return owner_.on_keeper_drained(*this);
    if (Leaving* const leaving = find_leaving(child); !leaving->unsent.empty())
        child.send(std::exchange(leaving->unsent, ""));
}

void Keeper::on_exit(Child& child, const Exit& exit) {
    if (&child != current_.get()) return on_leaving_exit(child, exit);
    last_ready_for_ = ready_for();
    history_.last_exit = exit;
    history_.last_exit_text = obituary(exit, child.reason());
    // The signal that asks for a graceful restart came before the child could listen to it.
    if (state_ == State::starting && (exit.signal == SIGTERM || exit.signal == SIGHUP))
        on_event(Event::said_draining);
    const bool expected = state_ == State::stopping || state_ == State::restarting;
    if (expected)
        around_.log.info(
            "left", {{"process", name_}, {"pid", child.pid()}, {"how", history_.last_exit_text}});
    else
        around_.log.error(
            "died", {{"process", name_}, {"pid", child.pid()}, {"how", history_.last_exit_text}});
    const bool config = is_config_failure(exit);
    if (!expected)
        history_.reason =
            config && !child.reason().empty() ? child.reason() : history_.last_exit_text;
    heartbeat_->stop();
    drain_deadline_->stop();
    serving_ = false;
    current_.reset();
    if (!config) return on_event(Event::exited);
    on_event(kind_ == Kind::worker ? Event::exited_config : Event::exited_faulty);
}

void Keeper::on_heartbeat() {
    if (!current_) return;
    const SteadyTime now = around_.clock.steady();
    const KeeperLimits& limits = around_.limits;
    const bool starting = state_ == State::starting;
    // What holds the loop of one that migrates is one step of SQLite's: a sort, a commit.
    const milliseconds starting_patience =
        migrating_ ? limits.starting_at_most : limits.starting_silent_at_most;
    const milliseconds patience = starting ? starting_patience : limits.silent_at_most;
    if (silence_.length(now, limits.ping_every) >= patience)
        return overdue("no answer for " + in_seconds(patience));
    const auto held_up = silence_.held_up() - held_up_before_;
    if (starting && now - got_on_at_ - held_up >= limits.starting_at_most)
        return overdue("not ready within " + in_seconds(limits.starting_at_most));
    current_->allow_more_lines();
    if (!current_->sending()) current_->send("ping");
}

void Keeper::overdue(std::string reason) {
    kill_reason_ = std::move(reason);
    on_event(Event::overdue);
}

milliseconds Keeper::ready_for() const {
    if (!history_.ready_after) return milliseconds{0};
    return duration_cast<milliseconds>(around_.clock.steady() - ready_at_);
}

}  // namespace posta::supervisor
