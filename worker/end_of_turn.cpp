#include "worker/end_of_turn.h"

#include "common/base/check.h"

namespace posta::worker {

template <class T>
UvHandle<T> EndOfTurn::started(uv_loop_t* loop, int (*init)(uv_loop_t*, T*),
                               int (*start)(T*, void (*)(T*))) {
    auto handle = std::make_unique<T>();
    CHECK(init(loop, handle.get()) == 0);
    handle->data = this;
    UvHandle<T> owned(handle.release());
    CHECK(start(owned.get(), call<T>) == 0);
    uv_unref(reinterpret_cast<uv_handle_t*>(owned.get()));
    return owned;
}

EndOfTurn::EndOfTurn(EventLoop& loop, std::function<bool()> on_end)
    : on_end_(std::move(on_end)),
      turn_again_(loop, [] {}),
      before_waiting_(started(loop.raw(), uv_prepare_init, uv_prepare_start)),
      after_waiting_(started(loop.raw(), uv_check_init, uv_check_start)) {}

void EndOfTurn::finish() {
    if (on_end_()) turn_again_.start_once(std::chrono::milliseconds{0});
}

}  // namespace posta::worker
