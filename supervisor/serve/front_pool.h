#pragma once
// The fronts: `front_processes` of them on the same public sockets, and what they are told.
//
// Each gets the whole routing table when it starts and each time it changes. A front that reads
// slowly gets the newest table once it has taken the last one, and not all in between.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/contracts/settings.h"
#include "supervisor/lifecycle/keeper.h"
#include "supervisor/serve/public_listeners.h"

namespace posta::supervisor {

class FrontPool final : private KeeperOwner {
public:
    // `on_changed` is called when a front starts, serves or leaves; it must not destroy the pool.
    FrontPool(const KeeperSurroundings& surroundings, const std::vector<PublicListener>& listeners,
              std::function<void()> on_changed);

    // What a front that starts from now on is told. Those that run are not touched.
    void set_settings(contracts::FrontSettings settings);
    // To all, if it differs from the last one. A line of front_contract.h.
    void set_routes(std::string line);

    // Those that the image before this one has run; before resize().
    void adopt(const std::vector<HandedKeeper>& fronts);
    std::vector<HandedKeeper> hand_over() const;
    bool any_sending() const;

    // As many as wanted. Those too many leave as the replaced do; those that the last change of the
    // number has made too many are hurried.
    void resize(int count);
    // The same, and those that stay get the new settings.
    void replace_all(int count);
    void stop();
    void retry_failed();
    void kill_all();

    // All have been ready, or have died, at least once.
    bool settled() const;
    bool has_no_process() const;
    // None serves: each has failed to start or died, and is tried again.
    bool all_down() const;
    const std::vector<std::unique_ptr<Keeper>>& all() const { return fronts_; }
    // Destroys those that have left. Never from inside a callback of theirs.
    void sweep();

private:
    Keeper& add_front();
    void dismiss_beyond(std::size_t count);
    void hurry_surplus();
    void tell_routes(Keeper& front);
    std::chrono::milliseconds leave_at_most() const;
    Result<ChildOrder> order_for(Keeper& keeper) override;
    void on_keeper_changed(Keeper& keeper) override;
    void on_keeper_drained(Keeper& keeper) override;

    const KeeperSurroundings& around_;
    const std::vector<PublicListener>& listeners_;
    std::function<void()> on_changed_;
    contracts::FrontSettings settings_;
    std::string routes_;
    std::vector<std::unique_ptr<Keeper>> fronts_;
    std::vector<std::unique_ptr<Keeper>> surplus_;  // dismissed, and still with their clients
    std::vector<const Keeper*> behind_;             // have not got the newest routes yet
};

}  // namespace posta::supervisor
