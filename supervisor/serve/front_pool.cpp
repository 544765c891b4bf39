#include "supervisor/serve/front_pool.h"

#include <algorithm>

#include "common/contracts/channel.h"
#include "common/contracts/front_contract.h"

namespace posta::supervisor {

FrontPool::FrontPool(const KeeperSurroundings& surroundings,
                     const std::vector<PublicListener>& listeners, std::function<void()> on_changed)
    : around_(surroundings),
      listeners_(listeners),
      on_changed_(std::move(on_changed)),
      routes_(contracts::to_line(std::vector<contracts::Route>{})) {}

// One that is replaced keeps its idle clients for as long as these may be idle (front_server.h).
void FrontPool::set_settings(contracts::FrontSettings settings) {
    settings_ = std::move(settings);
    for (const auto& front : fronts_) front->set_leave_at_most(leave_at_most());
}

std::chrono::milliseconds FrontPool::leave_at_most() const {
    return around_.limits.drain_at_most + std::chrono::seconds(settings_.times.keep_alive_seconds);
}

Keeper& FrontPool::add_front() {
    KeeperOwner& owner = *this;  // converts here, where the base is accessible
    fronts_.push_back(std::make_unique<Keeper>(around_, Keeper::Kind::front, "front", owner));
    fronts_.back()->set_leave_at_most(leave_at_most());
    return *fronts_.back();
}

void FrontPool::set_routes(std::string line) {
    if (line == routes_) return;
    routes_ = std::move(line);
    for (const auto& front : fronts_) {
        front->send_to_leaving(routes_);
        if (!front->sending()) {
            front->send(routes_);
        } else if (std::find(behind_.begin(), behind_.end(), front.get()) == behind_.end()) {
            behind_.push_back(front.get());
        }
    }
}

void FrontPool::adopt(const std::vector<HandedKeeper>& fronts) {
    for (const HandedKeeper& handed : fronts) {
        Keeper& front = add_front();
        front.adopt(handed);
        if (!handed.current) front.order(Event::start);
    }
}

std::vector<HandedKeeper> FrontPool::hand_over() const {
    std::vector<HandedKeeper> handed;
    for (const auto& front : fronts_) handed.push_back(front->hand_over());
    return handed;
}

bool FrontPool::any_sending() const {
    return std::any_of(fronts_.begin(), fronts_.end(),
                       [](const auto& front) { return front->any_sending(); });
}

void FrontPool::resize(int count) {
    const auto wanted = static_cast<std::size_t>(count);
    while (fronts_.size() > wanted) {
        surplus_.push_back(std::move(fronts_.back()));
        fronts_.pop_back();
        surplus_.back()->order(Event::stop);
    }
    while (fronts_.size() < wanted) add_front().order(Event::start);
}

void FrontPool::order_all(Event command) {
    for (const auto& front : fronts_) front->order(command);
}

void FrontPool::retry_failed() {
    for (const auto& front : fronts_)
        if (front->state() == State::faulty) front->order(Event::start);
}

bool FrontPool::all_down() const {
    return std::all_of(fronts_.begin(), fronts_.end(), [](const auto& front) {
        return !front->serving() && !front->has_leaving() && !front->history().reason.empty();
    });
}

void FrontPool::kill_all() {
    for (const auto& front : fronts_) front->kill_all();
    for (const auto& front : surplus_) front->kill_all();
}

bool FrontPool::settled() const {
    return std::all_of(fronts_.begin(), fronts_.end(),
                       [](const auto& front) { return front->settled(); });
}

bool FrontPool::has_no_process() const {
    const auto gone = [](const auto& front) { return front->has_no_process(); };
    return std::all_of(fronts_.begin(), fronts_.end(), gone) &&
           std::all_of(surplus_.begin(), surplus_.end(), gone);
}

void FrontPool::sweep() {
    std::erase_if(surplus_, [](const auto& front) { return front->has_no_process(); });
}

Result<ChildOrder> FrontPool::order_for(Keeper& keeper) {
    std::erase(behind_, &keeper);
    ChildOrder order;
    order.words = {"front"};
    int number = contracts::kFrontListenFd;
    for (const PublicListener& listener : listeners_)
        order.descriptors.emplace_back(number++, listener.socket.get());
    contracts::FrontSettings settings = settings_;
    settings.listeners = static_cast<int>(listeners_.size());
    order.lines = {contracts::to_line(settings), routes_};
    return order;
}

void FrontPool::on_keeper_changed(Keeper&) { on_changed_(); }

void FrontPool::on_keeper_drained(Keeper& keeper) {
    if (std::erase(behind_, &keeper) > 0) keeper.send(routes_);
}

}  // namespace posta::supervisor
