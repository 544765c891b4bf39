#pragma once
// The body of an answer that goes on until somebody ends it: an event stream.
//
// The connection owns the body and the body writes into the connection. How the bytes are framed is
// the connection's concern.

#include <cstddef>
#include <string_view>

namespace posta::worker {

// The connection. None of these calls back, or destroys the body.
class BodySink {
public:
    virtual void write_body(std::string_view bytes) = 0;
    virtual std::size_t unsent() const = 0;  // bytes that the socket has not taken yet
    // The body is whole, and the connection ends with it. Nothing is written after.
    virtual void finish_body() = 0;

protected:
    ~BodySink() = default;
};

// Destroyed when its connection is over, however that came.
class EndlessBody {
public:
    virtual ~EndlessBody() = default;

    // The head is out. `sink` outlives this. Not called for HEAD.
    virtual void begin(BodySink& sink) = 0;
    // What was written has been taken by the socket.
    virtual void on_all_sent() = 0;
    // The server leaves: finish, whole.
    virtual void end() = 0;
};

}  // namespace posta::worker
