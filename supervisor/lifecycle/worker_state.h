#pragma once
// What a tenant's worker (or a front) is doing, and what follows when something happens to it.
//
// A constexpr table of state x event -> next state and the actions to perform, named only:
// keeper.cpp performs them. Pure: no clock, no process, no loop in here.
//
// What each state means to an operator (operations.md):
//   stopped     not running and not wanted: by `stop`, by `enabled = false`, or before the start
//   starting    its process runs and has not said ready; requests are held
//   ready       serving
//   restarting  asked to drain, a new process follows; shown as `draining`
//   stopping    asked to drain, nothing follows; shown as `draining`
//   pausing     drained by its own wish too often lately (restart_pace.h); the next starts in a
//               moment; shown as `draining`
//   backoff     it died; started again when the time has come
//   failed      configuration or data is wrong; another try needs a change, or `start`
//   faulty      a front whose configuration is wrong; shown as `failed`, and yet tried again as in
//               backoff, since without a front nobody is served
//
// One process is *current*; its events drive this table. A process that has been let go (it drains
// beside its successor) is out of the table's sight: it leaves by itself or is killed in time.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace posta::supervisor {

enum class State : std::uint8_t {
    stopped,
    starting,
    ready,
    restarting,
    stopping,
    pausing,
    backoff,
    failed,
    faulty
};
constexpr std::size_t kStates = 9;

enum class Event : std::uint8_t {
    start,             // wanted: by the manifest or a command
    stop,              // not wanted any more
    stop_now,          // the same, without grace
    restart,           // a command: a fresh process, whatever the state
    restart_now,       // the same, without grace
    settings_changed,  // manifest, keys or binary changed
    said_ready,
    said_draining,  // stopped accepting by its own wish (a signal to it), or as it was asked
    exited,         // died, or left with any code but kExitConfig
    exited_config,  // a worker left with kExitConfig
    exited_faulty,  // a front did
    overdue,        // silent, too slow to start, or too slow to leave
    retry_due,      // the back-off, or the pause, has passed
    too_soon,       // a successor must not start yet
    cannot_start,   // there is nothing to start: directory, owner (configuration)
    spawn_failed,   // the system refused a process or descriptors for now
};
constexpr std::size_t kEvents = 16;

enum class Action : std::uint8_t {
    none,
    spawn,          // start a process on the tenant's socket; it becomes the current one
    succeed,        // the same, after one that drained; raises too_soon when that is so
    ask_to_drain,   // SIGTERM to the current process
    kill,           // SIGKILL to the current process
    let_go,         // the current process drains on its own from here
    wait,           // arm the retry timer with the back-off
    pause,          // arm the retry timer with what is missing until it is not too soon
    clear_backoff,  // cancel that timer; the next death starts from the shortest delay
};

struct Step {
    State next = State::stopped;
    std::array<Action, 2> actions{Action::none, Action::none};
    constexpr bool operator==(const Step&) const = default;
};

namespace detail {

using Row = std::array<Step, kEvents>;

constexpr Row staying(State state) {
    Row row{};
    for (Step& step : row) step.next = state;
    return row;
}

constexpr void on(Row& row, Event event, State next, Action first = Action::none,
                  Action second = Action::none) {
    row[static_cast<std::size_t>(event)] = {next, {first, second}};
}

// Manual commands and changes bring up what is down, and start the back-off afresh.
constexpr void on_wanted(Row& row, Event event) {
    on(row, event, State::starting, Action::clear_backoff, Action::spawn);
}

constexpr Row stopped_row() {
    Row row = staying(State::stopped);
    on_wanted(row, Event::start);
    on_wanted(row, Event::restart);
    on_wanted(row, Event::restart_now);
    return row;
}

// What starting and ready have in common.
constexpr Row running_row(State state) {
    Row row = staying(state);
    on(row, Event::stop, State::stopping, Action::ask_to_drain);
    on(row, Event::stop_now, State::stopping, Action::kill);
    on(row, Event::restart, State::restarting, Action::clear_backoff, Action::ask_to_drain);
    on(row, Event::restart_now, State::restarting, Action::clear_backoff, Action::kill);
    on(row, Event::settings_changed, State::restarting, Action::clear_backoff,
       Action::ask_to_drain);
    on(row, Event::exited, State::backoff, Action::wait);
    on(row, Event::exited_config, State::failed);
    on(row, Event::exited_faulty, State::faulty, Action::wait);
    on(row, Event::overdue, state, Action::kill);
    return row;
}

// One that drains before it was ever ready got a signal early: its successor waits for its end.
constexpr Row starting_row() {
    Row row = running_row(State::starting);
    on(row, Event::said_ready, State::ready);
    on(row, Event::said_draining, State::restarting);
    on(row, Event::cannot_start, State::failed);
    on(row, Event::spawn_failed, State::backoff, Action::wait);
    on(row, Event::too_soon, State::pausing, Action::pause);
    return row;
}

constexpr Row ready_row() {
    Row row = running_row(State::ready);
    on(row, Event::said_draining, State::starting, Action::let_go, Action::succeed);
    return row;
}

constexpr Row restarting_row() {
    Row row = staying(State::restarting);
    on(row, Event::stop, State::stopping);
    on(row, Event::stop_now, State::stopping, Action::kill);
    on(row, Event::restart_now, State::restarting, Action::kill);
    on(row, Event::said_draining, State::starting, Action::let_go, Action::succeed);
    on(row, Event::exited, State::starting, Action::succeed);
    on(row, Event::exited_config, State::starting, Action::succeed);
    on(row, Event::exited_faulty, State::starting, Action::succeed);
    on(row, Event::overdue, State::restarting, Action::kill);
    return row;
}

constexpr Row stopping_row() {
    Row row = staying(State::stopping);
    on(row, Event::start, State::restarting);
    on(row, Event::stop_now, State::stopping, Action::kill);
    on(row, Event::restart, State::restarting);
    on(row, Event::restart_now, State::restarting, Action::kill);
    on(row, Event::exited, State::stopped);
    on(row, Event::exited_config, State::stopped);
    on(row, Event::exited_faulty, State::stopped);
    on(row, Event::overdue, State::stopping, Action::kill);
    return row;
}

// What pausing, backoff, failed and faulty have in common: nothing runs.
constexpr Row down_row(State state) {
    Row row = staying(state);
    on_wanted(row, Event::start);
    on_wanted(row, Event::restart);
    on_wanted(row, Event::restart_now);
    on_wanted(row, Event::settings_changed);
    on(row, Event::stop, State::stopped, Action::clear_backoff);
    on(row, Event::stop_now, State::stopped, Action::clear_backoff);
    return row;
}

constexpr Row pausing_row() {
    Row row = down_row(State::pausing);
    on(row, Event::retry_due, State::starting, Action::succeed);
    return row;
}

// Also faulty: they differ in what an operator is told.
constexpr Row backoff_row(State state) {
    Row row = down_row(state);
    on(row, Event::retry_due, State::starting, Action::spawn);
    return row;
}

constexpr std::array<Row, kStates> kTable{
    stopped_row(),
    starting_row(),
    ready_row(),
    restarting_row(),
    stopping_row(),
    pausing_row(),
    backoff_row(State::backoff),
    down_row(State::failed),
    backoff_row(State::faulty),
};

}  // namespace detail

constexpr Step step_for(State state, Event event) {
    return detail::kTable[static_cast<std::size_t>(state)][static_cast<std::size_t>(event)];
}

// In these a current process exists (in `starting`, from its spawn on).
constexpr bool has_process(State state) {
    return state == State::starting || state == State::ready || state == State::restarting ||
           state == State::stopping;
}

// In these the time of the next try is set.
constexpr bool waits(State state) {
    return state == State::pausing || state == State::backoff || state == State::faulty;
}

// As operators see it (operations.md, "States of a tenant").
constexpr std::string_view name_of(State state) {
    constexpr std::array<std::string_view, kStates> kNames{"stopped",  "starting", "ready",
                                                           "draining", "draining", "draining",
                                                           "backoff",  "failed",   "failed"};
    return kNames[static_cast<std::size_t>(state)];
}

static_assert(step_for(State::ready, Event::exited).next == State::backoff);
static_assert(step_for(State::ready, Event::exited_config).next == State::failed);
static_assert(step_for(State::failed, Event::retry_due).next == State::failed);
static_assert(step_for(State::stopped, Event::settings_changed) == Step{State::stopped, {}});
static_assert(step_for(State::stopping, Event::exited).next == State::stopped);
static_assert(step_for(State::restarting, Event::exited) ==
              Step{State::starting, {Action::succeed, Action::none}});
static_assert(step_for(State::starting, Event::said_draining) == Step{State::restarting, {}});

}  // namespace posta::supervisor
