#pragma once
// What the front allows; architecture.md gives the reasons. All in one place, passed in.

#include <chrono>
#include <cstddef>

#include "common/http/head.h"

namespace posta::supervisor {

struct FrontLimits {
    using Duration = std::chrono::milliseconds;

    Duration preface{5'000};       // from accept to the end of a PROXY header
    Duration head{10'000};         // from a head's first byte to its last
    Duration crowded_head{2'000};  // the same, while others wait for a place
    Duration body_idle{30'000};    // a body, either way, that does not move on the client's side
    // While its tenant's places with its worker run short, so much of a body has to come in so
    // long.
    Duration body_step{5'000};
    std::size_t body_step_bytes = 1024;
    Duration keep_alive_idle{150'000};  // longer than Caddy's 120 s: it must be the one to close
    Duration hold{10'000};              // for a worker that is away, then 503
    Duration dial_again{50};            // while a request is held because a dial failed
    Duration answer{120'000};           // from the whole request to the first byte of an answer
    Duration answer_idle{120'000};      // a silent answer; event streams comment every 15 s
    Duration tunnel_idle{600'000};      // after an upgrade
    // An idle client keeps its connections to workers, and its buffers, for this long.
    Duration settle{5'000};
    // A busy client keeps one that it does not use for this long; workers wait for longer.
    Duration upstream_idle{60'000};
    // After this it is looked whether the worker has left, before it gets a request. A worker that
    // drains waits 9 s for the front to let go.
    Duration trust_idle{1'000};
    Duration linger{2'000};  // after a refusal: how long what still comes is read and thrown away
    Duration crowded_linger{500};  // the same, while others wait for a place
    std::size_t linger_bytes = 1024 * 1024;

    Duration drain_idle{1'000};   // at the server's end: how long an idle connection may still ask
    Duration drain_whole{9'000};  // and what is not done by then is cut. For one that is replaced:
                                  // after keep_alive_idle (front_server.h)

    http::HeadLimits head_size{};           // of a request
    std::size_t high_water = 256 * 1024;    // bytes queued for one side before the other must wait
    std::size_t held_back = 64 * 1024;      // bytes of further requests kept while one is answered
    std::size_t descriptors = 512;          // for clients and for workers, together
    std::size_t upstreams_per_client = 64;  // idle: one a tenant
    int connections_per_address = 1024;
    std::size_t steps_a_turn = 8;  // of one tenant (turns.h)
    int resends = 2;               // of a bodiless GET or HEAD whose worker died without a word
    int interims = 16;             // 1xx answers before the real one
};

}  // namespace posta::supervisor
