#include "tests/fuzz/front_stage.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>

#include "common/base/unix_socket.h"

namespace posta::fuzz {

namespace {

using supervisor::AddressSet;
using supervisor::IpAddress;

constexpr int kMostTurns = 64;
constexpr int kBacklog = 1;  // it can be full

AddressSet trusted_set(bool trusted) {
    return trusted ? *AddressSet::from({"192.0.2.0/24"}) : AddressSet();
}

UniqueFd listen_at(const std::string& path) {
    auto listener = listen_unix(path, 0600, kBacklog);
    CHECK(listener.has_value());
    CHECK(::fcntl(listener->get(), F_SETFL, O_NONBLOCK) == 0);
    return *std::move(listener);
}

}  // namespace

FrontWorld::FrontWorld()
    : nowhere_(::open("/dev/null", O_WRONLY | O_CLOEXEC)),
      log_(clock_, "front", LogLevel::error, LogFormat::json, nowhere_.get()) {
    std::signal(SIGPIPE, SIG_IGN);  // as main() does
    for (std::size_t tenant = 0; tenant < kTenants; ++tenant) {
        paths_[tenant] = folder_ / (tenant == 0 ? "a.sock" : "b.sock");
        listeners_[tenant] = listen_at(paths_[tenant]);
    }
}

void FrontWorld::expect_idle() {
    loop_.run_ready();
    CHECK(uv_loop_alive(loop_.raw()) == 0);
}

int FrontWorld::lowest_free_descriptor() const {
    return UniqueFd(::fcntl(nowhere_.get(), F_DUPFD_CLOEXEC, 0)).get();
}

FrontStage::FrontStage(FrontWorld& world, const supervisor::FrontLimits& limits, bool trusted)
    : world_(world),
      context_{world.loop(), world.log(), limits, trusted_set(trusted), {}, false},
      server_(std::make_unique<supervisor::FrontServer>(context_, [this] { left_ = true; })) {
    uv_update_time(world.loop().raw());
    replace_routes({State::ready, State::ready});
}

FrontStage::~FrontStage() {
    server_.reset();
    accept_workers();  // what was dialled and never accepted
}

void FrontStage::add_client(bool small_buffer) {
    auto ends = socket_pair();
    CHECK(ends.has_value());
    if (small_buffer) {
        constexpr int kSmall = 4608;
        ::setsockopt(ends->first.get(), SOL_SOCKET, SO_SNDBUF, &kSmall, sizeof kSmall);
    }
    const std::size_t number = clients_.size();
    server_->add_client(std::move(ends->first), SocketKind::unix_domain,
                        *IpAddress::from_text("192.0.2." + std::to_string(number + 1)));
    clients_.push_back(std::make_unique<FrontClient>(
        std::move(ends->second),
        [this, number](char mark, int tenant) { return may_receive(number, mark, tenant); }));
}

bool FrontStage::may_receive(std::size_t client, char mark, int tenant) const {
    // More connections than marks: any of those that have it.
    for (const auto& worker : workers_)
        if (worker->mark() == mark && worker->tenant() == tenant &&
            (worker->owner() == -1 || worker->owner() == static_cast<int>(client)))
            return true;
    return false;
}

void FrontStage::replace_routes(std::array<State, kTenants> states, bool limited) {
    const int limit = limited ? 1 : 0;
    server_->replace_routes({{"a", world_.path(0), {"a.test"}, states[0], limit, limit},
                             {"b", world_.path(1), {"b.test"}, states[1], limit, limit}});
}

void FrontStage::drain() { server_->drain(supervisor::FrontServer::Drain::prompt); }

FrontClient* FrontStage::client(std::size_t number) {
    if (clients_.empty()) return nullptr;
    return clients_[number % clients_.size()].get();
}

FrontWorker* FrontStage::worker(std::size_t number) {
    std::size_t open = 0;
    for (const auto& worker : workers_) open += worker->open() ? 1 : 0;
    if (open == 0) return nullptr;
    number %= open;
    for (const auto& worker : workers_)
        if (worker->open() && number-- == 0) return worker.get();
    return nullptr;
}

void FrontStage::settle() {
    for (int turn = 0; turn < kMostTurns; ++turn) {
        world_.loop().run_ready();
        if (!move_bytes()) return expect_settled();
    }
}

// A client that the front is done with has no connections to workers any more.
void FrontStage::expect_settled() const {
    for (const auto& worker : workers_) {
        worker->settle();
        if (left_ || worker->owner() < 0 || !worker->wants_to_read()) continue;
        const FrontClient& client = *clients_[static_cast<std::size_t>(worker->owner())];
        CHECK(!client.open() || !client.ended() || client.in_tunnel());
    }
}

// One question to the kernel for all ends.
bool FrontStage::move_bytes() {
    std::vector<pollfd> ends;
    for (std::size_t tenant = 0; tenant < kTenants; ++tenant)
        ends.push_back({accepting_ ? world_.listener(tenant) : -1, POLLIN, 0});
    for (const auto& client : clients_)
        ends.push_back({client->wants_to_read() ? client->fd() : -1, POLLIN, 0});
    for (const auto& worker : workers_)
        ends.push_back({worker->wants_to_read() ? worker->fd() : -1, POLLIN, 0});
    const std::size_t known_workers = workers_.size();
    if (::poll(ends.data(), ends.size(), 0) <= 0) return false;

    if (ends[0].revents != 0 || ends[1].revents != 0) accept_workers();
    // Requests before answers: who a connection belongs to is known by the time its bytes count.
    for (std::size_t at = 0; at < workers_.size(); ++at) {
        if (at < known_workers && ends[kTenants + clients_.size() + at].revents == 0) continue;
        workers_[at]->read([&](int owner, const Asked& asked) {
            FrontClient& client = *clients_[static_cast<std::size_t>(owner)];
            if (!asked.complete) return client.expect_begun(asked);
            CHECK(client.may_have_asked(asked));
        });
    }
    for (std::size_t at = 0; at < clients_.size(); ++at)
        if (ends[kTenants + at].revents != 0) clients_[at]->read();
    return true;
}

void FrontStage::accept_workers() {
    for (std::size_t tenant = 0; tenant < kTenants; ++tenant) {
        for (;;) {
            UniqueFd socket(
                ::accept4(world_.listener(tenant), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
            if (!socket) break;
            workers_.push_back(std::make_unique<FrontWorker>(
                std::move(socket), static_cast<int>(tenant), static_cast<int>(workers_.size())));
        }
    }
}

void FrontStage::expect_end_by_silence() {
    for (const auto& worker : workers_) worker->set_reading(true);
    accepting_ = true;
    // A client need not read for the front to be done with it, unless an event stream waits for it.
    const bool endless = std::any_of(workers_.begin(), workers_.end(),
                                     [](const auto& worker) { return worker->streamed(); });
    if (!endless) pass_deadlines();
    if (!endless) expect_nothing_open();
    for (const auto& client : clients_) client->set_reading(true);
    pass_deadlines();
    expect_nothing_open();
    for (const auto& client : clients_) CHECK(left_ || client->ended() || !client->open());
}

void FrontStage::expect_end_by_leaving() {
    for (const auto& client : clients_) client->close();
    accepting_ = true;
    pass_deadlines();
    expect_nothing_open();
}

// Each step is longer than the longest deadline. A client may meet a few of them one after the
// other, and one more for each request that nobody answers; those behind a request to upgrade are
// known only once that has its answer.
void FrontStage::pass_deadlines() {
    settle();
    const auto most_steps = [this] {
        std::size_t most = 8;
        for (const auto& client : clients_) most += client->requests();
        return most;
    };
    for (std::size_t step = 0; step < most_steps() && server_->clients() > 0 && !left_; ++step) {
        advance(std::chrono::minutes(15));
        settle();
    }
}

void FrontStage::expect_nothing_open() {
    if (left_) return;  // the process ends here, and its connections with it
    CHECK(server_->clients() == 0);
    settle();
    CHECK(context_.upstreams.open() == 0);
}

}  // namespace posta::fuzz
