#include "common/loop/event_loop.h"

namespace posta {

Error error_from_uv(int uv_error, std::string_view what) {
    return error_from_errno(-uv_error, what);  // libuv's errors are negated errnos on Unix
}

EventLoop::EventLoop() : read_buffer_(std::make_unique<std::array<char, kReadBufferBytes>>()) {
    CHECK(uv_loop_init(&loop_) == 0);
}

EventLoop::~EventLoop() {
    readiness_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop_) == 0);
}

Readiness& EventLoop::readiness() {
    if (!readiness_) readiness_ = std::make_unique<Readiness>(&loop_);
    return *readiness_;
}

void EventLoop::run() { uv_run(&loop_, UV_RUN_DEFAULT); }

void EventLoop::stop() { uv_stop(&loop_); }

void EventLoop::run_ready() { uv_run(&loop_, UV_RUN_NOWAIT); }

namespace {

struct PoolJob {
    uv_work_t request{};
    std::function<void()> work;
    std::function<void()> done;
};

}  // namespace

void EventLoop::run_in_pool(std::function<void()> work, std::function<void()> done) {
    auto* job = new PoolJob{{}, std::move(work), std::move(done)};
    job->request.data = job;
    const int error = uv_queue_work(
        &loop_, &job->request,
        [](uv_work_t* request) noexcept { static_cast<PoolJob*>(request->data)->work(); },
        [](uv_work_t* request, int) noexcept {
            const std::unique_ptr<PoolJob> finished(static_cast<PoolJob*>(request->data));
            finished->done();
        });
    CHECK(error == 0);
}

}  // namespace posta
