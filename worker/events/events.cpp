#include "worker/events/events.h"

#include <unordered_map>
#include <utility>
#include <vector>

#include "worker/events/event_frame.h"
#include "worker/events/event_json.h"

namespace posta::worker {

namespace {

// However many streams it waits in, it is there once.
SharedFrame shared(std::string text, MemoryBudget& memory) {
    struct Counted {
        Counted(std::string words, MemoryBudget& budget)
            : text(std::move(words)), held(budget, text.size()) {}
        const std::string text;
        const MemoryShare held;
    };
    auto counted = std::make_shared<Counted>(std::move(text), memory);
    const std::string* const whole = &counted->text;
    return {std::move(counted), whole};
}

}  // namespace

Events::Events(EventLoop& loop, const Clock& clock, Log& log, store::Store& store,
               MemoryBudget& memory, EventLimits limits)
    : clock_(clock),
      log_(log),
      store_(store),
      memory_(memory),
      limits_(limits),
      ids_(0, clock.now()),
      ring_(ids_.take()),
      comment_due_(loop, [this] { on_comment_due(); }) {
    comment_due_.unref();
}

Result<void> Events::start() {
    const std::int64_t reserved = TRY(store_.event_ids().reserved());
    ids_ = EventIds(reserved, clock_.now());
    ring_ = EventRing(ids_.take());
    writes_seen_ = TRY(store_.database().writes_of_others());
    return {};
}

Result<void> Events::announce(Event event) {
    if (stopped_) return {};
    TRY(reserve_ids());
    store_.turn().after_commit(
        [this, event = std::move(event)]() mutable { publish(std::move(event)); });
    return {};
}

Result<void> Events::reserve_ids() {
    const auto below = ids_.to_reserve();
    if (!below) return {};
    TRY(store_.event_ids().reserve(*below));
    store_.turn().after_commit([this, below = *below] { ids_.on_reserved(below); });
    return {};
}

void Events::publish(Event event) {
    if (stopped_) return;
    const std::int64_t id = ids_.take();
    if (!streams_.empty()) {
        const SharedFrame frame = shared(frame_of(id, event), memory_);
        for (EventStream* stream : streams_)
            if (!frame->empty()) stream->tell(frame);
    }
    ring_.add(id, std::move(event));
}

// Empty when there is nothing to tell. When it cannot be read, the client must look for itself.
std::string Events::frame_of(std::int64_t id, const Event& event) {
    const auto data = event_json(store_, event);
    if (data) return *data ? event_frame(name_of(event.kind), id, **data) : std::string();
    log_.error("an event cannot be read", {{"error", data.error().message}});
    const Event resync = resync_event();
    return event_frame(name_of(resync.kind), id, resync.text);
}

std::unique_ptr<EndlessBody> Events::stream_for(const EventStream::Request& request) {
    return std::make_unique<EventStream>(static_cast<EventSource&>(*this), request);
}

void Events::on_begun(EventStream& stream) {
    if (stopped_) return stream.end();
    if (streams_.empty()) comment_due_.start_every(limits_.comment_every);
    streams_.insert(&stream);
}

void Events::on_gone(EventStream& stream) {
    if (streams_.erase(&stream) == 1 && streams_.empty()) comment_due_.stop();
}

bool Events::holds_all_after(std::int64_t id) const {
    return ring_.reaches_back_to(id) && id < ids_.next();
}

std::optional<EventSource::Next> Events::next_after(std::int64_t id) {
    const EventRing::Entry* entry = ring_.after(id);
    if (entry == nullptr) return std::nullopt;
    return Next{entry->id, frame_of(entry->id, entry->event)};
}

std::string Events::ready_frame() { return event_frame("ready", ids_.take(), "{}"); }

std::string Events::resync_frame() {
    const Event resync = resync_event();
    return event_frame(name_of(resync.kind), ids_.take(), resync.text);
}

bool Events::lacks_memory() {
    if (!memory_.is_short()) return false;
    memory_.count_refusal();
    return true;
}

void Events::on_comment_due() {
    check_tokens();
    for (EventStream* stream : streams_) stream->comment();
}

void Events::end_streams_of(std::int64_t token_id) {
    for (EventStream* stream : streams_)
        if (stream->token_id() == token_id) stream->end();
}

void Events::check_tokens() {
    if (streams_.empty()) return;
    const auto tokens = store_.tokens().list();
    if (!tokens) return log_.error("tokens cannot be read", {{"error", tokens.error().message}});
    for (const store::Token& token : *tokens)
        if (!token.is_active()) end_streams_of(token.id);
}

void Events::on_alone() {
    const auto writes = store_.database().writes_of_others();
    if (writes && *writes == writes_seen_) return;
    publish(resync_event());
}

}  // namespace posta::worker
