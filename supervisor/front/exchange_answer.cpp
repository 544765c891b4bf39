#include <utility>

#include "common/http/head_parser.h"
#include "supervisor/front/exchange.h"

namespace posta::supervisor {

using http::BodyKind;
using http::Event;
using http::Step;

// A crowd's answers come all at once, too, and copying a read's worth of bytes takes longer than
// beginning a request. What is short is not counted.
bool Exchange::may_read_answer() {
    if (waits_for_turn()) return false;
    const std::shared_ptr<TenantLoad>& load = holdings_->place.load();
    if (read_is_paid_ || load == nullptr || context_.turns.take(load->flow, 0)) return true;
    context_.turns.wait({load, &load->flow}, *this, steps_for(EventLoop::kReadBufferBytes));
    return false;
}

void Exchange::count_flow(std::size_t bytes) {
    const std::shared_ptr<TenantLoad>& load = holdings_->place.load();
    if (std::exchange(read_is_paid_, false) || load == nullptr) return;
    if (const std::size_t steps = steps_for(bytes) - 1; steps > 0)
        context_.turns.charge(load->flow, steps);
}

// What arrives in one read leaves in one write, after all of it has been looked at: a short answer
// with something wrong at its end is refused as a whole.
void Exchange::on_answer_bytes(std::string_view bytes) {
    count_flow(bytes.size());
    for (std::string_view rest = bytes;;) {
        const Step step = answer_parser_.step(rest);
        switch (step.event) {
            case Event::need_more:
                flush_answer();
                if (stream_over_ && answer_parser_.between_chunks()) return end_between_chunks();
                if (answer_started_)
                    owner_->wait_for(Wait::answer_rest, context_.limits.answer_idle);
                if (owner_->unsent_to_client() > context_.limits.high_water || !may_read_answer())
                    upstream_->stream().stop_reading();
                return;
            case Event::head:
                if (!take_answer_head(rest)) return;
                break;
            case Event::body:
                add_answer_bytes(step.wire);
                break;
            case Event::end:
                if (answer_interim_) break;
                if (!rest.empty()) return spoil("more than one answer to a request");
                return finish_answer();
            case Event::fault:
                return spoil(answer_parser_.fault().reason);
        }
    }
}

// False when the exchange has ended.
bool Exchange::take_answer_head(std::string_view rest) {
    const http::ResponseHead& head = answer_parser_.head();
    answer_interim_ = head.status < 200;
    if (answer_interim_) return take_interim(head, rest);

    if (old_client_ && head.framing.kind == BodyKind::chunked) {
        spoil("a chunked answer to an HTTP/1.0 request");
        return false;
    }
    // A request that is still arriving cannot be followed by another one.
    keep_alive_ = keep_alive_ && request_complete_ && !context_.draining &&
                  head.framing.kind != BodyKind::until_close;
    answer_keeps_upstream_ = head.keep_alive && request_complete_;
    event_stream_ = http::equal_names(head.content_type.substr(0, 17), "text/event-stream");
    if (event_stream_) upstream_->carry_stream();
    answer_status_ = head.status;
    if (event_stream_ && traffic_ != nullptr) {
        count(answer_status_);  // now: it may last for days
        ++traffic_->streams;
    }
    const AnswerStyle style{.close = !keep_alive_, .old_client = old_client_};
    const auto in_place = answer_parser_.head_in_place();
    if (in_place && passes_unchanged(head, style)) {
        add_answer_bytes(*in_place);
        return true;
    }
    answer_head_.clear();
    write_answer_head(head, style, answer_head_);
    answer_head_due_ = true;
    return true;
}

bool Exchange::take_interim(const http::ResponseHead& head, std::string_view rest) {
    if (++interims_ > context_.limits.interims) {
        spoil("interim answers without end");
        return false;
    }
    if (head.status == 101) {
        if (!wants_upgrade_ || !request_complete_) {
            spoil("a change of protocol that was not asked for");
            return false;
        }
        answer_head_.clear();
        write_answer_head(head, {}, answer_head_);
        owner_->send_to_client(answer_head_, {});
        std::unique_ptr<Upstream> upstream = std::move(upstream_);
        count(head.status);
        log_outcome({"switched", head.status});
        end();
        owner_->on_switched(std::move(upstream), rest);
        return false;
    }
    // HTTP/1.0 knows no interim answers, and nobody waits for a 100 unasked.
    if (old_client_ || (head.status == 100 && !expects_continue_)) return true;
    answer_head_.clear();
    write_answer_head(head, {}, answer_head_);
    owner_->send_to_client(answer_head_, {});
    return true;
}

void Exchange::add_answer_bytes(std::string_view wire) {
    if (answer_run_.add(wire)) return;
    flush_answer();
    answer_run_.add(wire);
}

void Exchange::flush_answer() {
    if (!answer_head_due_ && answer_run_.bytes().empty()) return;
    const std::string_view head = answer_head_due_ ? answer_head_ : std::string_view();
    owner_->send_to_client(head, answer_run_.bytes());
    access_.answer_bytes += head.size() + answer_run_.bytes().size();
    answer_head_due_ = false;
    answer_started_ = true;
    answer_run_.clear();
}

void Exchange::finish_answer() {
    flush_answer();
    std::unique_ptr<Upstream> upstream = std::move(upstream_);
    const bool reusable = answer_keeps_upstream_ && context_.routes.is_current(upstream->epoch());
    if (reusable) holdings_->upstreams.keep(std::move(upstream));
    const bool keep_alive = keep_alive_;
    if (!event_stream_) count(answer_status_);
    log_outcome({"answered", answer_status_});
    end();
    owner_->on_answered(keep_alive);
}

void Exchange::on_worker_left() {
    const std::uint64_t this_one = serial_;
    if (const std::string unread = upstream_->take_unread(); !unread.empty()) {
        on_answer_bytes(unread);
        if (serial_ != this_one || state_ != State::exchanging) return;
    }
    const bool mid_answer = answer_started_ || answer_head_due_;
    if (mid_answer && answer_parser_.finish()) return finish_answer();
    if (mid_answer || !may_resend()) return spoil("the worker closed before its answer was whole");
    ++resends_;
    upstream_.reset();
    request_head_due_ = true;
    request_sent_ = false;
    find_worker(find_tenant());
    go_on();
}

void Exchange::spoil(std::string_view reason) {
    context_.log.warn("answer refused", {{"tenant", upstream_->slug()},
                                         {"request", std::string_view(request_id_)},
                                         {"reason", reason}});
    if (answer_started_) return cut();
    refuse(worker_failed());
}

void Exchange::on_client_drained() {
    if (state_ != State::exchanging || waits_for_turn()) return;
    if (owner_->unsent_to_client() <= context_.limits.high_water)
        upstream_->stream().start_reading();
}

}  // namespace posta::supervisor
