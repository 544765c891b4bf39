#pragma once
// One client's event stream: what it missed, `ready`, and then what happens.
//
// While it catches up it is a place in the ring, and takes the next events when the socket has
// taken the ones before, so a long replay to a slow reader costs no memory. After `ready` each
// event is written at once, or waits behind those that the reader has not taken; frames that wait
// are shared by all streams. A reader who lets more than kMostUnsent wait, or who makes
// events wait while the worker is short of memory, gets a whole end, and comes back by its last id.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "worker/http/endless_body.h"

namespace posta::worker {

using SharedFrame = std::shared_ptr<const std::string>;

class EventStream;

// What a stream needs of the whole; Events (events.h).
class EventSource {
public:
    virtual void on_begun(EventStream& stream) = 0;
    virtual void on_gone(EventStream& stream) = 0;  // also of one that never began
    virtual bool holds_all_after(std::int64_t id) const = 0;
    struct Next {
        std::int64_t id;
        std::string frame;  // empty: there is nothing to tell of it any more
    };
    // The first event after that id; nothing when the reader is up to date.
    virtual std::optional<Next> next_after(std::int64_t id) = 0;
    // Frames of one stream alone, with an id of their own.
    virtual std::string ready_frame() = 0;
    virtual std::string resync_frame() = 0;
    // What waits for slow readers is more than the worker can hold.
    virtual bool lacks_memory() = 0;

protected:
    ~EventSource() = default;
};

class EventStream final : public EndlessBody {
public:
    static constexpr std::size_t kMostUnsent = 1024 * 1024;  // client-api.md

    // `seen`: the client's Last-Event-ID, as far as it could be read.
    struct Request {
        std::int64_t token_id = 0;
        bool resumes = false;
        std::optional<std::int64_t> seen{};
    };
    EventStream(EventSource& source, const Request& request) : source_(source), request_(request) {}
    ~EventStream() override { source_.on_gone(*this); }
    EventStream(const EventStream&) = delete;
    EventStream& operator=(const EventStream&) = delete;

    std::int64_t token_id() const { return request_.token_id; }

    void begin(BodySink& sink) override;
    // Something has happened; one that still catches up finds it in the ring.
    void tell(const SharedFrame& frame);
    // Nothing has happened for a while: shows that the stream lives.
    void comment();
    void on_all_sent() override;
    void end() override;

private:
    void catch_up();
    void be_ready();

    EventSource& source_;
    Request request_;
    BodySink* sink_ = nullptr;           // null: not begun, or ended
    std::optional<std::int64_t> place_;  // in the ring, while catching up
    std::deque<SharedFrame> waiting_;
    std::size_t waiting_bytes_ = 0;
};

}  // namespace posta::worker
