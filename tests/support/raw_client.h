#pragma once
// An HTTP client over a Unix socket, for hostile input: writes what it is given, byte for byte, and
// reads one answer.

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/unique_fd.h"

namespace posta::testing {

struct Answer {
    int status = 0;  // 0: the connection ended or the deadline passed before a whole answer came
    std::string head;
    std::string body;

    // Empty when absent.
    std::string field(std::string_view name) const;
};

class RawClient {
public:
    explicit RawClient(UniqueFd connection) : connection_(std::move(connection)) {}

    void send(std::string_view bytes);
    // The next answer. After HEAD the caller says that no body follows.
    Answer receive(bool without_body = false);
    // METHOD path with Host and further field lines, each with its CRLF.
    Answer ask(std::string_view method, std::string_view path, std::string_view fields = {},
               std::string_view body = {});
    // True when the server closes without sending anything more.
    bool is_closed();
    void close_write_side();
    void close() { connection_.reset(); }

    std::string host = "arne.example";

private:
    bool read_more();

    UniqueFd connection_;
    std::string received_;
    static constexpr std::chrono::seconds kDeadline{60};
};

}  // namespace posta::testing
