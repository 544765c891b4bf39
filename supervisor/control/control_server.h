#pragma once
// The control socket's server: who may ask, how much, how long. It knows lines, not commands.
//
// Only root and the uid that runs the server are heard. A hostile peer costs little: at most
// kMostConnections, one request at a time each, bounded lines and answers, and an idle limit;
// connections beyond that wait in the kernel's backlog.

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/log.h"
#include "common/contracts/line_splitter.h"
#include "common/loop/listener.h"
#include "common/loop/stream.h"
#include "common/loop/timer.h"

namespace posta::supervisor {

struct ControlPeer {
    std::uint64_t id = 0;  // names the connection; never used twice
    pid_t pid = 0;
    uid_t uid = 0;
};

class ControlHandler {
public:
    // Answered exactly once by ControlServer::answer, now or later.
    virtual void on_request(const ControlPeer& peer, std::string_view line) = 0;
    virtual void on_peer_gone(std::uint64_t id) = 0;

protected:
    ~ControlHandler() = default;
};

class ControlServer final : private ListenerEvents {
public:
    static constexpr std::size_t kMostConnections = 32;
    static constexpr std::size_t kMostStreams = 16;  // the others stay for commands
    static constexpr std::size_t kMostQueuedOfStream = 256 * 1024;

    ControlServer(EventLoop& loop, UniqueFd socket, uid_t caller, Log& log,
                  ControlHandler& handler);
    ~ControlServer();

    // When the path leads to the socket no more. Its number stays.
    void listen_on(UniqueFd socket) { listener_.replace_socket(std::move(socket)); }

    // For an upgrade: another descriptor of the peer's connection; -1 when it has left. The next
    // image takes it as one whose request is not answered yet.
    int duplicate(std::uint64_t id) const;
    ControlPeer take_over(UniqueFd connection, pid_t pid, uid_t uid);

    // A line without newline. Nothing happens when the peer has left.
    void answer(std::uint64_t id, std::string_view line);
    // From here on, instead of one answer, as many as stream() is called for; what the peer asks
    // further is dropped. False when there are as many streams as there may be.
    bool begin_stream(std::uint64_t id, std::string_view command);
    // `result` is JSON. A peer that reads too slowly misses some, and is told how many.
    void stream(std::uint64_t id, std::string_view result);

private:
    class Connection;

    void on_connection(UniqueFd connection, const sockaddr_storage& address) override;
    void on_accept_failed(const Error& error) override;
    void remove(std::uint64_t id);
    void add(UniqueFd connection, const ControlPeer& peer, bool asked);

    EventLoop& loop_;
    uid_t caller_;
    Log& log_;
    ControlHandler& handler_;
    std::uint64_t next_id_ = 1;
    std::size_t streams_ = 0;
    std::map<std::uint64_t, std::unique_ptr<Connection>> connections_;
    Listener listener_;
};

}  // namespace posta::supervisor
