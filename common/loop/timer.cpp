#include "common/loop/timer.h"

namespace posta {

void Timer::Closer::operator()(Handle* handle) const noexcept {
    auto* base = reinterpret_cast<uv_handle_t*>(&handle->timer);
    base->data = nullptr;
    uv_close(base, [](uv_handle_t* closed) { delete reinterpret_cast<Handle*>(closed); });
}

Timer::Timer(EventLoop& loop, std::function<void()> on_due) {
    auto handle = std::make_unique<Handle>();
    CHECK(uv_timer_init(loop.raw(), &handle->timer) == 0);
    handle->timer.data = handle.get();
    handle->on_due = std::move(on_due);
    handle_.reset(handle.release());
}

namespace {

// The function lives in the handle's block, which is freed on a later turn: destroying the Timer
// from inside the call does not destroy the function that runs.
template <class Handle>
void fire(uv_timer_t* timer) noexcept {
    if (timer->data != nullptr) static_cast<Handle*>(timer->data)->on_due();
}

}  // namespace

void Timer::start_once(std::chrono::milliseconds delay) {
    CHECK(uv_timer_start(&handle_->timer, fire<Handle>, static_cast<std::uint64_t>(delay.count()),
                         0) == 0);
}

void Timer::start_every(std::chrono::milliseconds interval) {
    const auto period = static_cast<std::uint64_t>(interval.count());
    CHECK(uv_timer_start(&handle_->timer, fire<Handle>, period, period) == 0);
}

void Timer::stop() { uv_timer_stop(&handle_->timer); }

bool Timer::active() const {
    return uv_is_active(reinterpret_cast<const uv_handle_t*>(&handle_->timer)) != 0;
}

void Timer::unref() { uv_unref(reinterpret_cast<uv_handle_t*>(&handle_->timer)); }

}  // namespace posta
