#include "supervisor/front/upstream.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "common/base/unix_socket.h"

namespace posta::supervisor {

namespace {

bool no_descriptor_is_left() {
    const UniqueFd one(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return !one && (errno == EMFILE || errno == ENFILE);
}

}  // namespace

Result<std::unique_ptr<Upstream>> Upstream::dial(EventLoop& loop, UpstreamPool& pool,
                                                 const Tenant& tenant) {
    pool.make_room();
    Result<UniqueFd> socket = connect_unix(tenant.socket_path);
    if (!socket && no_descriptor_is_left()) pool.ran_out();
    UniqueFd connected = TRY(std::move(socket));
    return std::unique_ptr<Upstream>(new Upstream(loop, pool, std::move(connected), tenant));
}

Upstream::Upstream(EventLoop& loop, UpstreamPool& pool, UniqueFd socket, const Tenant& tenant)
    : pool_(pool),
      load_(tenant.load),
      slug_(tenant.slug),
      epoch_(tenant.epoch),
      stream_(std::in_place, loop, std::move(socket), SocketKind::unix_domain,
              static_cast<StreamEvents&>(*this)) {
    pool_.opened();
    load_->worker_opened();
    stream_->start_reading();
}

Upstream::~Upstream() { hang_up(); }

void Upstream::assign(UpstreamEvents& events) {
    pool_.unpark(*this);
    events_ = &events;
}

void Upstream::carry_stream() {
    if (!std::exchange(streams_, true)) load_->worker_closed();
}

void Upstream::release() {
    events_ = nullptr;
    if (std::exchange(streams_, false)) load_->worker_opened();
    if (broken_ || !load_->keeps_idle()) return hang_up();
    pool_.park(*this);
}

void Upstream::hang_up() {
    if (!alive()) return;
    stream_.reset();
    pool_.closed(*this);
    if (!streams_) load_->worker_closed();
}

bool Upstream::has_ended_unseen() const {
    if (!pool_.long_idle(*this)) return false;
    char byte = 0;
    return ::recv(stream_->fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}

void Upstream::on_bytes(std::string_view bytes) {
    if (idle()) return hang_up();
    events_->on_answer_bytes(bytes);
}

void Upstream::on_end() {
    if (idle()) return hang_up();
    events_->on_worker_left();
}

void Upstream::on_broken(int) {
    broken_ = true;
    if (idle()) return hang_up();
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
