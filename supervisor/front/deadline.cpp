#include "supervisor/front/deadline.h"

namespace posta::supervisor {

Deadlines::Deadlines(EventLoop& loop) : loop_(loop), timer_(loop, [this] { on_timer(); }) {}

void Deadlines::put(std::size_t slot, Deadline& deadline) {
    heap_[slot] = &deadline;
    deadline.slot_ = slot;
}

void Deadlines::rise(std::size_t slot) {
    Deadline& rising = *heap_[slot];
    while (slot > 0) {
        const std::size_t parent = (slot - 1) / 2;
        if (heap_[parent]->looked_at_ <= rising.looked_at_) break;
        put(slot, *heap_[parent]);
        slot = parent;
    }
    put(slot, rising);
}

void Deadlines::sink(std::size_t slot) {
    Deadline& sinking = *heap_[slot];
    for (std::size_t child = 2 * slot + 1; child < heap_.size(); child = 2 * slot + 1) {
        if (child + 1 < heap_.size() && heap_[child + 1]->looked_at_ < heap_[child]->looked_at_)
            ++child;
        if (sinking.looked_at_ <= heap_[child]->looked_at_) break;
        put(slot, *heap_[child]);
        slot = child;
    }
    put(slot, sinking);
}

// With a time that is new or nearer.
void Deadlines::place(Deadline& deadline) {
    rise(deadline.slot_);
    watch_first();
}

void Deadlines::remove(Deadline& deadline) {
    const std::size_t slot = deadline.slot_;
    deadline.looked_at_ = 0;
    Deadline& last = *heap_.back();
    heap_.pop_back();
    if (heap_.empty()) {
        timer_.stop();
        timer_at_ = 0;
    }
    if (&last == &deadline) return;
    put(slot, last);
    rise(slot);
    sink(last.slot_);
}

void Deadlines::watch_first() {
    if (heap_.empty()) return;
    const std::uint64_t first = heap_.front()->looked_at_;
    if (timer_at_ != 0 && timer_at_ <= first) return;
    timer_at_ = first;
    const std::uint64_t now = uv_now(loop_.raw());
    timer_.start_once(std::chrono::milliseconds(first > now ? first - now : 0));
}

void Deadlines::on_timer() {
    const std::uint64_t now = uv_now(loop_.raw());
    while (!heap_.empty() && heap_.front()->looked_at_ <= now) {
        Deadline& first = *heap_.front();
        if (first.due_ > now) {
            first.looked_at_ = first.due_;
            sink(0);
        } else {
            remove(first);
            first.owner_.on_deadline();
        }
    }
    timer_at_ = 0;
    watch_first();
}

Deadline::~Deadline() {
    if (looked_at_ != 0) all_.remove(*this);
}

void Deadline::set(std::chrono::milliseconds delay) {
    due_ = uv_now(all_.loop_.raw()) + static_cast<std::uint64_t>(delay.count());
    if (looked_at_ != 0 && looked_at_ <= due_) return;
    if (looked_at_ == 0) {
        slot_ = all_.heap_.size();
        all_.heap_.push_back(this);
    }
    looked_at_ = due_;
    all_.place(*this);
}

}  // namespace posta::supervisor
