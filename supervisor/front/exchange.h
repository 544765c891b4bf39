#pragma once
// One request and its answer, between one client connection and one worker.
//
//   begin ─► find a worker (held while it is away) ─► request bytes ─► answer bytes ─► done
//
// Sends to the worker exactly what the client connection's parser framed, and to the client exactly
// what the answer's parser framed. Ends in one of four ways, each told to the owner as the last
// thing: answered, refused (not a byte of an answer has left), cut (some have), switched (101).
//
// A request whose bytes have been sent is never sent twice, except a bodiless GET or HEAD without a
// byte of an answer.
//
// Used again for a next request, also one of another client: begin() sets everything anew, and
// what stays with a client is in ClientHoldings.

#include <memory>
#include <optional>
#include <string>

#include "common/http/head_parser.h"
#include "supervisor/front/forwarding.h"
#include "supervisor/front/front_context.h"
#include "supervisor/front/refusal.h"
#include "supervisor/front/upstream_set.h"
#include "supervisor/front/wire_run.h"

namespace posta::supervisor {

// What an exchange waits for; the client connection keeps the time.
enum class Wait { dial, worker, answer, answer_rest };

class ExchangeOwner {
public:
    virtual void send_to_client(std::string_view head, std::string_view body) = 0;
    virtual std::size_t unsent_to_client() const = 0;
    // Calls on_wait_over(what) after that time, unless something else is waited for by then.
    virtual void wait_for(Wait what, FrontLimits::Duration at_most) = 0;
    // The request's body may flow (again).
    virtual void on_request_wanted() = 0;

    virtual void on_answered(bool keep_alive) = 0;
    virtual void on_refused(const Refusal& refusal) = 0;
    // `code`: of the ledger.
    virtual void on_cut(std::string_view code) = 0;
    // The worker said 101; `early` bytes of the new protocol came with it.
    virtual void on_switched(std::unique_ptr<Upstream> upstream, std::string_view early) = 0;

protected:
    ~ExchangeOwner() = default;
};

// What a client keeps between its requests.
struct ClientHoldings {
    UpstreamSet upstreams;
    TenantPlace place;  // with the tenant of the latest request
};

class Exchange final : private UpstreamEvents, private TurnWaiter {
public:
    explicit Exchange(FrontContext& context) : context_(context) {}

    bool active() const { return state_ != State::idle; }
    bool has_worker() const { return state_ == State::exchanging; }
    bool answer_started() const { return answer_started_; }
    // Request bytes would be taken now.
    bool wants_request() const;

    // A request for a tenant of the table. Its views are used during the call only.
    void begin(const http::RequestHead& head, const ClientPeer& peer, ExchangeOwner& owner,
               ClientHoldings& holdings);
    void add_request_bytes(std::string_view wire);
    void finish_request();
    // Sends what this read has brought; call before its bytes are gone.
    void flush_request();

    // The time that wait_for() asked for is over.
    void on_wait_over(Wait what);
    void on_routes_changed();
    // The client takes bytes again.
    void on_client_drained();
    // The rest of the request will not come, or is none.
    void refuse_rest(const Refusal& refusal);
    // The client is gone.
    void abort();

    bool streams_events() const { return active() && event_stream_; }
    // The front is leaving: such an answer ends as if the worker had ended it, between two events.
    void end_event_stream();

private:
    enum class State {
        idle,
        finding,    // no worker yet, or not the tenant's turn
        exchanging  // a worker has, or is getting, the request
    };

    // request side: exchange.cpp
    // Null: nobody's. To be looked up again after any wait.
    const Tenant* find_tenant() const { return context_.routes.find(host_); }
    void begin_log(const http::RequestHead& head, const ClientPeer& peer, const Tenant* tenant);
    void enter(const Tenant* tenant);
    void on_turn() override;
    void look_for_worker(const Tenant* tenant);
    bool take_step(std::size_t bytes);
    std::optional<Refusal> refuse_crowd(const Tenant& tenant);
    void find_worker(const Tenant* tenant);
    std::unique_ptr<Upstream> dial(const Tenant& tenant);
    void hold(Wait what);
    void go_on();
    bool may_resend() const;

    // answer side: exchange_answer.cpp
    void on_answer_bytes(std::string_view bytes) override;
    void on_worker_left() override;
    void on_request_drained() override;
    bool may_read_answer() override;
    void count_flow(std::size_t bytes);
    bool take_answer_head(std::string_view rest);
    bool take_interim(const http::ResponseHead& head, std::string_view rest);
    void add_answer_bytes(std::string_view wire);
    void flush_answer();
    void finish_answer();
    void spoil(std::string_view reason);
    void count(int status);
    void end();

    // The ends; the owner hears of them last.
    void refuse(const Refusal& refusal);
    void cut();
    void end_between_chunks();
    void log_outcome(AccessOutcome outcome);

    FrontContext& context_;
    ExchangeOwner* owner_ = nullptr;
    ClientHoldings* holdings_ = nullptr;  // the owner's

    State state_ = State::idle;
    std::unique_ptr<Upstream> upstream_;

    // The request.
    std::string host_;
    std::string method_;
    std::string request_id_;
    AccessEntry access_;
    std::string request_head_;  // kept until the answer begins: it may have to be sent again
    WireRun request_run_;
    bool admitted_ = false;  // counted for its tenant
    bool request_head_due_ = false;
    bool request_sent_ = false;  // some byte of it has gone to a worker
    bool request_complete_ = false;
    bool bodiless_ = false;
    bool keep_alive_ = false;
    bool old_client_ = false;
    bool expects_continue_ = false;
    bool wants_upgrade_ = false;
    int resends_ = 0;
    std::uint64_t held_since_ = 0;           // loop's clock; 0: not held
    std::uint64_t serial_ = 0;               // of this exchange among those of the connection
    contracts::Traffic* traffic_ = nullptr;  // its tenant's; null: nobody's, or counted already
    std::uint64_t began_ns_ = 0;

    // The answer.
    http::ResponseParser answer_parser_;  // here and not in Upstream: an idle one needs none
    std::string answer_head_;
    WireRun answer_run_;
    bool read_is_paid_ = false;  // the steps of the next read have been taken
    bool answer_head_due_ = false;
    bool answer_started_ = false;  // some byte of it has gone to the client
    bool answer_interim_ = false;  // the message that is being read is a 1xx
    bool answer_keeps_upstream_ = false;
    bool event_stream_ = false;
    bool stream_over_ = false;  // it ends as soon as a chunk is whole
    int answer_status_ = 0;
    int interims_ = 0;
};

}  // namespace posta::supervisor
