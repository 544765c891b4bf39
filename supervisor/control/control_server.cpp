#include "supervisor/control/control_server.h"

#include <sys/socket.h>

#include "common/contracts/control.h"
#include "supervisor/control/control_protocol.h"

namespace posta::supervisor {

using std::chrono_literals::operator""s;

namespace {

constexpr auto kIdleAtMost = 30s;
constexpr std::size_t kMostUnread = 4 * 1024 * 1024;

}  // namespace

class ControlServer::Connection final : private StreamEvents {
public:
    Connection(ControlServer& server, UniqueFd socket, ControlPeer peer)
        : server_(server),
          peer_(peer),
          lines_(contracts::kMaxControlRequestBytes),
          idle_deadline_(server.loop_, [this] { server_.remove(peer_.id); }),
          next_turn_(server.loop_, [this] { take_next(); }),
          stream_(server.loop_, std::move(socket), SocketKind::unix_domain, *this) {
        listen_on();
    }

    void answer(std::string_view line) {
        stream_.write(line, "\n");
        if (stream_.queued_bytes() > kMostUnread) return server_.remove(peer_.id);
        listen_on();
        next_turn_.start_once(std::chrono::milliseconds(0));
    }

private:
    void listen_on() {
        busy_ = false;
        idle_deadline_.start_once(kIdleAtMost);
        stream_.start_reading();
    }

    void on_bytes(std::string_view bytes) override {
        lines_.add(bytes);
        if (lines_.too_long()) {
            stream_.write(control_refusal("", {ErrorCode::invalid, "a request is at most 16 KiB"}),
                          "\n");
            return server_.remove(peer_.id);
        }
        take_next();
    }

    // One at a time: the next is taken on a later turn than this one's answer, which may come
    // inside the call. This object may be gone after it.
    void take_next() {
        if (busy_) return;
        const auto line = lines_.next();
        if (!line) return;
        busy_ = true;
        idle_deadline_.stop();
        stream_.stop_reading();
        server_.handler_.on_request(peer_, *line);
    }

    void on_end() override { server_.remove(peer_.id); }
    void on_broken(int) override { server_.remove(peer_.id); }
    void on_drained() override {}

    ControlServer& server_;
    ControlPeer peer_;
    contracts::LineSplitter lines_;
    bool busy_ = false;
    Timer idle_deadline_;
    Timer next_turn_;
    Stream stream_;
};

ControlServer::ControlServer(EventLoop& loop, UniqueFd socket, uid_t caller, Log& log,
                             ControlHandler& handler)
    : loop_(loop),
      caller_(caller),
      log_(log),
      handler_(handler),
      listener_(loop, std::move(socket), *this) {}

ControlServer::~ControlServer() = default;

void ControlServer::on_connection(UniqueFd connection, const sockaddr_storage&) {
    ucred credentials{};
    socklen_t length = sizeof credentials;
    const bool known =
        ::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0;
    if (!known || (credentials.uid != 0 && credentials.uid != caller_)) {
        log_.warn("control connection refused",
                  {{"uid", static_cast<std::uint64_t>(credentials.uid)},
                   {"pid", static_cast<std::int64_t>(credentials.pid)}});
        return;
    }
    const std::uint64_t id = next_id_++;
    connections_.emplace(
        id, std::make_unique<Connection>(*this, std::move(connection),
                                         ControlPeer{id, credentials.pid, credentials.uid}));
    if (connections_.size() >= kMostConnections) listener_.pause();
}

void ControlServer::on_accept_failed(const Error& error) {
    log_.warn("control socket", {{"reason", error.message}});
}

void ControlServer::answer(std::uint64_t id, std::string_view line) {
    const auto at = connections_.find(id);
    if (at != connections_.end()) at->second->answer(line);
}

void ControlServer::remove(std::uint64_t id) {
    handler_.on_peer_gone(id);
    connections_.erase(id);
    if (connections_.size() < kMostConnections) listener_.resume();
}

}  // namespace posta::supervisor
