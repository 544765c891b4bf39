#pragma once
// A client that sends bytes as they are given and reads answers strictly, waiting at most so long.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/unique_fd.h"
#include "common/http/head_parser.h"

namespace posta::test {

// Waits until `fd` can be read or written; false at the deadline.
bool wait_readable(int fd, std::chrono::milliseconds deadline);
// All of it; false when the peer is gone or the deadline passes.
bool send_all(int fd, std::string_view bytes,
              std::chrono::milliseconds deadline = std::chrono::seconds(60));

struct Answer {
    int status = 0;  // 0: no whole answer came; `body` says why
    std::string body;
    std::string head;
    bool keep_alive = false;

    // The head has this text, in any case.
    bool head_has(std::string_view text) const;
};

// To 127.0.0.1; empty when nobody listens there.
UniqueFd connect_loopback(int port);

class HttpClient {
public:
    // To 127.0.0.1; ends the test program when that fails.
    explicit HttpClient(int port);
    explicit HttpClient(UniqueFd socket) : socket_(std::move(socket)) {}

    bool send(std::string_view bytes) { return send_all(socket_.get(), bytes); }
    // The next answer, interim ones skipped and counted.
    Answer receive(std::string_view method = "GET",
                   std::chrono::milliseconds deadline = std::chrono::seconds(60));
    // send() and receive().
    Answer ask(std::string_view request, std::string_view method = "GET");
    // The peer closes without another byte.
    bool sees_end(std::chrono::milliseconds deadline = std::chrono::seconds(60));
    // Whatever arrives, until `text` has.
    bool sees(std::string_view text, std::chrono::milliseconds deadline = std::chrono::seconds(60));
    void shut_write();
    int interims() const { return interims_; }
    int fd() const { return socket_.get(); }

private:
    // False at the end of the stream or the deadline.
    bool read_more(std::chrono::milliseconds deadline);

    UniqueFd socket_;
    http::ResponseParser parser_;
    std::string unread_;
    int interims_ = 0;
};

}  // namespace posta::test
