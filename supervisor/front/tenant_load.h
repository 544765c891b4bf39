#pragma once
// What one tenant takes of the front: places for clients, and requests a second.
//
// All tenants share the front's descriptors, so no crowd before one of them may use them up. A
// connection counts for the tenant of its latest request. A tenant gets another one as long as it
// has no more than there are free places: one flooded tenant ends at half of all, two at a third
// each, and there is always room for the next one. What the manifest gives as a limit comes on top.
//
// Time comes in as an argument.

#include <cstddef>
#include <cstdint>
#include <memory>

#include "supervisor/front/turns.h"

namespace posta::supervisor {

class TenantLoad {
public:
    struct Limits {
        std::size_t connections = 0;  // 0: only the share
        int requests_per_second = 0;  // 0: no limit
        std::size_t worker_connections = 1024;
    };
    void set_limits(Limits limits) { limits_ = limits; }

    // Whether one more connection may take a place; `free_places`: that nobody has.
    bool has_room(std::size_t free_places) const;
    std::size_t connections() const { return connections_; }

    // Counts a request; false: it is one too many. As many as are granted in a second may come at
    // once. `now_ms` never goes back.
    bool take_request(std::uint64_t now_ms);

    // Connections to its worker. One that idles is let go of when they are many: the worker takes
    // so many at once and no more, and whoever asks next would wait until a client has been idle
    // long enough. One that failed is not tried again by each of those who wait for it.
    void worker_opened() { ++worker_connections_; }
    void worker_closed() { --worker_connections_; }
    bool keeps_idle() const { return !crowded(); }
    bool crowded() const { return worker_connections_ > limits_.worker_connections / 2; }
    bool may_dial(std::uint64_t now_ms) const {
        return worker_connections_ < limits_.worker_connections && now_ms >= dial_rests_until_;
    }
    void dial_failed(std::uint64_t rests_until_ms) { dial_rests_until_ = rests_until_ms; }

    TurnQueue turns;               // of requests that begin
    TurnQueue flow{.of = &turns};  // of parts of bodies, either way

private:
    friend class TenantPlace;

    Limits limits_;
    std::size_t connections_ = 0;
    std::size_t worker_connections_ = 0;
    std::uint64_t dial_rests_until_ = 0;
    std::int64_t missing_ = 0;  // thousandths of requests that have been taken and not grown again
    std::uint64_t counted_at_ = 0;
};

// One connection's place with a tenant; given back with its end.
class TenantPlace {
public:
    TenantPlace() = default;
    explicit TenantPlace(const std::shared_ptr<TenantLoad>& load) : load_(load.get(), Leave{load}) {
        ++load->connections_;
    }

    bool is_with(const std::shared_ptr<TenantLoad>& load) const {
        return load_.get() == load.get();
    }
    // Null: nobody's.
    const std::shared_ptr<TenantLoad>& load() const { return load_.get_deleter().load; }

private:
    struct Leave {
        std::shared_ptr<TenantLoad> load;  // its tenant may be gone before the connection is
        void operator()(TenantLoad* left) const noexcept { --left->connections_; }
    };
    std::unique_ptr<TenantLoad, Leave> load_;
};

}  // namespace posta::supervisor
