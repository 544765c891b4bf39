#include "supervisor/front/tunnel.h"

namespace posta::supervisor {

Tunnel::Tunnel(Stream& client, std::unique_ptr<Upstream> upstream, std::size_t high_water,
               TunnelOwner& owner)
    : client_(client), upstream_(std::move(upstream)), high_water_(high_water), owner_(owner) {
    upstream_->assign(*this);
    client_.start_reading();
}

void Tunnel::on_client_bytes(std::string_view bytes) {
    upstream_->stream().write(bytes);
    if (upstream_->stream().queued_bytes() > high_water_) client_.stop_reading();
    owner_.on_tunnel_moved();
}

void Tunnel::on_client_end() { upstream_->stream().shut_write(); }

void Tunnel::on_client_drained() { upstream_->stream().start_reading(); }

void Tunnel::on_answer_bytes(std::string_view bytes) {
    client_.write(bytes);
    if (client_.queued_bytes() > high_water_) upstream_->stream().stop_reading();
    owner_.on_tunnel_moved();
}

void Tunnel::on_worker_left() { owner_.on_tunnel_closed(); }

void Tunnel::on_request_drained() { client_.start_reading(); }

}  // namespace posta::supervisor
