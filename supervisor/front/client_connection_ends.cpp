// What the exchange tells a client connection, and how the connection ends.

#include "supervisor/front/client_connection.h"

#include <utility>

namespace posta::supervisor {

void ClientConnection::send_to_client(std::string_view head, std::string_view body) {
    if (phase_ == Phase::closed) return;
    stream_->write(head, body);
    written_bytes_ += head.size() + body.size();
}

std::size_t ClientConnection::unsent_to_client() const {
    return phase_ == Phase::closed ? 0 : stream_->queued_bytes();
}

void ClientConnection::wait_for(Wait what, FrontLimits::Duration at_most) {
    if (what == Wait::answer_rest && unsent_to_client() > 0) {
        // The client is the slow one. A deadline that runs already is not put off by more answer.
        if (timeout_ == Timeout::client_reads) return;
        taken_bytes_ = written_bytes_ - unsent_to_client();
        return expect(Timeout::client_reads, context_.limits.body_idle);
    }
    wait_ = what;
    expect(Timeout::exchange, at_most);
}

void ClientConnection::on_request_wanted() { resume(); }

void ClientConnection::count_request() {
    if (request_open_) return;
    request_open_ = true;
    ++context_.ledger.accepted;
}

void ClientConnection::count_outcome(std::uint64_t& outcome) {
    if (!request_open_) return;
    request_open_ = false;
    ++outcome;
}

void ClientConnection::count_refusal(std::string_view reason) {
    count_outcome(context_.ledger.refused[reason]);
}

void ClientConnection::on_answered(bool keep_alive) {
    count_outcome(context_.ledger.answered);
    if (!keep_alive || !request_complete_) return linger();
    become_idle();
    resume();
}

void ClientConnection::on_refused(const Refusal& refusal) {
    count_request();
    count_refusal(refusal.code);
    const bool close_after =
        !request_complete_ || !keep_alive_ || refusal.ends_connection || context_.draining;
    send_to_client(answer_text(refusal, head_only_, close_after), {});
    if (close_after) return linger();
    become_idle();
    resume();
}

void ClientConnection::on_cut(std::string_view code) {
    count_refusal(code);
    close();
}

void ClientConnection::on_switched(std::unique_ptr<Upstream> upstream, std::string_view early) {
    phase_ = Phase::tunnel;
    count_outcome(context_.ledger.answered);
    stream_->write(early);
    tunnel_ = std::make_unique<Tunnel>(*stream_, std::move(upstream), context_.limits.high_water,
                                       static_cast<TunnelOwner&>(*this));
    expect(Timeout::tunnel, context_.limits.tunnel_idle);
    if (!held().empty()) tunnel_->on_client_bytes(held());
    drop_held();
    if (client_ended_) tunnel_->on_client_end();
}

void ClientConnection::on_tunnel_moved() { expect(Timeout::tunnel, context_.limits.tunnel_idle); }

// What is still queued for the client is sent.
void ClientConnection::on_tunnel_closed() { linger(); }

// What dealing with a request needs is not kept for those who may ask one some day.
void ClientConnection::give_back_workplace() {
    if (work_ && !taking_ && !exchanging() && between_messages())
        owner_.take_back(std::move(work_));
}

void ClientConnection::become_idle() {
    give_back_workplace();
    if (context_.hurried) return expect(Timeout::idle, context_.limits.drain_idle);
    expect(Timeout::settle, context_.limits.settle);
}

void ClientConnection::give_up_place() {
    if (is_at_head()) return refuse_rest(request_too_slow());
    linger();
}

FrontLimits::Duration ClientConnection::time_to_linger() const {
    return context_.crowded ? context_.limits.crowded_linger : context_.limits.linger;
}

void ClientConnection::linger() {
    if (phase_ == Phase::closed || phase_ == Phase::lingering) return;
    phase_ = Phase::lingering;
    abort_exchange();
    drop_held();
    stream_->shut_write();
    // The peer needs no more time once everything is out and it has ended, too.
    if (client_ended_ && stream_->queued_bytes() == 0) return close();
    read_away();
    if (stream_->queued_bytes() == 0) return expect(Timeout::linger, time_to_linger());
    taken_bytes_ = written_bytes_ - stream_->queued_bytes();
    expect(Timeout::client_reads, context_.limits.body_idle);
}

// One more piece of what belongs to no request any more, in a turn that has room for it: when a
// worker dies with a crowd before it, there is much of that at once.
void ClientConnection::read_away() {
    if (waits_for_turn()) return stream_->stop_reading();
    constexpr std::size_t kSteps = steps_for(EventLoop::kReadBufferBytes);
    if (context_.turns.take(*context_.remains, kSteps)) return stream_->start_reading();
    stream_->stop_reading();
    context_.turns.wait(context_.remains, *this, kSteps);
}

// What is queued for clients that take no more goes when they do, and that may be many at once.
bool ClientConnection::may_send(std::size_t bytes) {
    if (waits_for_turn()) return false;
    if (std::exchange(send_is_paid_, false)) return true;
    const std::shared_ptr<TenantLoad>& load = holdings_.place.load();
    const std::shared_ptr<TurnQueue> queue =
        load == nullptr ? context_.remains : std::shared_ptr<TurnQueue>(load, &load->flow);
    if (context_.turns.take(*queue, steps_for(bytes))) return true;
    context_.turns.wait(queue, *this, steps_for(bytes));
    return false;
}

// For sending, or for reading what is thrown away.
void ClientConnection::on_turn() {
    send_is_paid_ = stream_->queued_bytes() > 0;
    stream_->resume_sending();
    if (phase_ == Phase::lingering) stream_->start_reading();
}

void ClientConnection::close() {
    if (phase_ == Phase::closed) return;
    leave_queue();
    phase_ = Phase::closed;
    count_outcome(context_.ledger.client_left);
    abort_exchange();
    stream_.reset();
    owner_.on_client_closed(*this);
}

void ClientConnection::abort_exchange() {
    if (work_) work_->exchange.abort();
    holdings_.upstreams.clear();
    holdings_.place = {};
}

void ClientConnection::expect(Timeout what, FrontLimits::Duration delay) {
    timeout_ = what;
    deadline_.set(delay);
}

void ClientConnection::on_deadline() {
    if (phase_ == Phase::closed) return;
    switch (timeout_) {
        case Timeout::settle:
            holdings_.upstreams.clear();
            if (held().empty()) std::string().swap(held_back_);
            return expect(Timeout::idle, context_.limits.keep_alive_idle - context_.limits.settle);
        case Timeout::idle:
            return linger();
        case Timeout::body:
            if (exchanging() && work_->pace.left(now(), tenant_is_crowded()).count() > 0)
                return wait_for_body();
            [[fallthrough]];
        case Timeout::head:
            return refuse_rest(request_too_slow());
        case Timeout::exchange:
            return work_->exchange.on_wait_over(wait_);
        case Timeout::client_reads: {
            const std::uint64_t taken = written_bytes_ - unsent_to_client();
            // An event stream is bounded by what its worker lets wait, and never by time.
            const bool endless = exchanging() && work_->exchange.streams_events();
            if (taken == taken_bytes_ && !endless) return close();
            taken_bytes_ = taken;
            if (phase_ != Phase::serving)
                return expect(Timeout::client_reads, context_.limits.body_idle);
            timeout_ = Timeout::exchange;
            return wait_for(Wait::answer_rest, context_.limits.answer_idle);
        }
        case Timeout::linger:
        case Timeout::tunnel:
            return close();
    }
}

}  // namespace posta::supervisor
