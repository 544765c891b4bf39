#include "supervisor/front/front_server.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace posta::supervisor {

namespace {

constexpr std::size_t kSpareWorkplaces = 256;
constexpr std::chrono::milliseconds kCrowdLook{1000};
constexpr std::size_t kLeastPart = 8;  // of all clients, in one look: more will come
constexpr std::size_t kMostPart = 2;   // however many wait

}  // namespace

// A visit may end its client, whose place the last one takes: from the last to the first, each
// client is visited at least once.
template <class Visit>
void FrontServer::for_each_client(Visit visit) {
    for (std::size_t at = clients_.size(); at > 0; --at)
        if (at <= clients_.size()) visit(*clients_[at - 1]);
}

FrontServer::FrontServer(FrontContext& context, std::function<void()> on_drained)
    : context_(context),
      on_drained_(std::move(on_drained)),
      burial_(context.loop, [this] { bury(); }),
      crowd_look_(context.loop, [this] { make_places(); }),
      drain_idle_over_(context.loop, [this] { end_event_streams(); }),
      drain_over_(context.loop, [this] { leave(); }) {
    context_.upstreams.on_ran_out([this] { descriptors_ran_out(); });
}

FrontServer::~FrontServer() {
    context_.upstreams.on_ran_out([] {});
}

void FrontServer::listen(UniqueFd socket) {
    listeners_.push_back(std::make_unique<Listener>(context_.loop, std::move(socket),
                                                    static_cast<ListenerEvents&>(*this)));
}

void FrontServer::on_connection(UniqueFd connection, const sockaddr_storage& address) {
    const auto from = IpAddress::from_socket(address);
    if (!from) return;
    if (context_.proxy_protocol && context_.trusted_proxies.contains(*from)) {
        prefaces_.push_back(std::make_unique<ProxyPreface>(context_.loop, std::move(connection),
                                                           *from, context_.limits.preface,
                                                           static_cast<ProxyPrefaceOwner&>(*this)));
        return mind_crowd();
    }
    add_client(std::move(connection), SocketKind::tcp, *from);
}

void FrontServer::on_client_known(ProxyPreface& preface, const IpAddress& address) {
    UniqueFd socket = preface.take_socket();
    drop(preface);
    add_client(std::move(socket), SocketKind::tcp, address);
}

void FrontServer::on_preface_failed(ProxyPreface& preface, const char* reason) {
    context_.log.warn("a trusted proxy is let go of",
                      {{"proxy", preface.proxy().text()}, {"reason", reason}});
    drop(preface);
    mind_crowd();
}

void FrontServer::drop(ProxyPreface& preface) {
    const auto found = std::find_if(prefaces_.begin(), prefaces_.end(),
                                    [&](const auto& one) { return one.get() == &preface; });
    prefaces_over_.push_back(std::move(*found));
    prefaces_.erase(found);
    bury_soon();
}

void FrontServer::on_accept_failed(const Error& error) {
    if (const auto times = context_.accepts_failed.once_more(uv_now(context_.loop.raw())))
        context_.log.warn("accepting rests", {{"reason", error.message}, {"times", *times}});
    context_.upstreams.ran_out();
    if (!full_) ++context_.ledger.accept_pauses;  // else it counts as that, once
}

// For a client, or for the worker of one who is in.
void FrontServer::descriptors_ran_out() {
    ran_out_ = true;
    if (!crowd_look_.active()) crowd_look_.start_once(kCrowdLook);
    mind_crowd();
}

void FrontServer::add_client(UniqueFd socket, SocketKind kind, const IpAddress& address) {
    ClientPeer peer{address, address.text(), context_.trusted_proxies.contains(address)};
    if (over_address_limit(peer)) {
        ++context_.ledger.accepted;
        ++context_.ledger.refused[too_many_connections().code];
        const std::string answer = answer_text(too_many_connections(), false, true);
        // Best effort: a new socket takes these bytes, or the client is gone.
        (void)::send(socket.get(), answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        ::shutdown(socket.get(), SHUT_WR);
        return mind_crowd();
    }
    auto client =
        std::make_unique<ClientConnection>(context_, std::move(socket), kind, std::move(peer),
                                           static_cast<ClientConnectionOwner&>(*this));
    client->slot = clients_.size();
    clients_.push_back(std::move(client));
    mind_crowd();
}

void FrontServer::mind_crowd() {
    context_.upstreams.set_clients(clients_.size());
    const bool full = clients_.size() + prefaces_.size() >= context_.upstreams.most_clients();
    if (full && !full_) tell_full();
    full_ = full;
    for (const auto& listener : listeners_) {
        if (full) {
            listener->pause();
        } else if (!listener->resting()) {
            listener->resume();
        }
    }
}

void FrontServer::tell_full() {
    if (!crowd_look_.active()) crowd_look_.start_once(kCrowdLook);
    ++context_.ledger.accept_pauses;
    if (const auto times = context_.full.once_more(uv_now(context_.loop.raw())))
        context_.log.warn("no client more is accepted until one is gone: descriptors run out",
                          {{"clients", std::uint64_t{clients_.size()}}, {"times", *times}});
}

// Connections of a proxy are its own to end: it may be about to send a request that it cannot
// repeat.
void FrontServer::make_places() {
    context_.crowded = false;
    if (context_.draining) return;
    mind_crowd();  // there may be more descriptors again
    const bool ran_out = std::exchange(ran_out_, false);
    if (!ran_out && !full_) return;
    crowd_look_.start_once(kCrowdLook);
    std::size_t most = ran_out ? 1 : 0;
    for (const auto& listener : listeners_) most += listener->waiting();
    if (most == 0) return;
    context_.crowded = true;
    most = std::clamp(most, clients_.size() / kLeastPart + 1, clients_.size() / kMostPart + 1);
    for_each_client([&most](ClientConnection& client) {
        if (most == 0 || client.peer().trusted || !client.settled()) return;
        --most;
        client.give_up_place();
    });
    for (ClientConnection* const client : slowest_heads(most)) client->give_up_place();
}

// They stay where they are, dead or alive, until the next turn.
std::vector<ClientConnection*> FrontServer::slowest_heads(std::size_t most) {
    const auto enough = static_cast<std::uint64_t>(context_.limits.crowded_head.count());
    std::vector<ClientConnection*> heads;
    for (const auto& client : clients_)
        if (!client->peer().trusted && client->is_at_head() &&
            client->head_since() + enough <= uv_now(context_.loop.raw()))
            heads.push_back(client.get());
    std::sort(heads.begin(), heads.end(),
              [](const auto* a, const auto* b) { return a->head_since() < b->head_since(); });
    heads.resize(std::min(heads.size(), most));
    return heads;
}

void FrontServer::bury_soon() {
    if (!burial_.active()) burial_.start_once(std::chrono::milliseconds(0));
}

// All clients of a proxy come from one address.
bool FrontServer::over_address_limit(const ClientPeer& peer) {
    if (peer.trusted) return false;
    int& count = per_address_[peer.address.bytes()];
    if (count >= context_.limits.connections_per_address) return true;
    ++count;
    return false;
}

void FrontServer::on_client_closed(ClientConnection& connection) {
    if (!connection.peer().trusted) {
        const auto count = per_address_.find(connection.peer().address.bytes());
        if (--count->second == 0) per_address_.erase(count);
    }
    const std::size_t slot = connection.slot;
    closed_.push_back(std::move(clients_[slot]));
    if (slot + 1 < clients_.size()) {
        clients_[slot] = std::move(clients_.back());
        clients_[slot]->slot = slot;
    }
    clients_.pop_back();
    mind_crowd();
    bury_soon();
}

std::unique_ptr<Workplace> FrontServer::lend_workplace() {
    if (spare_workplaces_.empty()) return std::make_unique<Workplace>(context_);
    std::unique_ptr<Workplace> last = std::move(spare_workplaces_.back());
    spare_workplaces_.pop_back();
    return last;
}

// Its exchange may still be on the stack: what is too much goes on the next turn.
void FrontServer::take_back(std::unique_ptr<Workplace> workplace) {
    spare_workplaces_.push_back(std::move(workplace));
    if (spare_workplaces_.size() > kSpareWorkplaces && !burial_.active())
        burial_.start_once(std::chrono::milliseconds(0));
}

void FrontServer::bury() {
    closed_.clear();
    prefaces_over_.clear();
    if (spare_workplaces_.size() > kSpareWorkplaces) spare_workplaces_.resize(kSpareWorkplaces);
    if (context_.draining && is_empty()) leave();
}

void FrontServer::replace_routes(const std::vector<contracts::Route>& routes) {
    context_.routes.replace(routes, context_.traffic);
    for_each_client([](ClientConnection& client) { client.on_routes_changed(); });
}

void FrontServer::drain(Drain how) {
    if (context_.hurried || (context_.draining && how == Drain::patient)) return;
    const bool begins = !context_.draining;
    context_.draining = true;
    context_.hurried = how == Drain::prompt;
    listeners_.clear();
    if (context_.hurried) for_each_client([](ClientConnection& client) { client.on_hurried(); });
    if (is_empty()) return leave();
    if (begins) drain_idle_over_.start_once(context_.limits.drain_idle);
    drain_over_.start_once(context_.limits.drain_whole + (context_.hurried
                                                              ? FrontLimits::Duration{0}
                                                              : context_.limits.keep_alive_idle));
}

void FrontServer::end_event_streams() {
    for_each_client([](ClientConnection& client) { client.end_event_stream(); });
}

contracts::Ledger FrontServer::ledger() const {
    contracts::Ledger ledger = context_.ledger;
    ledger.open = static_cast<std::uint64_t>(
        std::count_if(clients_.begin(), clients_.end(),
                      [](const auto& client) { return client->has_open_request(); }));
    return ledger;
}

void FrontServer::leave() {
    if (left_) return;
    left_ = true;
    on_drained_();
}

}  // namespace posta::supervisor
