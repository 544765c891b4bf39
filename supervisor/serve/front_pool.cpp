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
    return around_.limits.drain_at_most + std::chrono::seconds(settings_.bounds.keep_alive_seconds);
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
    for (const auto* fronts : {&fronts_, &surplus_})
        for (const auto& front : *fronts) tell_routes(*front);
}

void FrontPool::tell_routes(Keeper& front) {
    front.send_to_leaving(routes_);
    if (!front.sending()) {
        front.send(routes_);
    } else if (std::find(behind_.begin(), behind_.end(), &front) == behind_.end()) {
        behind_.push_back(&front);
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
    // To the next image they are some that another has taken the place of.
    for (const auto& front : surplus_) {
        const HandedKeeper dismissed = front->hand_over();
        std::vector<HandedChild>& leaving = handed.front().leaving;
        leaving.insert(leaving.end(), dismissed.leaving.begin(), dismissed.leaving.end());
        if (dismissed.current) leaving.push_back(*dismissed.current);
    }
    return handed;
}

bool FrontPool::any_sending() const {
    const auto sending = [](const auto& front) { return front->any_sending(); };
    return std::any_of(fronts_.begin(), fronts_.end(), sending) ||
           std::any_of(surplus_.begin(), surplus_.end(), sending);
}

void FrontPool::dismiss_beyond(std::size_t count) {
    if (fronts_.size() <= count) return;
    for (const auto& front : surplus_) front->order(Event::stop);
    while (fronts_.size() > count) {
        surplus_.push_back(std::move(fronts_.back()));
        fronts_.pop_back();
        surplus_.back()->dismiss();
    }
    hurry_surplus();
}

// Those that a dismissed front had itself taken the place of count among the few of the ones that
// serve: with each change of the number there would be more of them otherwise.
void FrontPool::hurry_surplus() {
    std::size_t patient = 0;
    for (const auto* fronts : {&fronts_, &surplus_})
        for (const auto& front : *fronts) patient += front->patient();
    for (const auto& front : surplus_)
        while (patient > Keeper::kMostPatient * fronts_.size() && front->hurry_oldest()) --patient;
}

void FrontPool::resize(int count) {
    const auto wanted = static_cast<std::size_t>(count);
    dismiss_beyond(wanted);
    while (fronts_.size() < wanted) add_front().order(Event::start);
}

// Neither those that leave nor those that come are told to make room for another.
void FrontPool::replace_all(int count) {
    dismiss_beyond(static_cast<std::size_t>(count));
    for (const auto& front : fronts_) front->order(Event::settings_changed);
    resize(count);
}

void FrontPool::stop() {
    for (const auto* fronts : {&fronts_, &surplus_})
        for (const auto& front : *fronts) front->order(Event::stop);
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
    std::erase_if(surplus_, [this](const auto& front) {
        if (!front->has_no_process()) return false;
        std::erase(behind_, front.get());
        return true;
    });
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

void FrontPool::on_keeper_changed(Keeper&) {
    hurry_surplus();
    on_changed_();
}

void FrontPool::on_keeper_drained(Keeper& keeper) {
    if (std::erase(behind_, &keeper) > 0) keeper.send(routes_);
}

}  // namespace posta::supervisor
