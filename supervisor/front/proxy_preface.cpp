#include "supervisor/front/proxy_preface.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace posta::supervisor {

ProxyPreface::ProxyPreface(EventLoop& loop, UniqueFd socket, const IpAddress& proxy,
                           std::chrono::milliseconds at_most, ProxyPrefaceOwner& owner)
    : socket_(std::move(socket)),
      proxy_(proxy),
      owner_(owner),
      deadline_(loop, [this] { fail("no whole PROXY header in time"); }) {
    auto poll = std::make_unique<uv_poll_t>();
    CHECK(uv_poll_init(loop.raw(), poll.get(), socket_.get()) == 0);
    poll->data = this;
    poll_.reset(poll.release());
    CHECK(uv_poll_start(poll_.get(), UV_READABLE | UV_DISCONNECT,
                        [](uv_poll_t* ready, int, int) noexcept {
                            if (ready->data != nullptr)
                                static_cast<ProxyPreface*>(ready->data)->on_readable();
                        }) == 0);
    deadline_.start_once(at_most);
}

void ProxyPreface::on_readable() {
    std::array<char, 2304> bytes;
    const ssize_t count =
        ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) return fail("the connection ended before its PROXY header");
    const std::string_view seen(bytes.data(), static_cast<std::size_t>(count));
    std::string_view rest = seen;
    const ProxyHeader::Verdict verdict = header_.read(rest);
    const std::size_t taken = seen.size() - rest.size();
    if (::recv(socket_.get(), bytes.data(), taken, MSG_DONTWAIT) != static_cast<ssize_t>(taken))
        return fail("the connection ended before its PROXY header");
    if (verdict == ProxyHeader::Verdict::fault) return fail(header_.fault_reason());
    if (verdict == ProxyHeader::Verdict::complete) finish();
}

// The socket is free for another handle once this one has stopped.
void ProxyPreface::finish() {
    deadline_.stop();
    poll_.reset();
    owner_.on_client_known(*this, header_.client().value_or(proxy_));
}

void ProxyPreface::fail(const char* reason) {
    deadline_.stop();
    poll_.reset();
    socket_.reset();
    owner_.on_preface_failed(*this, reason);
}

}  // namespace posta::supervisor
