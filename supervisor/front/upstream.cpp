#include "supervisor/front/upstream.h"

#include <sys/socket.h>

#include "common/base/unix_socket.h"

namespace posta::supervisor {

Result<std::unique_ptr<Upstream>> Upstream::dial(EventLoop& loop, const Tenant& tenant) {
    UniqueFd socket = TRY(connect_unix(tenant.socket_path));
    return std::unique_ptr<Upstream>(new Upstream(loop, std::move(socket), tenant));
}

Upstream::Upstream(EventLoop& loop, UniqueFd socket, const Tenant& tenant)
    : slug_(tenant.slug),
      epoch_(tenant.epoch),
      stream_(std::make_unique<Stream>(loop, std::move(socket), SocketKind::unix_domain,
                                       static_cast<StreamEvents&>(*this))) {
    stream_->start_reading();
}

void Upstream::on_bytes(std::string_view bytes) {
    if (idle()) return stream_.reset();
    events_->on_answer_bytes(bytes);
}

void Upstream::on_end() {
    if (idle()) return stream_.reset();
    events_->on_worker_left();
}

void Upstream::on_broken(int) {
    broken_ = true;
    if (idle()) return stream_.reset();
    events_->on_worker_left();
}

std::string Upstream::take_unread() {
    std::string unread(16384, '\0');
    const ssize_t count = ::recv(stream_->fd(), unread.data(), unread.size(), MSG_DONTWAIT);
    unread.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return unread;
}

void Upstream::on_drained() {
    if (!idle()) events_->on_request_drained();
}

}  // namespace posta::supervisor
