#pragma once
// What the supervisor's decisions run on: alarms, child processes, and a look-out for changed
// files.
//
// An interface, so that everything above it (keeper, tenants, fronts, the supervisor) is one
// machine that knows neither loop nor kernel. The real one is loop_machinery.h; the tests have one
// of virtual time and played children, which goes through years of misfortune in seconds.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "supervisor/lifecycle/obituary.h"
#include "supervisor/upgrade/handover.h"

namespace posta::supervisor {

// Destroying it cancels it, also from inside its own call.
class Alarm {
public:
    virtual ~Alarm() = default;
    // Starts or restarts. Zero means on the next turn.
    virtual void start_once(std::chrono::milliseconds delay) = 0;
    virtual void start_every(std::chrono::milliseconds interval) = 0;
    virtual void stop() = 0;
};

// What to start.
struct ChildOrder {
    std::vector<std::string> words;                // after the program's name: "worker", "arne"
    std::vector<std::pair<int, int>> descriptors;  // number in the child, ours (borrowed)
    std::vector<std::string> lines;                // the first lines down, settings first
    bool previous_image = false;                   // the version before the last upgrade
    int output = 2;                                // for its standard output and error (borrowed)
};

class Child;

class ChildEvents {
public:
    // Must not destroy the child.
    virtual void on_line(Child& child, std::string_view line) = 0;
    // Everything sent has been taken.
    virtual void on_drained(Child& child) = 0;
    // It is gone, all its lines have been told. The last call; the child may be destroyed in it.
    virtual void on_exit(Child& child, const Exit& exit) = 0;

protected:
    ~ChildEvents() = default;
};

// No call of it calls back before it returns. Destroyed before its exit has been told: the process
// is left alone and its channel closes.
class Child {
public:
    virtual ~Child() = default;

    virtual int pid() const = 0;
    virtual void send(std::string_view line) = 0;
    virtual bool sending() const = 0;
    // For how long it could have run, since it began, and no processor was free. Zero where the
    // system does not tell.
    virtual std::chrono::milliseconds kept_waiting() const = 0;
    virtual void signal(int signal_number) = 0;
    // Kills it; `reason` goes into its obituary unless there is one already.
    virtual void kill(std::string_view reason) = 0;
    // What it said as its reason, or why we killed it.
    virtual const std::string& reason() const = 0;
    virtual void set_reason(std::string_view reason) = 0;
    // Called at each heartbeat: lines are counted between two calls.
    virtual void allow_more_lines() = 0;
    // For the next image of this program, which adopts it.
    virtual HandedChild hand_over() const = 0;
};

// Tells once that something at a path, or directly in the directory that it is, may have changed.
class FileWatch {
public:
    virtual ~FileWatch() = default;
};

class Machinery {
public:
    virtual std::unique_ptr<Alarm> alarm(std::function<void()> on_due) = 0;
    // `events` must outlive the child. Errors: what the system refused.
    virtual Result<std::unique_ptr<Child>> start_child(const ChildOrder& order,
                                                       ChildEvents& events) = 0;
    // A child that the image before this one has started; its exit is told even if it has left by
    // now. Takes the channel.
    virtual std::unique_ptr<Child> adopt_child(const HandedChild& handed, ChildEvents& events) = 0;
    // Null when the path is not there or the system refuses.
    virtual std::unique_ptr<FileWatch> watch(const std::string& path,
                                             std::function<void()> on_change) = 0;

protected:
    ~Machinery() = default;
};

}  // namespace posta::supervisor
