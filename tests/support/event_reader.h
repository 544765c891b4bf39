#pragma once
// A client of GET /api/v1/events: reads frames strictly, and tells a stream that ended whole from
// one that was cut.
//
//   EventReader reader(connect_loopback(port));
//   ASSERT_EQ(reader.open(request), 200);
//   ... reader.until("inbound") ... reader.last_id() ...

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/unique_fd.h"
#include "common/http/head_parser.h"

namespace posta::test {

struct SeenEvent {
    std::string name;
    std::int64_t id = 0;
    std::string data;
};

class EventReader {
public:
    static constexpr std::chrono::seconds kPatience{60};

    explicit EventReader(UniqueFd socket) : socket_(std::move(socket)) {}

    // Sends the request; the status, or 0 when no whole head came.
    int open(const std::string& request);
    // The next event; nothing at the stream's end or the deadline.
    std::optional<SeenEvent> next(std::chrono::milliseconds patience = kPatience);
    // Events up to and with the next one of that name; empty when none came.
    std::vector<SeenEvent> until(const std::string& name);

    std::int64_t last_id() const { return last_id_; }  // of a whole frame
    int comments() const { return comments_; }
    int retry_ms() const { return retry_ms_; }
    const std::string& head() const { return head_; }
    // With its last chunk, behind a whole frame.
    bool ended_whole() const { return ended_ && text_.empty(); }
    bool cut() const { return cut_; }
    int fd() const { return socket_.get(); }

private:
    bool read_more(std::chrono::steady_clock::time_point until);
    void take_bytes();
    // A frame, when a whole one is there; comments and `retry` are noted on the way.
    std::optional<SeenEvent> take_frame();

    UniqueFd socket_;
    http::ResponseParser parser_;
    std::string unread_;
    std::string head_;
    std::string text_;  // the body, as far as no frame was made of it
    int status_ = 0;
    std::int64_t last_id_ = 0;
    int comments_ = 0;
    int retry_ms_ = 0;
    bool ended_ = false;
    bool cut_ = false;
};

}  // namespace posta::test
