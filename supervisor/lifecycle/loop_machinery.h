#pragma once
// The machinery of the running server: libuv's timers and file events, real processes.

#include <map>
#include <optional>
#include <string>

#include "common/loop/event_loop.h"
#include "common/loop/signal_watch.h"
#include "supervisor/lifecycle/machinery.h"

namespace posta::supervisor {

class ChildProcess;

class LoopMachinery final : public Machinery {
public:
    // `executable` is what children are images of; `previous_image` what those are that are started
    // in the version before the last upgrade (empty: the same).
    LoopMachinery(EventLoop& loop, std::string executable, std::string previous_image);

    std::unique_ptr<Alarm> alarm(std::function<void()> on_due) override;
    Result<std::unique_ptr<Child>> start_child(const ChildOrder& order,
                                               ChildEvents& events) override;
    std::unique_ptr<Child> adopt_child(const HandedChild& handed, ChildEvents& events) override;
    std::unique_ptr<FileWatch> watch(const std::string& path,
                                     std::function<void()> on_change) override;

private:
    void wait_for_adopted();

    EventLoop& loop_;
    std::string executable_;
    std::string previous_image_;
    // libuv waits for the processes that it has started, and for no others.
    std::map<int, ChildProcess*> adopted_;
    std::optional<SignalWatch> child_signal_;
    std::unique_ptr<Alarm> look_once_;
};

}  // namespace posta::supervisor
