#pragma once
// Accepts the front's connections and keeps them until they are over.

#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/seldom.h"
#include "common/loop/listener.h"
#include "worker/http/connection.h"

namespace posta::worker {

class HttpServer final : private ListenerEvents, private ConnectionOwner {
public:
    HttpServer(EventLoop& loop, UniqueFd listening_socket, Service& service, const Clock& clock,
               Log& log, MemoryBudget& memory, Limits limits = {});

    // Accepts no more and lets every connection end with its next answer, endless ones now;
    // `on_all_gone` is called when the last one is over, at once when there is none. The listening
    // socket is another process's too, and what waits in its backlog is answered there.
    void drain(std::function<void()> on_all_gone);

    std::size_t open_connections() const { return connections_.size(); }
    std::uint64_t requests() const { return shared_.requests; }

private:
    void on_connection(UniqueFd connection, const sockaddr_storage& address) override;
    void on_accept_failed(const Error& error) override;
    void on_streaming() override { mind_crowd(); }
    void on_request_left_alone(std::string_view method) override;
    void on_connection_over(Connection& connection) override;
    // Accepts as long as there is room for more.
    void mind_crowd();

    Log& log_;
    EventLoop& loop_;
    Limits limits_;
    HttpDate date_;
    Seldom full_{10'000};
    Seldom accept_failed_{10'000};
    Connection::Shared shared_;
    std::function<void()> on_all_gone_;
    std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
    std::optional<Listener> listener_;
};

}  // namespace posta::worker
