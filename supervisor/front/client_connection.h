#pragma once
// One client's connection: request after request, each routed on its own.
//
//   serving ─► (request ─► exchange ─► answer)* ─► lingering ─► closed
//                              └─► tunnel, after a worker's 101
//
// Requests are read one at a time: while one is answered, what comes after it is kept up to a bound
// and then left in the socket. An answer that ends the connection is followed by closing the write
// side only, and by reading a while what still comes, so that no reset cuts it off.
//
// Destroyed by its owner on a later turn of the loop, never inside a call to it or to its parts.

#include <memory>
#include <optional>
#include <string>

#include "common/http/head_parser.h"
#include "common/loop/stream.h"
#include "supervisor/front/body_pace.h"
#include "supervisor/front/deadline.h"
#include "supervisor/front/exchange.h"
#include "supervisor/front/forwarding.h"
#include "supervisor/front/front_context.h"
#include "supervisor/front/tunnel.h"

namespace posta::supervisor {

class ClientConnection;

// What a connection needs from the first byte of a request to the last one of its answer. Lent for
// that time, so that an idle connection is small; given back between messages and without exchange.
struct Workplace {
    explicit Workplace(FrontContext& context)
        : parser(context.limits.head_size), pace(context.limits), exchange(context) {}

    http::RequestParser parser;
    BodyPace pace;
    Exchange exchange;
    std::uint64_t head_since = 0;
};

class ClientConnectionOwner {
public:
    virtual void on_client_closed(ClientConnection& connection) = 0;
    virtual std::unique_ptr<Workplace> lend_workplace() = 0;
    virtual void take_back(std::unique_ptr<Workplace> workplace) = 0;

protected:
    ~ClientConnectionOwner() = default;
};

class ClientConnection final : private StreamEvents,
                               private ExchangeOwner,
                               private TunnelOwner,
                               private TurnWaiter,
                               private DeadlineOwner {
public:
    ClientConnection(FrontContext& context, UniqueFd socket, SocketKind kind, ClientPeer peer,
                     ClientConnectionOwner& owner);

    const ClientPeer& peer() const { return peer_; }
    void on_routes_changed();
    // The server ends: an idle connection ends soon.
    void on_hurried();
    void end_event_stream();
    // Has said nothing for a while, and is owed nothing.
    bool settled() const { return phase_ == Phase::serving && timeout_ == Timeout::idle; }
    // A head has begun and is not whole.
    bool is_at_head() const { return phase_ == Phase::serving && timeout_ == Timeout::head; }
    std::uint64_t head_since() const { return work_->head_since; }  // of the loop's clock, ms
    // For one that is settled, or at a head.
    void give_up_place();
    // A request has begun whose outcome is not in the ledger yet.
    bool has_open_request() const { return request_open_; }

    std::size_t slot = 0;  // its place in the owner's table

private:
    enum class Phase { serving, lingering, tunnel, closed };
    enum class Timeout { settle, idle, head, body, exchange, client_reads, linger, tunnel };

    // The client's bytes, in the order in which they are looked at.
    void on_bytes(std::string_view bytes) override;
    std::string_view take(std::string_view rest);
    bool may_take() const;
    void on_head();
    void on_request_end();
    void on_fault();
    void refuse_rest(const Refusal& refusal);
    void hold_back(std::string_view rest);
    std::string_view held() const { return std::string_view(held_back_).substr(held_at_); }
    void drop_held();
    void watch_request();
    void wait_for_body();
    bool tenant_is_crowded() const;
    std::uint64_t now() const { return uv_now(context_.loop.raw()); }
    void resume();
    void on_end() override;
    void on_broken(int uv_error) override;
    void on_drained() override;
    bool may_send(std::size_t bytes) override;

    // What the exchange tells.
    void send_to_client(std::string_view head, std::string_view body) override;
    std::size_t unsent_to_client() const override;
    void wait_for(Wait what, FrontLimits::Duration at_most) override;
    void on_request_wanted() override;
    void on_answered(bool keep_alive) override;
    void on_refused(const Refusal& refusal) override;
    void on_cut(std::string_view code) override;
    void on_switched(std::unique_ptr<Upstream> upstream, std::string_view early) override;
    void on_tunnel_moved() override;
    void on_tunnel_closed() override;

    // For the ledger: each request once, with one outcome.
    void count_request();
    void count_outcome(std::uint64_t& outcome);
    void count_refusal(std::string_view reason);

    // The ends.
    void become_idle();
    void end_if_client_has();
    void linger();
    FrontLimits::Duration time_to_linger() const;
    void read_away();
    void on_turn() override;
    void close();
    bool exchanging() const { return work_ && work_->exchange.active(); }
    bool between_messages() const { return !work_ || work_->parser.between_messages(); }
    void give_back_workplace();
    void abort_exchange();
    void expect(Timeout what, FrontLimits::Duration delay);
    void on_deadline() override;

    FrontContext& context_;
    ClientPeer peer_;
    ClientConnectionOwner& owner_;
    std::optional<Stream> stream_;
    std::unique_ptr<Workplace> work_;  // null while there is no request
    ClientHoldings holdings_;
    std::unique_ptr<Tunnel> tunnel_;
    std::string held_back_;    // bytes behind the request that is being answered,
    std::size_t held_at_ = 0;  // from here on

    Phase phase_ = Phase::serving;
    bool taking_ = false;           // inside take()
    bool client_ended_ = false;     // has closed its write side
    bool request_complete_ = true;  // no byte of the present request is due any more
    bool keep_alive_ = true;        // what the present request asks for
    bool head_only_ = false;        // the present request is a HEAD
    bool request_open_ = false;     // counted as accepted, and not as anything else
    bool send_is_paid_ = false;     // the steps of the next sending have been taken
    std::size_t lingered_bytes_ = 0;
    std::uint64_t written_bytes_ = 0;
    std::uint64_t taken_bytes_ = 0;  // by the client, when the deadline for its reading was set

    Timeout timeout_ = Timeout::idle;
    Wait wait_ = Wait::answer;  // for Timeout::exchange
    Deadline deadline_;
};

}  // namespace posta::supervisor
