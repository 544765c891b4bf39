#include "worker/events/event_stream.h"

#include <utility>

#include "worker/events/event_frame.h"

namespace posta::worker {

void EventStream::begin(BodySink& sink) {
    sink_ = &sink;
    sink_->write_body(kRetryFrame);
    source_.on_begun(*this);
    if (sink_ == nullptr) return;  // the server leaves
    const bool known = request_.seen && source_.holds_all_after(*request_.seen);
    if (known) {
        place_ = request_.seen;
        return catch_up();
    }
    if (request_.resumes) sink_->write_body(source_.resync_frame());
    be_ready();
}

void EventStream::catch_up() {
    while (sink_->unsent() == 0) {
        // It may have waited for its reader until the next event was forgotten.
        if (!source_.holds_all_after(*place_)) return end();
        const auto next = source_.next_after(*place_);
        if (!next) return be_ready();
        place_ = next->id;
        if (!next->frame.empty()) sink_->write_body(next->frame);
    }
}

void EventStream::be_ready() {
    place_.reset();
    sink_->write_body(source_.ready_frame());
}

void EventStream::tell(const SharedFrame& frame) {
    if (sink_ == nullptr || place_) return;
    if (waiting_.empty() && sink_->unsent() == 0) return sink_->write_body(*frame);
    waiting_.push_back(frame);
    waiting_bytes_ += frame->size();
    if (waiting_bytes_ + sink_->unsent() > kMostUnsent || source_.lacks_memory()) end();
}

void EventStream::comment() {
    if (sink_ != nullptr && waiting_.empty() && sink_->unsent() == 0)
        sink_->write_body(kCommentFrame);
}

void EventStream::on_all_sent() {
    if (sink_ == nullptr) return;
    if (place_) return catch_up();
    while (!waiting_.empty() && sink_->unsent() == 0) {
        sink_->write_body(*waiting_.front());
        waiting_bytes_ -= waiting_.front()->size();
        waiting_.pop_front();
    }
}

// Frames that wait are dropped: the client knows which it has seen.
void EventStream::end() {
    if (sink_ == nullptr) return;
    waiting_.clear();
    std::exchange(sink_, nullptr)->finish_body();
}

}  // namespace posta::worker
