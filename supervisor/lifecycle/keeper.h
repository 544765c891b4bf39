#pragma once
// Keeps one child running: performs what worker_state.h says, on the machinery that it is given.
//
// One keeper a tenant, and one a front. It starts the child its owner describes, asks it for a sign
// of life, starts it again when it dies (restart_policy.h), replaces it without a gap when it
// drains, and never gives up. Nothing that a child does or that the system refuses is fatal here.

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/unique_fd.h"
#include "supervisor/lifecycle/machinery.h"
#include "supervisor/lifecycle/restart_pace.h"
#include "supervisor/lifecycle/restart_policy.h"
#include "supervisor/lifecycle/silence.h"
#include "supervisor/lifecycle/worker_state.h"

namespace posta::supervisor {

class Keeper;

class KeeperOwner {
public:
    // What to start now. An error of kind `unavailable` or `io` is tried again after a back-off,
    // any other is the configuration's: the state becomes `failed` with it.
    virtual Result<ChildOrder> order_for(Keeper& keeper) = 0;
    // State, process or routing changed. Must not destroy the keeper.
    virtual void on_keeper_changed(Keeper& keeper) = 0;
    // The current child took everything that was sent to it.
    virtual void on_keeper_drained(Keeper& keeper) = 0;

protected:
    ~KeeperOwner() = default;
};

struct KeeperLimits {
    using Duration = std::chrono::milliseconds;
    Duration ping_every{5'000};
    Duration silent_at_most{20'000};
    Duration starting_silent_at_most{60'000};  // until ready
    // However alive it seems; and for one that migrates, from the last that was heard of it.
    Duration starting_at_most{600'000};
    Duration drain_at_most{10'000};
    Duration trial_at_most{10'000};  // for new settings to show that they work
    RestartPolicy::Limits back_off{};
    RestartPace::Limits pace{};
};

// Looks on from outside; no keeper depends on it.
class KeeperWatch {
public:
    // Where a child's standard output and error go; it must not block on them.
    virtual Result<UniqueFd> open_output(const std::string& name) = 0;
    // A front's counts (common/contracts/traffic.h). `current` is false for one that drains beside
    // its successor. An error ends the child.
    virtual Result<void> on_traffic(const Keeper& keeper, bool current, std::string_view json) = 0;
    // The state has changed from `before`.
    virtual void on_state(const Keeper& keeper, State before) = 0;

protected:
    ~KeeperWatch() = default;
};

// Passed to every keeper of a supervisor.
struct KeeperSurroundings {
    Machinery& machinery;
    const Clock& clock;
    Log& log;
    std::function<double()> chance;  // in [0, 1), for the jitter
    KeeperLimits limits{};
    KeeperWatch* watch = nullptr;  // null: children write where the supervisor does
};

class Keeper final : private ChildEvents {
public:
    enum class Kind { worker, front };
    // `name`: the slug, or "front". Exit code 78 makes either `failed`; a front is tried again
    // all the same, since without it nobody is served.
    Keeper(const KeeperSurroundings& surroundings, Kind kind, std::string name, KeeperOwner& owner);
    Keeper(const Keeper&) = delete;
    Keeper& operator=(const Keeper&) = delete;

    // start, stop, stop_now, restart, restart_now, settings_changed. `why` is said of a process
    // that it kills.
    void order(Event command, std::string_view why = "by command");
    // A front's alone: it leaves as one does that is replaced, when its clients have let go of it,
    // and nothing follows. A `stop` later hurries it.
    void dismiss();
    // Those that were let go included, at once.
    void kill_all();
    // A front's alone: how long one may take to leave that was dismissed, or that another has taken
    // the place of. At the server's end, and when too many wait for their clients, it is
    // drain_at_most.
    void set_leave_at_most(std::chrono::milliseconds duration) { leave_at_most_ = duration; }

    // For an upgrade: what the next image needs to go on with these processes, and the going on.
    // adopt() comes before any order.
    HandedKeeper hand_over() const;
    void adopt(const HandedKeeper& handed);

    State state() const { return state_; }
    Kind kind() const { return kind_; }
    const std::string& name() const { return name_; }
    bool has_no_process() const { return !current_ && leaving_.empty(); }
    int pid() const { return current_ ? current_->pid() : 0; }
    // Of the current child, as Child::kept_waiting().
    std::chrono::milliseconds kept_waiting() const {
        return current_ ? current_->kept_waiting() : std::chrono::milliseconds(0);
    }
    // The current child is not ready yet because it brings its database to a newer version, and
    // gets on with it.
    bool migrating() const { return state_ == State::starting && migrating_; }
    // The current child serves: it said ready, and not yet that it drains.
    bool serving() const { return serving_; }
    // A predecessor still drains beside the current child.
    bool has_leaving() const { return !leaving_.empty(); }
    // Fronts: the most that wait for their clients, for each that serves. One that drains time and
    // again would otherwise leave a process each second. A keeper sees to its own.
    static constexpr std::size_t kMostPatient = 3;
    // Those of the replaced ones that have not been told to hurry.
    std::size_t patient() const;
    // False: there is none.
    bool hurry_oldest();
    // It was ready, failed or dead at least once since it was wanted: the start has an outcome.
    bool settled() const { return settled_; }

    void send(std::string_view line);
    // To a worker beside which none of its name drains any more.
    void say_alone() {
        if (kind_ == Kind::worker && leaving_.empty()) send("alone");
    }
    // To those that drain beside the current one; the newest line is what they get in the end.
    void send_to_leaving(std::string_view line);
    bool sending() const { return current_ && current_->sending(); }
    // Something that a child was told has not gone out yet, to one that leaves perhaps.
    bool any_sending() const;

    // For `status`.
    struct History {
        std::string reason;  // why it failed or waits; empty when all is well
        std::optional<WallTime> started;
        std::optional<std::chrono::milliseconds> ready_after;
        std::optional<WallTime> next_try;
        int restarts = 0;
        std::optional<Exit> last_exit;
        std::string last_exit_text;
        std::string report;  // the last one, a JSON object; empty before the first
    };
    const History& history() const { return history_; }

private:
    struct Leaving {
        std::unique_ptr<Child> child;
        std::unique_ptr<Alarm> drain_deadline;
        std::unique_ptr<Alarm> heartbeat;  // a front's: it may be with its clients for minutes
        Silence silence{};
        bool hurried = false;
        std::string unsent{};  // while it does not take what it was told
    };

    void on_event(Event event);
    void perform(Action action);
    void spawn();
    void succeed();
    void ask_to_drain();
    void let_go();
    void watch_leaving(std::unique_ptr<Child> child);
    void hurry(Leaving& leaving);
    void hurry_all();
    Leaving* find_leaving(const Child& child);
    void on_leaving_heartbeat(Child& child);
    void wait();
    void pause();
    void clear_backoff();

    void on_line(Child& child, std::string_view line) override;
    void on_drained(Child& child) override;
    void on_exit(Child& child, const Exit& exit) override;
    void on_ready();
    void on_migrating();
    void on_draining();
    void on_report(Child& child, std::string_view json);
    void on_traffic(Child& child, std::string_view json);
    void on_leaving_exit(Child& child, const Exit& exit);
    void on_heartbeat();
    void overdue(std::string reason);
    std::chrono::milliseconds ready_for() const;

    const KeeperSurroundings& around_;
    Kind kind_;
    std::string name_;
    KeeperOwner& owner_;

    State state_ = State::stopped;
    std::vector<Event> pending_;  // events raised while one is being handled
    bool handling_ = false;
    bool serving_ = false;
    bool settled_ = false;
    std::string kill_reason_;
    RestartPolicy policy_;
    RestartPace pace_;
    std::chrono::milliseconds too_soon_by_{0};
    History history_;

    SteadyTime spawned_at_{};
    SteadyTime ready_at_{};
    bool migrating_ = false;  // the current child has said so
    SteadyTime got_on_at_{};  // its start counts from here: its beginning, or when it last said so
    SteadyTime::duration held_up_before_{};  // of silence_, until then
    Silence silence_;
    std::chrono::milliseconds last_ready_for_{0};

    std::chrono::milliseconds leave_at_most_;
    std::unique_ptr<Alarm> heartbeat_;
    std::unique_ptr<Alarm> drain_deadline_;
    std::unique_ptr<Alarm> retry_;
    std::unique_ptr<Child> current_;
    std::list<Leaving> leaving_;
};

}  // namespace posta::supervisor
