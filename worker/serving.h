#pragma once
// A worker that serves: its loop, its server, what it is told and how it leaves.
//
// Leaving is graceful: `draining` is said, so that the front dials the next worker; nothing new is
// accepted; every connection ends with its next answer, or when the front lets go of it. What is
// not over after kLongestDrain is cut.

#include "common/base/unique_fd.h"
#include "common/confine/confine.h"
#include "common/contracts/child_channel.h"
#include "common/contracts/settings.h"
#include "common/loop/event_loop.h"
#include "common/loop/signal_watch.h"
#include "common/loop/timer.h"
#include "worker/app.h"
#include "worker/auth/callers.h"
#include "worker/end_of_turn.h"
#include "worker/events/events.h"
#include "worker/gathering.h"
#include "worker/http/dispatcher.h"
#include "worker/http/gate.h"
#include "worker/http/http_server.h"
#include "worker/memory_budget.h"
#include "worker/quiet_time.h"
#include "worker/vital_signs.h"

namespace posta::worker {

class Serving final : private contracts::ChildChannelEvents {
public:
    struct Parts {
        const contracts::WorkerSettings& settings;
        const Clock& clock;
        Log& log;
        MemoryBudget& memory;
        store::Store& store;
        const KeyRing& keys;
        PublicIdentity identity;
        UniqueFd listening_socket;
        UniqueFd channel;
        SandboxReport sandbox;
    };
    explicit Serving(Parts parts);

    // Until it has left; returns the exit code.
    Result<int> run();

private:
    void on_order(std::string_view line) override;
    void on_supervisor_gone() override;
    std::string report() override;
    std::string trouble();
    void leave();
    bool commit_turn();  // whether the loop must turn again without waiting

    // Within the 10 s that operations.md gives a graceful stop.
    static constexpr std::chrono::milliseconds kLongestDrain{9'000};

    const Clock& clock_;
    Log& log_;
    store::Store& store_;
    SandboxReport sandbox_;
    VitalSigns vitals_;
    EventLoop loop_;
    MemoryBudget& memory_;
    Events events_;
    PostOffice post_office_;
    App app_;
    Callers callers_;
    Gate gate_;
    Dispatcher dispatcher_;
    Gathering gathering_;
    QuietTime quiet_time_;
    std::uint64_t refused_before_ = 0;  // for want of memory, when it last reported
    EndOfTurn end_of_turn_;
    Timer drain_deadline_;
    SignalWatch term_;
    SignalWatch hup_;
    contracts::ChildChannel channel_;
    HttpServer server_;
    bool leaving_ = false;
};

}  // namespace posta::worker
