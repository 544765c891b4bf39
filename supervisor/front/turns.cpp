#include "supervisor/front/turns.h"

#include <utility>

#include "common/base/check.h"

namespace posta::supervisor {

namespace {

// Some 30 ms of a busy front: whoever asks that often is never behind more than the usual steps.
constexpr std::uint64_t kTurnsToBeAlone = 256;
constexpr std::size_t kTimesAsMany = 4;

}  // namespace

void TurnWaiter::leave_queue() {
    if (const auto queue = std::exchange(queue_, nullptr)) queue->waiting.erase(place_);
}

Turns::Turns(EventLoop& loop, const std::size_t& at_once) : at_once_(at_once), again_(loop, [] {}) {
    auto handle = std::make_unique<uv_prepare_t>();
    CHECK(uv_prepare_init(loop.raw(), handle.get()) == 0);
    handle->data = this;
    before_waiting_.reset(handle.release());
    CHECK(uv_prepare_start(before_waiting_.get(), [](uv_prepare_t* prepare) noexcept {
              if (prepare->data != nullptr) static_cast<Turns*>(prepare->data)->next();
          }) == 0);
    uv_unref(reinterpret_cast<uv_handle_t*>(before_waiting_.get()));
}

bool Turns::has_room(TurnQueue& queue) {
    if (queue.turn != turn_) {
        queue.turn = turn_;
        queue.steps = 0;
    }
    return queue.steps < steps_now();
}

std::size_t Turns::steps_now() const {
    return turn_ - latest_since_ < kTurnsToBeAlone ? at_once_ : at_once_ * kTimesAsMany;
}

void Turns::take_steps(TurnQueue& queue, std::size_t steps) {
    queue.steps += steps;
    const TurnQueue* const whose = queue.of == nullptr ? &queue : queue.of;
    if (std::exchange(latest_, whose) != whose) latest_since_ = turn_;
}

void Turns::charge(TurnQueue& queue, std::size_t steps) {
    (void)has_room(queue);  // it may be another turn since
    take_steps(queue, steps);
}

bool Turns::take(TurnQueue& queue, std::size_t steps) {
    if (!queue.waiting.empty() || !has_room(queue)) return false;
    take_steps(queue, steps);
    return true;
}

void Turns::wait(std::shared_ptr<TurnQueue> queue, TurnWaiter& waiter, std::size_t steps) {
    list(queue);
    waiter.steps_ = steps;
    waiter.place_ = queue->waiting.insert(queue->waiting.end(), &waiter);
    waiter.queue_ = std::move(queue);
    if (!again_.active()) again_.start_once(std::chrono::milliseconds(0));
}

void Turns::list(const std::shared_ptr<TurnQueue>& queue) {
    if (!std::exchange(queue->is_listed, true)) busy_.push_back(queue);
}

// A request that goes on may end others, and bring new ones that wait: those are seen in the end.
void Turns::next() {
    ++turn_;
    for (const auto& queue : std::exchange(busy_, {})) {
        queue->is_listed = false;
        while (!queue->waiting.empty() && has_room(*queue)) {
            TurnWaiter* const first = queue->waiting.front();
            first->leave_queue();
            take_steps(*queue, first->steps_);
            first->on_turn();
        }
        if (!queue->waiting.empty()) list(queue);
    }
    if (!busy_.empty()) again_.start_once(std::chrono::milliseconds(0));
}

}  // namespace posta::supervisor
