#pragma once
// A connected stream socket (TCP or Unix) on the loop.
//
// Reads land in the loop's shared buffer and are handed over at once, so an idle connection costs
// no buffer. Writes go to the socket immediately; what it does not take is queued here, and the
// owner watches queued_bytes() to stop its source when the peer is slow.
//
// No call of this class calls back into the owner before it returns: a failed write is reported by
// on_broken on a later turn. The owner may destroy the stream inside any of its callbacks.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "common/loop/event_loop.h"
#include "common/loop/uv_handle.h"

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

protected:
    ~StreamEvents() = default;
};

enum class SocketKind { tcp, unix_domain };

class Stream {
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
    void write(std::string_view bytes);
    // Both parts as one write: a head and the beginning of its body.
    void write(std::string_view first, std::string_view second);

    // Bytes accepted by write() and not yet taken by the socket.
    std::size_t queued_bytes() const;

    // Closes the write side once everything queued is out. Reading goes on.
    void shut_write();

    // Changes who is told, for example when a connection is handed to another phase.
    void set_events(StreamEvents& events) { events_ = &events; }

    int fd() const { return fd_; }

private:
    union AnyHandle {
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    };
    struct Closer {
        void operator()(AnyHandle* handle) const noexcept;
    };
    struct WriteRequest;

    void on_read(ssize_t count, const char* bytes);
    void on_written(int status);
    void queue(std::string bytes);
    void fail(int uv_error);

    EventLoop& loop_;
    StreamEvents* events_;
    std::unique_ptr<AnyHandle, Closer> handle_;
    int fd_ = -1;  // the handle's
    bool reading_ = false;
    bool ended_ = false;
    bool shut_ = false;  // for writing: what is written goes nowhere
    bool broken_ = false;
};

}  // namespace posta
