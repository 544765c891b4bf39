#pragma once
// A worker's end of one connection from the front, in the hands of the fuzzer, with the eyes of a
// judge: what arrives must be requests for its own tenant, of one client, as that client sent them.
//
// What it sends is marked: capital letters, digits and punctuation stand for themselves, everything
// else becomes one byte above 0x7f that is this connection's alone. The front writes no such byte
// of its own, so wherever one turns up, it is known where it came from.
//
// What it says is judged, too: a connection is done with, and gets no further request, once its
// answer said so, was none, or was followed by something that nobody had asked for.

#include <optional>
#include <string>
#include <string_view>

#include "common/base/unique_fd.h"
#include "common/http/head_parser.h"

namespace posta::fuzz {

// A request as it was understood, at either end.
struct Asked {
    std::string method;
    std::string target;
    int tenant = -1;  // -1: nobody's
    bool wants_upgrade = false;
    std::string body;
    bool complete = false;
};

// `a.test` is tenant 0, `b.test` tenant 1.
int tenant_of(std::string_view host);

constexpr int kMostMarks = 128;

class FrontWorker {
public:
    FrontWorker(UniqueFd socket, int tenant, int number)
        : socket_(std::move(socket)), tenant_(tenant), number_(number) {}

    int fd() const { return socket_.get(); }
    bool open() const { return static_cast<bool>(socket_); }
    bool wants_to_read() const { return open() && reading_ && !ended_; }
    int tenant() const { return tenant_; }
    int owner() const { return owner_; }
    // May have begun an event stream.
    bool streamed() const { return streamed_; }
    char mark() const { return static_cast<char>(0x80 + number_ % kMostMarks); }

    // Marked; what the socket does not take is lost.
    void send(std::string_view bytes);
    void set_reading(bool reading) { reading_ = reading; }
    void shut_write();
    void close() { socket_.reset(); }
    // The front has taken in all that it wants, and this end has read all that there is.
    void settle();

    // Reads what is there; calls `on_request` with its client and each request: once when its head
    // has come, and once when it is complete.
    template <class OnRequest>
    void read(OnRequest on_request) {
        for (;;) {
            const std::string bytes = receive();
            if (bytes.empty()) return;
            std::string_view rest = bytes;
            while (!raw_ && understand(rest))
                if (asked_.complete || head_came_) on_request(owner_, asked_);
        }
    }

private:
    std::string receive();
    // False when more bytes are needed.
    bool understand(std::string_view& rest);
    void understand_head();
    void understand_own(std::string_view said);
    bool understand_own_step(std::string_view& rest);

    UniqueFd socket_;
    int tenant_;
    int number_;
    int owner_ = -1;  // not known before its first request
    bool reading_ = true;
    bool ended_ = false;
    bool streamed_ = false;
    std::string tail_;  // of what it has said
    bool raw_ = false;  // perhaps a tunnel: no requests any more
    bool upgrade_asked_ = false;
    bool head_came_ = false;  // with the latest step
    http::RequestParser parser_{http::kBehindFrontLimits};
    Asked asked_;

    // What it has said itself.
    http::ResponseParser own_;
    std::size_t heads_ = 0;       // of requests, that it has got
    std::size_t answers_ = 0;     // whole ones, without interim ones
    bool in_answer_ = false;      // one has begun
    bool own_interim_ = false;    // it is a 1xx
    bool own_last_ = false;       // it ends the connection
    bool unasked_ = false;        // something was said that nobody was known to wait for
    std::size_t unasked_at_ = 0;  // when so many heads had come
    bool over_ = false;           // what it has said ends the connection
    bool spent_ = false;          // and the front knows
    bool blurred_ = false;        // it cannot be said what the front makes of it
};

}  // namespace posta::fuzz
