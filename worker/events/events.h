#pragma once
// Events of this worker: takes them from handlers, keeps the newest, sends them to the open
// streams.
//
// An event is told inside the transaction that makes it durable and sent when that has committed.
// A worker that has no stream open has no timer either.

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_set>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/result.h"
#include "common/loop/event_loop.h"
#include "common/loop/timer.h"
#include "worker/events/event.h"
#include "worker/events/event_ids.h"
#include "worker/events/event_ring.h"
#include "worker/events/event_stream.h"
#include "worker/memory_budget.h"
#include "worker/store/store.h"

namespace posta::worker {

struct EventLimits {
    std::size_t most_streams = 2048;                  // a descriptor each
    std::chrono::milliseconds comment_every{15'000};  // client-api.md
};

class Events final : public Announcer, private EventSource {
public:
    Events(EventLoop& loop, const Clock& clock, Log& log, store::Store& store, MemoryBudget& memory,
           EventLimits limits = {});

    // Reads which ids are free.
    Result<void> start();

    Result<void> announce(Event event) override;

    // Streams that are open. One that is asked for beyond `most_streams` is refused.
    std::size_t open_streams() const { return streams_.size(); }
    bool is_full() const { return streams_.size() >= limits_.most_streams; }
    std::unique_ptr<EndlessBody> stream_for(const EventStream::Request& request);

    // A token was revoked, durably: its streams end.
    void end_streams_of(std::int64_t token_id);
    // A predecessor that drained beside this worker has left. What it wrote meanwhile was told to
    // nobody: if it wrote at all, clients must look again.
    void on_alone();
    // Another process may have revoked a token.
    void check_tokens();
    // This worker leaves: what happens from here on is the successor's to tell.
    void stop() { stopped_ = true; }

private:
    void on_begun(EventStream& stream) override;
    void on_gone(EventStream& stream) override;
    bool holds_all_after(std::int64_t id) const override;
    std::optional<Next> next_after(std::int64_t id) override;
    std::string ready_frame() override;
    std::string resync_frame() override;
    bool lacks_memory() override;

    Result<void> reserve_ids();
    void publish(Event event);
    std::string frame_of(std::int64_t id, const Event& event);
    void on_comment_due();

    const Clock& clock_;
    Log& log_;
    store::Store& store_;
    MemoryBudget& memory_;
    EventLimits limits_;
    EventIds ids_;
    EventRing ring_;
    std::unordered_set<EventStream*> streams_;
    std::int64_t writes_seen_ = 0;
    bool stopped_ = false;
    Timer comment_due_;
};

}  // namespace posta::worker
