#include "supervisor/front/upstream_pool.h"

namespace posta::supervisor {

namespace {

constexpr std::size_t kFewestDescriptors = 2;  // a client and its worker
constexpr std::chrono::seconds kDistrust{2};

}  // namespace

UpstreamPool::UpstreamPool(EventLoop& loop, const FrontLimits& limits)
    : loop_(loop),
      limits_(limits),
      sweep_timer_(loop, [this] { sweep(); }),
      trust_again_(loop, [this] { seen_ = SIZE_MAX; }) {}

void UpstreamPool::set_clients(std::size_t count) {
    clients_ = count;
    while (oldest_ != nullptr && clients_ + open_ > descriptors()) oldest_->hang_up();
}

void UpstreamPool::make_room() {
    while (oldest_ != nullptr && clients_ + open_ >= descriptors()) oldest_->hang_up();
}

void UpstreamPool::ran_out() {
    seen_ = std::max(clients_ + open_, kFewestDescriptors);
    trust_again_.start_once(kDistrust);
    make_room();
    on_ran_out_();
}

void UpstreamPool::closed(PooledConnection& connection) {
    unpark(connection);
    --open_;
}

void UpstreamPool::park(PooledConnection& connection) {
    if (connection.parked_) return;
    connection.parked_ = true;
    connection.idle_since_ = uv_now(loop_.raw());
    connection.older_ = newest_;
    connection.newer_ = nullptr;
    (newest_ == nullptr ? oldest_ : newest_->newer_) = &connection;
    newest_ = &connection;
    if (!sweep_timer_.active()) sweep_timer_.start_once(limits_.upstream_idle);
}

void UpstreamPool::unpark(PooledConnection& connection) {
    if (!connection.parked_) return;
    connection.parked_ = false;
    (connection.older_ == nullptr ? oldest_ : connection.older_->newer_) = connection.newer_;
    (connection.newer_ == nullptr ? newest_ : connection.newer_->older_) = connection.older_;
}

bool UpstreamPool::long_idle(const PooledConnection& connection) const {
    return connection.parked_ &&
           connection.idle_since_ + static_cast<std::uint64_t>(limits_.trust_idle.count()) <=
               uv_now(loop_.raw());
}

// The timer catches up when it fires, so that parking does not touch it.
void UpstreamPool::sweep() {
    const std::uint64_t now = uv_now(loop_.raw());
    const auto idle = static_cast<std::uint64_t>(limits_.upstream_idle.count());
    while (oldest_ != nullptr && oldest_->idle_since_ + idle <= now) oldest_->hang_up();
    if (oldest_ == nullptr) return;
    sweep_timer_.start_once(FrontLimits::Duration(oldest_->idle_since_ + idle - now));
}

}  // namespace posta::supervisor
