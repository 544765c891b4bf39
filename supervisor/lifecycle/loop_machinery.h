#pragma once
// The machinery of the running server: libuv's timers and file events, real processes.

#include "common/loop/event_loop.h"
#include "supervisor/lifecycle/machinery.h"

namespace posta::supervisor {

class LoopMachinery final : public Machinery {
public:
    // `executable` is what children are images of.
    LoopMachinery(EventLoop& loop, std::string executable)
        : loop_(loop), executable_(std::move(executable)) {}

    std::unique_ptr<Alarm> alarm(std::function<void()> on_due) override;
    Result<std::unique_ptr<Child>> start_child(const ChildOrder& order,
                                               ChildEvents& events) override;
    std::unique_ptr<FileWatch> watch(const std::string& path,
                                     std::function<void()> on_change) override;

private:
    EventLoop& loop_;
    std::string executable_;
};

}  // namespace posta::supervisor
