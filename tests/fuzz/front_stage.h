#pragma once
// The real front (FrontServer and all that it owns) on a loop of this thread, with clients, two
// tenants' workers and the time in the hands of the fuzzer.
//
// Clients are socket pairs, workers listen on real Unix sockets, time is virtual: nothing waits.
// The judges are front_client.h and front_worker.h; the stage joins them, and at the end sees to
// it that nothing is left: no connection, no handle, no descriptor.

#include <array>
#include <chrono>
#include <memory>
#include <vector>

#include "supervisor/front/front_server.h"
#include "tests/fuzz/front_client.h"
#include "tests/fuzz/front_worker.h"
#include "tests/fuzz/virtual_clock.h"
#include "tests/support/temp_folder.h"

namespace posta::fuzz {

constexpr std::size_t kTenants = 2;

// What all runs use again, because making it costs more than a run.
class FrontWorld {
public:
    FrontWorld();
    EventLoop& loop() { return loop_; }
    Log& log() { return log_; }
    int listener(std::size_t tenant) const { return listeners_[tenant].get(); }
    const std::string& path(std::size_t tenant) const { return paths_[tenant]; }
    // Between runs: no handle is left on the loop.
    void expect_idle();
    int lowest_free_descriptor() const;

private:
    testing::TempFolder folder_;
    SystemClock clock_;
    UniqueFd nowhere_;
    Log log_;
    EventLoop loop_;
    std::array<std::string, kTenants> paths_;
    std::array<UniqueFd, kTenants> listeners_;
};

class FrontStage {
public:
    using State = contracts::Route::State;

    FrontStage(FrontWorld& world, const supervisor::FrontLimits& limits, bool trusted);
    ~FrontStage();

    void add_client(bool small_buffer);
    // `limited`: each tenant may have one connection and one request a second.
    void replace_routes(std::array<State, kTenants> states, bool limited = false);
    void drain();
    // Workers that do not accept: the backlog fills.
    void set_accepting(bool accepting) { accepting_ = accepting; }
    void advance(std::chrono::milliseconds step) { clock_.advance(step); }
    // Turns of the loop, and reading at all ends, until nothing moves.
    void settle();

    // Of those that are open, counted round; null when there is none.
    FrontClient* client(std::size_t number);
    FrontWorker* worker(std::size_t number);

    // Everybody falls silent: in time the front closes everything by itself.
    void expect_end_by_silence();
    // Every client leaves: the front has nothing left at once.
    void expect_end_by_leaving();

private:
    bool move_bytes();
    void expect_settled() const;
    void accept_workers();
    void pass_deadlines();
    void expect_nothing_open();
    bool may_receive(std::size_t client, char mark, int tenant) const;

    VirtualClock clock_;
    FrontWorld& world_;
    supervisor::FrontContext context_;
    bool left_ = false;
    bool accepting_ = true;
    std::unique_ptr<supervisor::FrontServer> server_;
    std::vector<std::unique_ptr<FrontClient>> clients_;
    std::vector<std::unique_ptr<FrontWorker>> workers_;
};

}  // namespace posta::fuzz
