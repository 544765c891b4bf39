#pragma once
// A connected stream socket (TCP or Unix) on the loop; also a pipe, for reading.
//
// Reads land in the loop's shared buffer and are handed over at once, so an idle connection costs
// no buffer. Writes go to the socket immediately; what it does not take is queued here, and the
// owner watches queued_bytes() to stop its source when the peer is slow.
//
// The bytes are moved here, and readiness.h tells when: libuv's own streams cost each of many idle
// connections three times the memory, and its general read() and write() cost the kernel more than
// recv() and send().
//
// No call of this class calls back into the owner before it returns: a failed write is reported by
// on_broken on a later turn. The owner may destroy the stream inside any of its callbacks.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "common/loop/event_loop.h"
#include "common/loop/readiness.h"

namespace posta {

class StreamEvents {
public:
    // `bytes` live until the call returns.
    virtual void on_bytes(std::string_view bytes) = 0;
    // The peer has closed its write side. Writing may go on.
    virtual void on_end() = 0;
    // Reset, or a write that failed: nothing more comes or goes. Called at most once.
    virtual void on_broken(int uv_error) = 0;
    // Everything that was queued has been written.
    virtual void on_drained() = 0;

    // Asked when there is something to read, or room for so many of the queued bytes. Who says no
    // calls start_reading() or resume_sending() later. Must not destroy the stream.
    virtual bool may_read() { return true; }
    virtual bool may_send(std::size_t) { return true; }

protected:
    ~StreamEvents() = default;
};

enum class SocketKind { tcp, unix_domain, pipe };

class Stream final : private ReadinessEvents {
public:
    // Takes a connected, non-blocking socket. Reading starts with start_reading().
    Stream(EventLoop& loop, UniqueFd socket, SocketKind kind, StreamEvents& events);
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    // Closes at once; queued bytes are lost.
    ~Stream();

    void start_reading();
    void stop_reading();
    bool reading() const { return reading_; }

    // Sends, or queues a copy of what the socket does not take now. In order.
    void write(std::string_view bytes) { write(bytes, {}); }
    // Both parts as one write: a head and the beginning of its body.
    void write(std::string_view first, std::string_view second);

    // Of what is queued, so much goes in one turn: others on the loop have theirs.
    static constexpr std::size_t kMostToSend = 64 * 1024;

    // Bytes accepted by write() and not yet taken by the socket.
    std::size_t queued_bytes() const { return unsent_ ? unsent_->left().size() : 0; }

    // After may_send() has said no; it is asked again on a later turn.
    void resume_sending();

    // Closes the write side once everything queued is out. Reading goes on.
    void shut_write();

    // Changes who is told, for example when a connection is handed to another phase.
    void set_events(StreamEvents& events) { events_ = &events; }

    int fd() const { return socket_.get(); }

private:
    // What the socket did not take; there only while there is some.
    struct Unsent {
        std::string bytes;
        std::size_t sent = 0;
        std::string_view left() const { return std::string_view(bytes).substr(sent); }
    };

    void on_ready(std::uint32_t events) override;
    void read_some(bool more);
    ssize_t receive(char* into, std::size_t size) const;
    void send_some();
    void ask_for(std::uint32_t events);
    void note_wait();
    void queue(std::string_view bytes);
    void fail(int uv_error);

    EventLoop& loop_;
    StreamEvents* events_;
    UniqueFd socket_;
    bool is_pipe_ : 1;
    bool reading_ : 1;
    bool ended_ : 1;
    bool shut_ : 1;  // for writing: what is written goes nowhere
    bool broken_ : 1;
    bool waits_ : 1;           // as the loop's readiness has been told
    bool unread_ : 1;          // there may be something to read of which no news will come
    std::uint32_t asked_ = 0;  // events of epoll
    std::unique_ptr<Unsent> unsent_;
};

}  // namespace posta
