#pragma once
// Serves --admin-listen: a request a connection, few connections, a short time for each.
//
// Meant for the loopback and for a monitor that asks now and then. Whoever holds all its
// connections open keeps the monitor out and nobody else: what is more waits in the backlog.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/log.h"
#include "common/loop/listener.h"
#include "common/loop/stream.h"
#include "common/loop/timer.h"
#include "supervisor/control/health_request.h"

namespace posta::supervisor {

class HealthServer final : private ListenerEvents {
public:
    static constexpr std::size_t kMostConnections = 8;

    // `socket` listens already.
    HealthServer(EventLoop& loop, UniqueFd socket, Log& log, HealthSource source);
    ~HealthServer();

private:
    class Connection;

    void on_connection(UniqueFd connection, const sockaddr_storage& address) override;
    void on_accept_failed(const Error& error) override;
    void remove(const Connection* connection);

    EventLoop& loop_;
    Log& log_;
    HealthSource source_;
    std::map<const Connection*, std::unique_ptr<Connection>> connections_;
    Listener listener_;
};

}  // namespace posta::supervisor
