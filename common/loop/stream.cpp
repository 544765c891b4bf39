#include "common/loop/stream.h"

#include <sys/socket.h>

#include <array>
#include <utility>

namespace posta {

void Stream::Closer::operator()(AnyHandle* handle) const noexcept {
    auto* base = reinterpret_cast<uv_handle_t*>(handle);
    base->data = nullptr;
    uv_close(base, [](uv_handle_t* closed) { delete reinterpret_cast<AnyHandle*>(closed); });
}

// Carries its bytes; freed by its callback, which finds the owner through the handle.
struct Stream::WriteRequest {
    uv_write_t request{};
    std::string bytes;
};

Stream::Stream(EventLoop& loop, UniqueFd socket, SocketKind kind, StreamEvents& events)
    : loop_(loop), events_(&events) {
    auto handle = std::make_unique<AnyHandle>();
    if (kind == SocketKind::tcp) {
        CHECK(uv_tcp_init(loop.raw(), &handle->tcp) == 0);
    } else {
        CHECK(uv_pipe_init(loop.raw(), &handle->pipe, 0) == 0);
    }
    handle->stream.data = this;
    handle_.reset(handle.release());
    fd_ = socket.release();
    const int error = kind == SocketKind::tcp ? uv_tcp_open(&handle_->tcp, fd_)
                                              : uv_pipe_open(&handle_->pipe, fd_);
    CHECK(error == 0);
    if (kind == SocketKind::tcp) uv_tcp_nodelay(&handle_->tcp, 1);
}

Stream::~Stream() = default;

void Stream::start_reading() {
    if (reading_ || ended_ || broken_) return;
    reading_ = true;
    const int error = uv_read_start(
        &handle_->stream,
        [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) noexcept {
            if (handle->data == nullptr) {
                *buffer = uv_buf_init(nullptr, 0);
                return;
            }
            auto& shared = static_cast<Stream*>(handle->data)->loop_.read_buffer();
            *buffer = uv_buf_init(shared.data(), static_cast<unsigned>(shared.size()));
        },
        [](uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) noexcept {
            if (stream->data != nullptr)
                static_cast<Stream*>(stream->data)->on_read(count, buffer->base);
        });
    CHECK(error == 0 || error == UV_ENOTCONN);
}

void Stream::stop_reading() {
    if (!reading_) return;
    reading_ = false;
    uv_read_stop(&handle_->stream);
}

void Stream::on_read(ssize_t count, const char* bytes) {
    if (count > 0) {
        events_->on_bytes({bytes, static_cast<std::size_t>(count)});
    } else if (count == UV_EOF) {
        stop_reading();
        ended_ = true;
        events_->on_end();
    } else if (count < 0) {
        fail(static_cast<int>(count));
    }
}

void Stream::write(std::string_view bytes) { write(bytes, {}); }

namespace {

// Straight to the socket, past libuv: its general write() costs the kernel more than send(), and
// two parts cost more than a copy as long as they are small. A failure takes nothing; it shows
// again in the queued write that follows, and is reported from there.
std::size_t send_now(int fd, std::string_view first, std::string_view second) {
    constexpr std::size_t kWorthCopying = 2048;
    constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
    std::array<char, kWorthCopying> both;
    ssize_t sent = -1;
    if (first.empty()) std::swap(first, second);
    if (second.empty()) {
        sent = ::send(fd, first.data(), first.size(), kFlags);
    } else if (first.size() + second.size() <= both.size()) {
        first.copy(both.data(), first.size());
        second.copy(both.data() + first.size(), second.size());
        sent = ::send(fd, both.data(), first.size() + second.size(), kFlags);
    } else {
        std::array<iovec, 2> parts{iovec{const_cast<char*>(first.data()), first.size()},
                                   iovec{const_cast<char*>(second.data()), second.size()}};
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = parts.size();
        sent = ::sendmsg(fd, &message, kFlags);
    }
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

}  // namespace

void Stream::write(std::string_view first, std::string_view second) {
    if (broken_ || shut_ || first.size() + second.size() == 0) return;
    std::size_t sent = 0;
    if (queued_bytes() == 0) {
        sent = send_now(fd_, first, second);
        if (sent == first.size() + second.size()) return;
    }
    std::string rest;
    rest.reserve(first.size() + second.size() - sent);
    if (sent < first.size()) {
        rest.append(first.substr(sent)).append(second);
    } else {
        rest.append(second.substr(sent - first.size()));
    }
    queue(std::move(rest));
}

void Stream::queue(std::string bytes) {
    auto* write = new WriteRequest{{}, std::move(bytes)};
    write->request.data = write;
    const uv_buf_t buffer =
        uv_buf_init(write->bytes.data(), static_cast<unsigned>(write->bytes.size()));
    const int error = uv_write(
        &write->request, &handle_->stream, &buffer, 1,
        [](uv_write_t* request, int status) noexcept {
            const std::unique_ptr<WriteRequest> finished(static_cast<WriteRequest*>(request->data));
            if (request->handle->data != nullptr)
                static_cast<Stream*>(request->handle->data)->on_written(status);
        });
    if (error != 0) delete write;
}

void Stream::on_written(int status) {
    if (status != 0) return fail(status);
    if (!broken_ && queued_bytes() == 0) events_->on_drained();
}

std::size_t Stream::queued_bytes() const {
    return uv_stream_get_write_queue_size(&handle_->stream);
}

void Stream::shut_write() {
    if (broken_ || std::exchange(shut_, true)) return;
    auto* request = new uv_shutdown_t;
    const int error = uv_shutdown(request, &handle_->stream,
                                  [](uv_shutdown_t* finished, int) noexcept { delete finished; });
    if (error != 0) delete request;
}

void Stream::fail(int uv_error) {
    if (broken_) return;
    stop_reading();
    broken_ = true;
    events_->on_broken(uv_error);
}

}  // namespace posta
