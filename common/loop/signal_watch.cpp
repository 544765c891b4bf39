#include "common/loop/signal_watch.h"

namespace posta {

void SignalWatch::Closer::operator()(Handle* handle) const noexcept {
    auto* base = reinterpret_cast<uv_handle_t*>(&handle->signal);
    base->data = nullptr;
    uv_close(base, [](uv_handle_t* closed) { delete reinterpret_cast<Handle*>(closed); });
}

SignalWatch::SignalWatch(EventLoop& loop, int signal_number, std::function<void()> on_signal) {
    auto handle = std::make_unique<Handle>();
    CHECK(uv_signal_init(loop.raw(), &handle->signal) == 0);
    handle->signal.data = handle.get();
    handle->on_signal = std::move(on_signal);
    handle_.reset(handle.release());
    CHECK(uv_signal_start(
              &handle_->signal,
              [](uv_signal_t* signal, int) noexcept {
                  if (signal->data != nullptr) static_cast<Handle*>(signal->data)->on_signal();
              },
              signal_number) == 0);
}

}  // namespace posta
