#include "supervisor/front/deadline.h"

namespace posta::supervisor {

Deadline::Deadline(EventLoop& loop, std::function<void()> on_due)
    : loop_(loop), on_due_(std::move(on_due)), timer_(loop, [this] { on_timer(); }) {}

void Deadline::set(std::chrono::milliseconds delay) {
    due_ = uv_now(loop_.raw()) + static_cast<std::uint64_t>(delay.count());
    if (armed_ != 0 && armed_ <= due_) return;
    armed_ = due_;
    timer_.start_once(delay);
}

void Deadline::on_timer() {
    armed_ = 0;
    const std::uint64_t now = uv_now(loop_.raw());
    if (now >= due_) return on_due_();
    armed_ = due_;
    timer_.start_once(std::chrono::milliseconds(due_ - now));
}

}  // namespace posta::supervisor
