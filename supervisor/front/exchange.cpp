#include "supervisor/front/exchange.h"

#include <algorithm>

namespace posta::supervisor {

using TenantState = contracts::Route::State;

void Exchange::begin(const http::RequestHead& head, const ClientPeer& peer, ExchangeOwner& owner,
                     ClientHoldings& holdings) {
    owner_ = &owner;
    holdings_ = &holdings;
    ++serial_;
    ++context_.requests;
    host_ = head.host;
    method_.assign(head.method);
    const Tenant* const tenant = find_tenant();
    if (tenant != nullptr) holdings.upstreams.expect(*tenant);
    request_head_.clear();
    context_.request_ids.name(head, peer, request_id_);
    write_request_head(head, peer, context_.trusted_proxies, request_id_, request_head_);
    request_head_due_ = true;
    request_sent_ = false;
    request_complete_ = false;
    bodiless_ = head.framing.kind == http::BodyKind::none;
    keep_alive_ = head.keep_alive;
    old_client_ = head.minor_version == 0;
    expects_continue_ = head.expects_continue;
    wants_upgrade_ = head.wants_upgrade && bodiless_;
    resends_ = 0;
    held_since_ = 0;
    read_is_paid_ = false;
    answer_head_due_ = false;
    answer_started_ = false;
    answer_interim_ = false;
    event_stream_ = false;
    answer_status_ = 0;
    stream_over_ = false;
    interims_ = 0;
    admitted_ = false;
    traffic_ = nullptr;
    began_ns_ = uv_hrtime();
    begin_log(head, peer, tenant);
    enter(tenant);
}

// After a part of a request's body; false: the rest, likely as long, has to wait.
bool Exchange::take_step(std::size_t bytes) {
    if (waits_for_turn()) return false;
    const std::shared_ptr<TenantLoad>& load = holdings_->place.load();
    if (load == nullptr || context_.turns.take(load->flow, steps_for(bytes))) return true;
    context_.turns.wait({load, &load->flow}, *this, steps_for(bytes));
    return false;
}

// Looks for a worker, now or in a turn in which the tenant begins no more than a few.
void Exchange::enter(const Tenant* tenant) {
    state_ = State::finding;
    if (tenant != nullptr) traffic_ = tenant->traffic;
    if (tenant != nullptr && !context_.turns.take(tenant->load->turns)) {
        context_.turns.wait({tenant->load, &tenant->load->turns}, *this);
        return owner_->wait_for(Wait::worker, context_.limits.hold);
    }
    look_for_worker(tenant);
}

void Exchange::on_turn() {
    const std::uint64_t this_one = serial_;
    if (state_ == State::exchanging) {
        read_is_paid_ = request_complete_;
        on_client_drained();
        if (!request_complete_) owner_->on_request_wanted();
        return;
    }
    look_for_worker(find_tenant());
    if (serial_ == this_one) go_on();  // the object may be at work for another client by now
}

void Exchange::look_for_worker(const Tenant* tenant) {
    if (tenant != nullptr && !admitted_) {
        if (const auto refusal = refuse_crowd(*tenant)) return refuse(*refusal);
        admitted_ = true;
    }
    find_worker(tenant);
}

// Into the access log, as far as the tenant wants one.
void Exchange::begin_log(const http::RequestHead& head, const ClientPeer& peer,
                         const Tenant* tenant) {
    access_.mode = tenant == nullptr ? context_.access_log.strangers() : tenant->access_log;
    if (access_.mode == manifest::AccessLog::off) return;
    access_.picked = context_.access_log.pick(access_.mode);
    access_.tenant = tenant == nullptr ? std::string() : tenant->slug;
    if (tenant == nullptr) access_.host = host_;
    access_.client = origin_of(head, peer, context_.trusted_proxies);
    access_.method.assign(head.method);
    access_.path.assign(head.path);
    access_.began_at = uv_now(context_.loop.raw());
    access_.answer_bytes = 0;
}

// A connection takes a place with the tenant that it asks for, and keeps it until it asks for
// another or ends: what idles takes descriptors, too.
std::optional<Refusal> Exchange::refuse_crowd(const Tenant& tenant) {
    if (!tenant.load->take_request(uv_now(context_.loop.raw())))
        return tenant_has_too_many_requests();
    if (holdings_->place.is_with(tenant.load)) return std::nullopt;
    holdings_->place = {};
    if (!context_.has_room_for(*tenant.load)) return tenant_has_too_many_connections();
    holdings_->place = TenantPlace(tenant.load);
    return std::nullopt;
}

// A worker's socket outlives it, so a dial succeeds while the next worker is still starting, and
// the request waits in the backlog. Only a full backlog or a tenant that is down holds it here.
void Exchange::find_worker(const Tenant* tenant) {
    state_ = State::finding;
    if (tenant == nullptr) return refuse(unknown_host());
    traffic_ = tenant->traffic;
    if (tenant->state == TenantState::off) return refuse(worker_away());
    if (tenant->state == TenantState::down) return hold(Wait::worker);
    upstream_ = holdings_->upstreams.take(*tenant);
    if (!upstream_) upstream_ = dial(*tenant);
    if (!upstream_) return hold(Wait::dial);
    upstream_->assign(*this);
    answer_parser_.expect_answer_to(method_);
    held_since_ = 0;
    state_ = State::exchanging;
}

std::unique_ptr<Upstream> Exchange::dial(const Tenant& tenant) {
    const std::uint64_t now = uv_now(context_.loop.raw());
    if (!tenant.load->may_dial(now)) return nullptr;
    auto dialled = Upstream::dial(context_.loop, context_.upstreams, tenant);
    if (dialled) return std::move(dialled).value();
    tenant.load->dial_failed(now + static_cast<std::uint64_t>(context_.limits.dial_again.count()));
    if (const auto times = context_.dials_failed.once_more(now))
        context_.log.warn(
            "a worker takes no connection",
            {{"tenant", tenant.slug}, {"reason", dialled.error().message}, {"times", *times}});
    return nullptr;
}

void Exchange::hold(Wait what) {
    const std::uint64_t now = uv_now(context_.loop.raw());
    if (held_since_ == 0) held_since_ = now;
    const auto left = context_.limits.hold - FrontLimits::Duration(now - held_since_);
    if (left <= FrontLimits::Duration::zero()) return refuse(worker_away());
    owner_->wait_for(what, what == Wait::dial ? std::min(left, context_.limits.dial_again) : left);
}

bool Exchange::wants_request() const {
    return state_ == State::exchanging && !request_complete_ && !waits_for_turn() &&
           upstream_->stream().queued_bytes() <= context_.limits.high_water;
}

void Exchange::add_request_bytes(std::string_view wire) {
    if (request_run_.add(wire)) return;
    flush_request();
    request_run_.add(wire);
}

void Exchange::flush_request() {
    if (state_ != State::exchanging) return;
    if (!request_head_due_ && request_run_.bytes().empty()) return;
    Stream& worker = upstream_->stream();
    const std::string_view head = request_head_due_ ? request_head_ : std::string_view();
    const std::size_t queued_before = worker.queued_bytes();
    worker.write(head, request_run_.bytes());
    // Nothing has been sent when all of it is still queued: a worker that has closed takes nothing.
    const std::size_t written = head.size() + request_run_.bytes().size();
    if (worker.queued_bytes() - queued_before < written) request_sent_ = true;
    request_head_due_ = false;
    if (!request_complete_ && !request_run_.bytes().empty()) take_step(request_run_.bytes().size());
    request_run_.clear();
}

void Exchange::finish_request() {
    request_complete_ = true;
    flush_request();
    owner_->wait_for(Wait::answer, context_.limits.answer);
}

void Exchange::on_request_drained() {
    request_sent_ = true;
    if (!request_complete_) owner_->on_request_wanted();
}

bool Exchange::may_resend() const {
    if (answer_started_ || interims_ > 0 || !bodiless_ || !request_complete_) return false;
    if (!answer_parser_.between_messages()) return false;
    if (!request_sent_) return true;
    return (method_ == "GET" || method_ == "HEAD") && resends_ < context_.limits.resends;
}

// After find_worker(): sends what has been waiting, if there is a worker now.
void Exchange::go_on() {
    if (state_ != State::exchanging) return;
    if (!request_complete_) return owner_->on_request_wanted();
    flush_request();
    owner_->wait_for(Wait::answer, context_.limits.answer);
}

void Exchange::on_wait_over(Wait what) {
    switch (what) {
        case Wait::dial:
        case Wait::worker:
            // While a request lies in the backlog of a worker that went away, nobody is asked anew.
            if (state_ == State::exchanging || waits_for_turn()) return refuse(worker_away());
            enter(find_tenant());
            return go_on();
        case Wait::answer:
            if (!answer_started_) return refuse(worker_silent());
            return cut();
        case Wait::answer_rest:
            return cut();
    }
}

void Exchange::on_routes_changed() {
    if (state_ == State::finding) {
        if (!waits_for_turn()) on_wait_over(Wait::worker);
        return;
    }
    if (state_ != State::exchanging || !request_complete_ || answer_started_) return;
    // A dead worker's successor may be long in coming, and the request may lie in the backlog.
    const Tenant* tenant = find_tenant();
    if (tenant == nullptr || tenant->state == TenantState::down ||
        tenant->state == TenantState::off) {
        owner_->wait_for(Wait::worker, context_.limits.hold);
    } else {
        owner_->wait_for(Wait::answer, context_.limits.answer);
    }
}

void Exchange::abort() {
    if (active()) log_outcome({"client-left", answer_status_});
    end();
}

void Exchange::refuse_rest(const Refusal& refusal) {
    if (!answer_started_) return refuse(refusal);
    if (!event_stream_) count(answer_status_);
    log_outcome({"refused", answer_status_, refusal.code});
    end();
    owner_->on_cut(refusal.code);
}

void Exchange::end_event_stream() {
    stream_over_ = true;
    if (answer_parser_.between_chunks()) return end_between_chunks();
    if (answer_parser_.head().framing.kind != http::BodyKind::chunked) cut();
}

void Exchange::end_between_chunks() {
    owner_->send_to_client("0\r\n\r\n", {});
    log_outcome({"ended", answer_status_});
    end();
    owner_->on_answered(false);
}

void Exchange::cut() {
    if (!event_stream_ && answer_started_) count(answer_status_);
    log_outcome({"cut", answer_status_});
    end();
    owner_->on_cut("answer-cut");
}

void Exchange::log_outcome(AccessOutcome outcome) {
    if (access_.mode == manifest::AccessLog::off) return;
    context_.access_log.write(access_, request_id_, outcome, uv_now(context_.loop.raw()));
    access_.mode = manifest::AccessLog::off;
}

void Exchange::refuse(const Refusal& refusal) {
    if (!event_stream_) count(refusal.status);
    log_outcome({"refused", refusal.status, refusal.code});
    end();
    owner_->on_refused(refusal);
}

// For its tenant, once.
void Exchange::count(int status) {
    if (traffic_ == nullptr) return;
    const std::uint64_t took_us = (uv_hrtime() - began_ns_) / 1000;
    traffic_->count(status, std::chrono::microseconds(took_us));
    if (!event_stream_) traffic_ = nullptr;
}

// The connection to the worker goes with it, unless finish_answer() has put it aside.
void Exchange::end() {
    leave_queue();
    if (event_stream_ && traffic_ != nullptr) --traffic_->streams;
    traffic_ = nullptr;
    upstream_.reset();
    state_ = State::idle;
    request_run_.clear();
    answer_run_.clear();
    event_stream_ = false;
}

}  // namespace posta::supervisor
