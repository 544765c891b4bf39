#include "common/loop/readiness.h"

#include <memory>
#include <utility>

#include "common/base/check.h"

namespace posta {

Readiness::Readiness(uv_loop_t* loop) : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    CHECK(epoll_);
    auto poll = std::make_unique<uv_poll_t>();
    CHECK(uv_poll_init(loop, poll.get(), epoll_.get()) == 0);
    poll->data = this;
    poll_.reset(poll.release());
    CHECK(uv_poll_start(poll_.get(), UV_READABLE, [](uv_poll_t* ready, int, int) noexcept {
              if (ready->data != nullptr) static_cast<Readiness*>(ready->data)->tell();
          }) == 0);
    uv_unref(reinterpret_cast<uv_handle_t*>(poll_.get()));
}

Readiness::~Readiness() { CHECK(waiting_ == 0); }

void Readiness::control(int operation, int fd, std::uint32_t events, ReadinessEvents* told) {
    epoll_event event{};
    event.events = events | EPOLLET;
    event.data.ptr = told;
    CHECK(::epoll_ctl(epoll_.get(), operation, fd, &event) == 0);
}

void Readiness::add(int fd, std::uint32_t events, ReadinessEvents& told) {
    control(EPOLL_CTL_ADD, fd, events, &told);
}

void Readiness::change(int fd, std::uint32_t events, ReadinessEvents& told) {
    control(EPOLL_CTL_MOD, fd, events, &told);
}

void Readiness::remove(int fd, const ReadinessEvents& told) {
    control(EPOLL_CTL_DEL, fd, 0, nullptr);
    if (told_now_ == &told) told_now_ = nullptr;
    for (std::size_t at = next_; at < count_; ++at)
        if (news_[at].data.ptr == &told) news_[at].data.ptr = nullptr;
}

void Readiness::wait_begins() {
    if (waiting_++ == 0) uv_ref(reinterpret_cast<uv_handle_t*>(poll_.get()));
}

void Readiness::wait_ends() {
    if (--waiting_ == 0) uv_unref(reinterpret_cast<uv_handle_t*>(poll_.get()));
}

// What is left over is told on the next turn.
void Readiness::tell() {
    const int count = ::epoll_wait(epoll_.get(), news_.data(), static_cast<int>(news_.size()), 0);
    count_ = count > 0 ? static_cast<std::size_t>(count) : 0;
    for (next_ = 0; next_ < count_;) {
        const epoll_event& event = news_[next_++];
        if (event.data.ptr == nullptr) continue;
        auto* const told = static_cast<ReadinessEvents*>(event.data.ptr);
        told_now_ = told;
        told->on_ready(event.events);
        told_now_ = nullptr;
    }
    count_ = 0;
}

}  // namespace posta
