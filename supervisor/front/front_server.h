#pragma once
// All of the front's clients: accepts them, counts them, lets them go.
//
// Accepts as long as there are descriptors for a client and its workers; then connections wait in
// the kernel's backlog instead of being accepted and closed; while any do, as many clients (and
// not fewer than an eighth) give up their places: those that have said nothing for a while
// (limits.h: settle), then those that have been at a head the longest (crowded_head). A leaving
// front stops accepting, lets requests finish and is done when the last client is gone or the time
// is over.
//
// One that another takes the place of keeps its idle clients until they have asked once more, or
// their idle time is over: a request may be on its way into any of them, and a client cannot know
// whether one that was lost on a closing connection was begun. At the server's end nobody would
// answer either way, so it is quick there.

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "common/loop/listener.h"
#include "common/loop/timer.h"
#include "supervisor/front/client_connection.h"
#include "supervisor/front/front_context.h"
#include "supervisor/front/proxy_preface.h"

namespace posta::supervisor {

class FrontServer final : private ListenerEvents,
                          private ClientConnectionOwner,
                          private ProxyPrefaceOwner {
public:
    // `on_drained` is called once, after drain().
    FrontServer(FrontContext& context, std::function<void()> on_drained);
    ~FrontServer();

    void listen(UniqueFd socket);
    // A client that is connected already.
    void add_client(UniqueFd socket, SocketKind kind, const IpAddress& address);
    void replace_routes(const std::vector<contracts::Route>& routes);
    enum class Drain { patient, prompt };
    // A prompt one may follow a patient one.
    void drain(Drain how);

    std::size_t clients() const { return clients_.size(); }
    // With the requests that are open now, counted client by client.
    contracts::Ledger ledger() const;

private:
    void on_connection(UniqueFd connection, const sockaddr_storage& address) override;
    void on_accept_failed(const Error& error) override;
    void on_client_known(ProxyPreface& preface, const IpAddress& address) override;
    void on_preface_failed(ProxyPreface& preface, const char* reason) override;
    void drop(ProxyPreface& preface);
    void on_client_closed(ClientConnection& connection) override;
    std::unique_ptr<Workplace> lend_workplace() override;
    void take_back(std::unique_ptr<Workplace> workplace) override;
    // Accepts as long as there is room for more.
    void mind_crowd();
    void descriptors_ran_out();
    void tell_full();
    void make_places();
    std::vector<ClientConnection*> slowest_heads(std::size_t most);
    void bury_soon();
    bool is_empty() const { return clients_.empty() && prefaces_.empty(); }
    bool over_address_limit(const ClientPeer& peer);
    void bury();
    void end_event_streams();
    void leave();
    template <class Visit>
    void for_each_client(Visit visit);

    FrontContext& context_;
    std::function<void()> on_drained_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::vector<std::unique_ptr<Workplace>> spare_workplaces_;
    std::vector<std::unique_ptr<ProxyPreface>> prefaces_;
    std::vector<std::unique_ptr<ProxyPreface>> prefaces_over_;  // destroyed on the next turn
    std::vector<std::unique_ptr<ClientConnection>> clients_;
    std::vector<std::unique_ptr<ClientConnection>> closed_;  // destroyed on the next turn
    std::map<std::array<std::uint8_t, 16>, int> per_address_;
    bool full_ = false;     // there is no place for another client
    bool ran_out_ = false;  // of descriptors, since the last look at the crowd
    bool left_ = false;
    Timer burial_;
    Timer crowd_look_;
    Timer drain_idle_over_;
    Timer drain_over_;
};

}  // namespace posta::supervisor
