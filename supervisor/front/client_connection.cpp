#include "supervisor/front/client_connection.h"

namespace posta::supervisor {

using http::Event;
using http::Step;

ClientConnection::ClientConnection(FrontContext& context, UniqueFd socket, SocketKind kind,
                                   ClientPeer peer, ClientConnectionOwner& owner)
    : context_(context),
      peer_(std::move(peer)),
      owner_(owner),
      stream_(std::make_unique<Stream>(context.loop, std::move(socket), kind,
                                       static_cast<StreamEvents&>(*this))),
      exchange_(context, *this),
      deadline_(context.loop, [this] { on_timeout(); }) {
    stream_->start_reading();
    become_idle();
}

void ClientConnection::on_bytes(std::string_view bytes) {
    switch (phase_) {
        case Phase::serving:
            if (!held().empty() || !may_take()) return hold_back(bytes);
            return hold_back(take(bytes));
        case Phase::lingering:
            lingered_bytes_ += bytes.size();
            if (lingered_bytes_ > context_.limits.linger_bytes) close();
            return;
        case Phase::tunnel:
            return tunnel_->on_client_bytes(bytes);
        case Phase::closed:
            return;
    }
}

// Deals with as many bytes as it can now, and returns the rest.
std::string_view ClientConnection::take(std::string_view rest) {
    taking_ = true;
    while (may_take()) {
        const Step step = parser_.step(rest);
        if (step.event == Event::need_more) break;
        if (step.event == Event::head) on_head();
        if (step.event == Event::body) exchange_.add_request_bytes(step.wire);
        if (step.event == Event::end) on_request_end();
        if (step.event == Event::fault) on_fault();
    }
    exchange_.flush_request();
    taking_ = false;
    if (phase_ != Phase::serving) return {};
    watch_request();
    return rest;
}

// A client that does not read its answers gets no further ones.
bool ClientConnection::may_take() const {
    if (phase_ != Phase::serving) return false;
    if (exchange_.active()) return exchange_.wants_request();
    return stream_->queued_bytes() <= context_.limits.high_water;
}

void ClientConnection::on_head() {
    const http::RequestHead& head = parser_.head();
    request_complete_ = head.framing.kind == http::BodyKind::none;
    keep_alive_ = head.keep_alive;
    head_only_ = head.method == "HEAD";
    exchange_.begin(head, peer_);
}

void ClientConnection::on_request_end() {
    request_complete_ = true;
    if (exchange_.active()) exchange_.finish_request();
}

void ClientConnection::on_fault() {
    const http::Fault& fault = parser_.fault();
    context_.log.debug("request refused",
                       {{"client", peer_.text}, {"reason", std::string_view(fault.reason)}});
    const bool too_late = exchange_.active() && exchange_.answer_started();
    exchange_.abort();
    if (too_late) return close();
    request_complete_ = false;  // where it ends is not known
    head_only_ = false;
    on_refused(bad_request(fault.status, fault.reason));
}

void ClientConnection::hold_back(std::string_view rest) {
    if (rest.empty()) return;
    held_back_.erase(0, held_at_);
    held_at_ = 0;
    held_back_.append(rest);
    if (held_back_.size() >= context_.limits.held_back ||
        (exchange_.active() && !request_complete_))
        stream_->stop_reading();
}

void ClientConnection::drop_held() {
    held_back_.clear();
    held_at_ = 0;
}

// The client's own part has its deadlines; the exchange looks after the worker's.
void ClientConnection::watch_request() {
    if (exchange_.active()) {
        if (request_complete_) return;
        if (exchange_.wants_request()) return expect(Timeout::body, context_.limits.body_idle);
        if (exchange_.has_worker()) return wait_for(Wait::answer, context_.limits.answer);
        return;
    }
    if (parser_.between_messages()) return;
    if (timeout_ != Timeout::head) expect(Timeout::head, context_.limits.head);
}

void ClientConnection::resume() {
    if (phase_ != Phase::serving || taking_) return;
    const std::size_t left = take(held()).size();
    if (phase_ != Phase::serving) return;
    held_at_ = held_back_.size() - left;
    if (left == 0) drop_held();
    if (left < context_.limits.held_back) {
        const bool blocked = exchange_.active() && !request_complete_ && !exchange_.wants_request();
        if (!blocked) stream_->start_reading();
    }
    end_if_client_has();
}

void ClientConnection::on_end() {
    client_ended_ = true;
    if (phase_ == Phase::lingering) return close();
    if (phase_ == Phase::tunnel) return tunnel_->on_client_end();
    end_if_client_has();
}

// A client that has said all it wants still gets its answers.
void ClientConnection::end_if_client_has() {
    if (!client_ended_ || phase_ != Phase::serving || !held().empty()) return;
    if (exchange_.active() && request_complete_) return;
    if (exchange_.active() && !exchange_.wants_request()) return;  // held: its end is not read yet
    if (exchange_.active() || !parser_.between_messages() || stream_->queued_bytes() == 0)
        return close();
    linger();
}

void ClientConnection::on_broken(int) { close(); }

void ClientConnection::on_drained() {
    if (phase_ == Phase::tunnel) return tunnel_->on_client_drained();
    if (phase_ == Phase::lingering) {
        if (client_ended_) return close();
        return expect(Timeout::linger, context_.limits.linger);
    }
    if (phase_ != Phase::serving) return;
    if (!exchange_.active()) return resume();
    exchange_.on_client_drained();
    if (timeout_ == Timeout::client_reads) wait_for(Wait::answer_rest, context_.limits.answer_idle);
}

void ClientConnection::on_routes_changed() { exchange_.on_routes_changed(); }

void ClientConnection::on_draining() {
    if (phase_ == Phase::serving && !exchange_.active() && parser_.between_messages())
        become_idle();
}

void ClientConnection::end_event_stream() {
    if (exchange_.streams_events()) close();
}

}  // namespace posta::supervisor
