#include "supervisor/front/client_connection.h"

#include <algorithm>

namespace posta::supervisor {

using http::Event;
using http::Step;

ClientConnection::ClientConnection(FrontContext& context, UniqueFd socket, SocketKind kind,
                                   ClientPeer peer, ClientConnectionOwner& owner)
    : context_(context),
      peer_(std::move(peer)),
      owner_(owner),
      stream_(std::in_place, context.loop, std::move(socket), kind,
              static_cast<StreamEvents&>(*this)),
      holdings_{UpstreamSet(context.limits.upstreams_per_client), {}},
      deadline_(context.deadlines, static_cast<DeadlineOwner&>(*this)) {
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
            if (lingered_bytes_ > context_.limits.linger_bytes) return close();
            return read_away();
        case Phase::tunnel:
            return tunnel_->on_client_bytes(bytes);
        case Phase::closed:
            return;
    }
}

// Deals with as many bytes as it can now, and returns the rest.
std::string_view ClientConnection::take(std::string_view rest) {
    taking_ = true;
    if (!work_) work_ = owner_.lend_workplace();
    while (may_take()) {
        const Step step = work_->parser.step(rest);
        if (step.event == Event::need_more) {
            if (!work_->parser.between_messages()) count_request();
            break;
        }
        if (step.event == Event::head) on_head();
        if (step.event == Event::body && exchanging()) {
            work_->pace.take(step.wire.size(), now(), tenant_is_crowded());
            work_->exchange.add_request_bytes(step.wire);
        }
        if (step.event == Event::end) on_request_end();
        if (step.event == Event::fault) on_fault();
    }
    if (exchanging()) work_->exchange.flush_request();
    taking_ = false;
    give_back_workplace();
    if (phase_ != Phase::serving) return {};
    watch_request();
    return rest;
}

// A client that does not read its answers gets no further ones.
bool ClientConnection::may_take() const {
    if (phase_ != Phase::serving) return false;
    if (exchanging()) return work_->exchange.wants_request();
    return stream_->queued_bytes() <= context_.limits.high_water;
}

void ClientConnection::on_head() {
    count_request();
    const http::RequestHead& head = work_->parser.head();
    request_complete_ = head.framing.kind == http::BodyKind::none;
    keep_alive_ = head.keep_alive;
    work_->pace.begin(now());
    head_only_ = head.method == "HEAD";
    work_->exchange.begin(head, peer_, static_cast<ExchangeOwner&>(*this), holdings_);
}

void ClientConnection::on_request_end() {
    request_complete_ = true;
    if (exchanging()) work_->exchange.finish_request();
}

void ClientConnection::on_fault() {
    const http::Fault& fault = work_->parser.fault();
    context_.log.debug("request refused",
                       {{"client", peer_.text}, {"reason", std::string_view(fault.reason)}});
    const Refusal refusal = bad_request(fault.status, fault.reason);
    if (!exchanging())
        context_.access_log.write_fault(peer_.text, {"refused", fault.status}, fault.reason, now());
    refuse_rest(refusal);
}

// Where the request ends is not known: nothing is read after it.
void ClientConnection::refuse_rest(const Refusal& refusal) {
    request_complete_ = false;
    if (exchanging()) return work_->exchange.refuse_rest(refusal);
    head_only_ = false;  // that was the one before
    on_refused(refusal);
}

void ClientConnection::hold_back(std::string_view rest) {
    if (rest.empty()) return;
    held_back_.erase(0, held_at_);
    held_at_ = 0;
    held_back_.append(rest);
    if (held_back_.size() >= context_.limits.held_back || (exchanging() && !request_complete_))
        stream_->stop_reading();
}

void ClientConnection::drop_held() {
    held_back_.clear();
    held_at_ = 0;
}

// The client's own part has its deadlines; the exchange looks after the worker's.
void ClientConnection::watch_request() {
    if (exchanging()) {
        if (request_complete_) return;
        if (work_->exchange.wants_request()) return wait_for_body();
        if (work_->exchange.has_worker()) return wait_for(Wait::answer, context_.limits.answer);
        return;
    }
    if (between_messages()) return;
    if (timeout_ == Timeout::head) return;
    work_->head_since = now();
    expect(Timeout::head, context_.limits.head);
}

// Time that the worker would not take it in was not the client's.
void ClientConnection::wait_for_body() {
    if (timeout_ != Timeout::body) work_->pace.begin(now());
    const auto left = work_->pace.left(now(), tenant_is_crowded());
    expect(Timeout::body, std::max(left, FrontLimits::Duration(1)));
}

bool ClientConnection::tenant_is_crowded() const {
    const std::shared_ptr<TenantLoad>& load = holdings_.place.load();
    return load != nullptr && load->crowded();
}

void ClientConnection::resume() {
    if (phase_ != Phase::serving || taking_) return;
    const bool nothing_to_take = held().empty() && !exchanging() && between_messages();
    const std::size_t left = nothing_to_take ? 0 : take(held()).size();
    if (phase_ != Phase::serving) return;
    held_at_ = held_back_.size() - left;
    if (left == 0) drop_held();
    if (left < context_.limits.held_back) {
        const bool blocked = exchanging() && !request_complete_ && !work_->exchange.wants_request();
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
    if (exchanging() && request_complete_) return;
    if (exchanging() && !work_->exchange.wants_request()) return;  // held: its end is not read yet
    if (exchanging() || !between_messages() || stream_->queued_bytes() == 0) return close();
    linger();
}

void ClientConnection::on_broken(int) { close(); }

void ClientConnection::on_drained() {
    if (phase_ == Phase::tunnel) return tunnel_->on_client_drained();
    if (phase_ == Phase::lingering) {
        if (client_ended_) return close();
        return expect(Timeout::linger, time_to_linger());
    }
    if (phase_ != Phase::serving) return;
    if (!exchanging()) return resume();
    work_->exchange.on_client_drained();
    if (timeout_ == Timeout::client_reads) wait_for(Wait::answer_rest, context_.limits.answer_idle);
}

void ClientConnection::on_routes_changed() {
    holdings_.upstreams.drop_if(
        [&](std::uint64_t epoch) { return !context_.routes.is_current(epoch); });
    if (exchanging()) work_->exchange.on_routes_changed();
}

void ClientConnection::on_hurried() {
    if (phase_ == Phase::serving && !exchanging() && between_messages()) become_idle();
}

void ClientConnection::end_event_stream() {
    if (exchanging() && work_->exchange.streams_events()) work_->exchange.end_event_stream();
}

}  // namespace posta::supervisor
