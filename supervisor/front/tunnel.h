#pragma once
// Raw bytes both ways after a worker's own 101 Switching Protocols, until either side is done.
//
// The only place where the front copies bytes that it does not understand. The client connection
// that the tunnel came from ends with it.

#include <memory>

#include "common/loop/stream.h"
#include "supervisor/front/upstream.h"

namespace posta::supervisor {

class TunnelOwner {
public:
    virtual void on_tunnel_moved() = 0;  // bytes went either way
    virtual void on_tunnel_closed() = 0;

protected:
    ~TunnelOwner() = default;
};

class Tunnel final : private UpstreamEvents {
public:
    Tunnel(Stream& client, std::unique_ptr<Upstream> upstream, std::size_t high_water,
           TunnelOwner& owner);

    // The client's side, told by its connection.
    void on_client_bytes(std::string_view bytes);
    void on_client_end();
    void on_client_drained();

private:
    void on_answer_bytes(std::string_view bytes) override;
    void on_worker_left() override;
    void on_request_drained() override;

    Stream& client_;
    std::unique_ptr<Upstream> upstream_;
    std::size_t high_water_;
    TunnelOwner& owner_;
};

}  // namespace posta::supervisor
