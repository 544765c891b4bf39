#pragma once
// One connection from the front: requests in, answers out, in order.
//
// One request at a time: while its answer is awaited, and while an answer waits for a slow reader,
// no more is read than one buffer. So pipelined requests are answered in order, and what a client
// can make us hold is one body, one answer and that buffer. What that is in bytes is said
// to the worker's memory budget; a request for which there is no memory is refused by its head.
//
// A request that writes is begun only while its sender still waits. When a worker dies, what lies
// in its socket's backlog comes to its successor; if the front has given it up meanwhile (503), the
// client may have sent it again, and nobody would know of the first.
//
// A connection that must end says Connection: close, closes its write side, and drops what still
// arrives for a moment, so that the answer is not cut by a reset.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/unique_fd.h"
#include "common/http/head_parser.h"
#include "common/loop/event_loop.h"
#include "common/loop/stream.h"
#include "common/loop/timer.h"
#include "worker/http/endless_body.h"
#include "worker/http/http_date.h"
#include "worker/http/limits.h"
#include "worker/http/service.h"
#include "worker/memory_budget.h"

namespace posta::worker {

class Connection;

class ConnectionOwner {
public:
    // An answer without end has begun. Such a connection is counted apart from the others.
    virtual void on_streaming() = 0;
    // A whole request was there, and nobody who waits for its answer: it was not run.
    virtual void on_request_left_alone(std::string_view method) = 0;
    // The connection is over; destroy it. The last thing that a connection does.
    virtual void on_connection_over(Connection& connection) = 0;

protected:
    ~ConnectionOwner() = default;
};

class Connection final : private StreamEvents, private AnswerTaker, private BodySink {
public:
    // What all connections of a server share.
    struct Shared {
        EventLoop& loop;
        Service& service;
        HttpDate& date;
        ConnectionOwner& owner;
        const Limits& limits;
        MemoryBudget& memory;
        bool draining = false;       // answers say that the connection ends
        std::uint64_t requests = 0;  // whose heads were whole
        std::size_t streaming = 0;   // connections with an endless body
    };

    Connection(Shared& shared, UniqueFd socket);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // The server leaves: an answer without end is ended.
    void end_stream();

private:
    enum class Phase {
        between,     // no byte of a request has come
        head,        // some have
        body,        // the request was let in
        skipping,    // it was refused, its body is read for the sake of the next one
        hesitating,  // its large body is refused for want of memory, but not at once
        waiting,     // for the answer
        writing,     // the answer is not out yet
        streaming,   // an answer without end; nothing but the peer or the body ends it
        lingering,   // the last answer is on its way; what comes in is dropped
        over,
    };

    // In the order in which they happen.
    void on_bytes(std::string_view bytes) override;
    void advance(std::string_view& rest);
    void on_head();
    void on_body(const http::Step& step);
    void on_message_end();
    bool has_memory_for(std::size_t body_bytes);
    void on_fault();
    void refuse(Response response);
    void on_answer(Response response) override;
    void send(const Response& response);
    void on_stream(Response head, std::unique_ptr<EndlessBody> body) override;
    void write_body(std::string_view bytes) override;
    void write_chunk(std::string_view bytes);
    std::size_t unsent() const override { return stream_.queued_bytes(); }
    void finish_body() override;
    void on_drained() override;
    void linger();
    void on_end() override;
    void on_broken(int uv_error) override;
    void on_deadline();

    bool takes_bytes() const;
    void continue_reading();
    void enter(Phase phase);
    void settle_later();
    void settle();

    Shared& shared_;
    Phase phase_ = Phase::between;
    http::RequestParser parser_;
    std::string unread_;  // came while the connection was busy with an earlier request
    Admission admission_;
    MemoryShare held_;
    std::size_t dropped_ = 0;  // bytes, while skipping and lingering
    bool answering_head_ = false;
    bool chunks_ = true;       // the peer understands them
    bool last_ = false;        // the connection ends with this answer
    bool peer_ended_ = false;  // the peer has closed its write side
    bool advancing_ = false;   // advance() is on the stack and will go on by itself
    std::shared_ptr<AnswerTaker*> awaited_;
    Timer deadline_;
    Stream stream_;
    std::unique_ptr<EndlessBody> body_;
};

}  // namespace posta::worker
