#include "supervisor/control/control_server.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "common/contracts/control.h"
#include "supervisor/control/control_protocol.h"

namespace posta::supervisor {

using std::chrono_literals::operator""s;

namespace {

constexpr auto kIdleAtMost = 30s;
constexpr std::size_t kMostUnread = 16 * 1024 * 1024;  // the metrics of thousands of tenants

}  // namespace

class ControlServer::Connection final : private StreamEvents {
public:
    // `asked`: its request has been read, and its answer is what comes next.
    Connection(ControlServer& server, UniqueFd socket, ControlPeer peer, bool asked)
        : server_(server),
          peer_(peer),
          lines_(contracts::kMaxControlRequestBytes),
          idle_deadline_(server.loop_, [this] { server_.remove(peer_.id); }),
          next_turn_(server.loop_, [this] { take_next(); }),
          stream_(server.loop_, std::move(socket), SocketKind::unix_domain, *this) {
        if (asked)
            busy_ = true;
        else
            listen_on();
    }

    int fd() const { return stream_.fd(); }

    void answer(std::string_view line) {
        stream_.write(line, "\n");
        if (stream_.queued_bytes() > kMostUnread) return server_.remove(peer_.id);
        listen_on();
        next_turn_.start_once(std::chrono::milliseconds(0));
    }

    bool streams() const { return !streams_command_.empty(); }
    void begin_stream(std::string_view command) {
        streams_command_ = command;
        idle_deadline_.stop();
        stream_.start_reading();  // to see its end
    }
    void stream(std::string_view result) {
        if (stream_.queued_bytes() > kMostQueuedOfStream) {
            ++missed_;
            return;
        }
        tell_what_was_missed();
        stream_.write(control_answer(streams_command_, result), "\n");
    }

private:
    void tell_what_was_missed() {
        if (missed_ == 0) return;
        const std::string result = "{\"dropped\":" + std::to_string(missed_) + "}";
        missed_ = 0;
        stream_.write(control_answer(streams_command_, result), "\n");
    }

    void listen_on() {
        busy_ = false;
        idle_deadline_.start_once(kIdleAtMost);
        stream_.start_reading();
    }

    void on_bytes(std::string_view bytes) override {
        if (streams()) return;
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

    // One that has only said all it wants to say still reads its stream.
    void on_end() override {
        pollfd peer{stream_.fd(), 0, 0};
        if (streams() && ::poll(&peer, 1, 0) == 0) return;
        server_.remove(peer_.id);
    }
    void on_broken(int) override { server_.remove(peer_.id); }
    void on_drained() override { tell_what_was_missed(); }

    ControlServer& server_;
    ControlPeer peer_;
    std::string streams_command_;  // not empty: the connection is a stream of this command's
    std::uint64_t missed_ = 0;
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
    add(std::move(connection), {id, credentials.pid, credentials.uid}, false);
}

int ControlServer::duplicate(std::uint64_t id) const {
    const auto at = connections_.find(id);
    return at == connections_.end() ? -1 : ::fcntl(at->second->fd(), F_DUPFD_CLOEXEC, 0);
}

ControlPeer ControlServer::take_over(UniqueFd connection, pid_t pid, uid_t uid) {
    const ControlPeer peer{next_id_++, pid, uid};
    add(std::move(connection), peer, true);
    return peer;
}

void ControlServer::add(UniqueFd connection, const ControlPeer& peer, bool asked) {
    connections_.emplace(peer.id,
                         std::make_unique<Connection>(*this, std::move(connection), peer, asked));
    if (connections_.size() >= kMostConnections) listener_.pause();
}

void ControlServer::on_accept_failed(const Error& error) {
    log_.warn("control socket", {{"reason", error.message}});
}

void ControlServer::answer(std::uint64_t id, std::string_view line) {
    const auto at = connections_.find(id);
    if (at != connections_.end()) at->second->answer(line);
}

bool ControlServer::begin_stream(std::uint64_t id, std::string_view command) {
    const auto at = connections_.find(id);
    if (at == connections_.end()) return true;
    if (streams_ >= kMostStreams) return false;
    ++streams_;
    at->second->begin_stream(command);
    return true;
}

void ControlServer::stream(std::uint64_t id, std::string_view result) {
    const auto at = connections_.find(id);
    if (at != connections_.end()) at->second->stream(result);
}

void ControlServer::remove(std::uint64_t id) {
    handler_.on_peer_gone(id);
    const auto at = connections_.find(id);
    if (at == connections_.end()) return;
    if (at->second->streams()) --streams_;
    connections_.erase(at);
    if (connections_.size() < kMostConnections) listener_.resume();
}

}  // namespace posta::supervisor
