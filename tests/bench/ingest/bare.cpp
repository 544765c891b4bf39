// The floor of the ingest bench: what verification and durable insertion cost with nothing around
// them. As many messages are under way as there are connections in the load that it is compared
// with; each is verified on libuv's pool and inserted on the loop, and one commit ends each turn.
//
//   bench-ingest-bare receive|send DATABASE ORIGIN RECIPIENT SENDERS IDS FIRST MOST UNDER_WAY TIME
//   bench-ingest-bare answer (the same, for TIME:) SOCKET
//
// TIME is in seconds. `send` is the floor of the client API: no signature, the hash of a token and
// of the body instead. `answer` is `receive` for UNDER_WAY clients at SOCKET: a message is taken up
// when a request has come, which is not looked at, and the request is answered when the message is
// committed. Prints one JSON object: messages, seconds, CPU microseconds; before it `answer` prints
// "listening", when clients may come.

#include <sys/resource.h>
#include <uv.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "common/base/random_id.h"
#include "common/base/rfc3339.h"
#include "tests/bench/ingest/clients.h"
#include "tests/bench/ingest/rows.h"

namespace {

using posta::bench::SignedMessage;
using Steady = std::chrono::steady_clock;

struct Job {
    uv_work_t request{};
    const SignedMessage* message = nullptr;
    const posta::bench::Sender* sender = nullptr;
    bool valid = false;
};

class Bare {
public:
    Bare(posta::bench::Rows& rows, const std::vector<posta::bench::Sender>& senders,
         const std::vector<SignedMessage>& messages, bool sends)
        : rows_(rows), senders_(senders), messages_(messages), sends_(sends) {
        uv_loop_init(&loop_);
        uv_check_init(&loop_, &end_of_turn_);
        uv_idle_init(&loop_, &turn_again_);
        end_of_turn_.data = turn_again_.data = this;
        uv_check_start(&end_of_turn_, [](uv_check_t* check) noexcept {
            static_cast<Bare*>(check->data)->finish_turn();
        });
    }

    std::size_t run(std::size_t under_way, std::chrono::milliseconds time) {
        until_ = Steady::now() + time;
        jobs_.resize(under_way);
        for (Job& job : jobs_) ready_.push_back(&job);
        refill();
        uv_run(&loop_, UV_RUN_DEFAULT);
        return done_;
    }

    // Until the last of the clients has left.
    std::size_t answer(std::size_t clients, const std::string& socket_path) {
        jobs_.resize(clients);
        clients_.emplace(&loop_, socket_path, clients, [this](std::size_t client) {
            CHECK(next_ < messages_.size());
            begin(jobs_[client]);
        });
        uv_unref(reinterpret_cast<uv_handle_t*>(&end_of_turn_));
        uv_run(&loop_, UV_RUN_DEFAULT);
        return done_;
    }

private:
    void begin(Job& job) {
        job.message = &messages_[next_++];
        job.sender = &senders_[job.message->sender];
        job.request.data = &job;
        running_ += 1;
        if (sends_) {
            insert(job);
        } else {
            verify(job);
        }
    }

    void refill() {
        std::vector<Job*> ready;
        ready.swap(ready_);
        for (Job* job : ready) {
            if (next_ == messages_.size() || Steady::now() > until_) continue;
            begin(*job);
        }
        if (sends_ && !ready_.empty()) {
            uv_idle_start(&turn_again_, [](uv_idle_t*) noexcept {});
        } else {
            uv_idle_stop(&turn_again_);
        }
        if (running_ > 0) return;
        uv_close(reinterpret_cast<uv_handle_t*>(&end_of_turn_), nullptr);
        uv_close(reinterpret_cast<uv_handle_t*>(&turn_again_), nullptr);
    }

    void verify(Job& job) {
        job.request.loop = &loop_;
        owner_ = this;
        uv_queue_work(
            &loop_, &job.request,
            [](uv_work_t* request) noexcept {
                Job& verified = *static_cast<Job*>(request->data);
                const std::string& body = verified.message->envelope;
                verified.valid = crypto_sign_verify_detached(
                                     verified.message->signature.data(),
                                     reinterpret_cast<const unsigned char*>(body.data()),
                                     body.size(), verified.sender->public_key.data()) == 0;
            },
            [](uv_work_t* request, int) noexcept {
                owner_->insert(*static_cast<Job*>(request->data));
            });
    }

    void insert(Job& job) {
        if (!open_) rows_.execute("BEGIN IMMEDIATE");
        open_ = true;
        const std::string now = posta::format_time(posta::SystemClock().now());
        if (sends_) {
            hash(job.message->text.payload);
            hash(job.message->sent_at);
            rows_.queue(*job.message, job.sender->url, now);
        } else {
            CHECK(job.valid);
            rows_.add(*job.message, job.sender->url, now);
        }
        ready_.push_back(&job);
    }

    static void hash(const std::string& text) {
        std::array<unsigned char, crypto_hash_sha256_BYTES> digest;
        crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(text.data()),
                           text.size());
    }

    void finish_turn() {
        if (!open_) return;
        open_ = false;
        rows_.execute("COMMIT");
        done_ += ready_.size();
        running_ -= ready_.size();
        if (clients_) {
            for (const Job* job : ready_)
                clients_->answer(static_cast<std::size_t>(job - jobs_.data()));
            ready_.clear();
        } else {
            refill();
        }
    }

    static inline Bare* owner_ = nullptr;
    posta::bench::Rows& rows_;
    const std::vector<posta::bench::Sender>& senders_;
    const std::vector<SignedMessage>& messages_;
    const bool sends_;
    uv_loop_t loop_{};
    uv_check_t end_of_turn_{};
    uv_idle_t turn_again_{};
    std::optional<posta::bench::Clients> clients_;
    std::vector<Job> jobs_;
    std::vector<Job*> ready_;
    std::size_t next_ = 0;
    std::size_t running_ = 0;
    std::size_t done_ = 0;
    bool open_ = false;
    Steady::time_point until_;
};

// So that pages are in memory and statements prepared, as they are in a worker that runs.
void warm_up(posta::bench::Rows& rows, const std::vector<posta::bench::Sender>& senders,
             const std::vector<SignedMessage>& messages) {
    rows.execute("BEGIN");
    for (const SignedMessage& message : messages)
        rows.add(message, senders[message.sender].url, message.sent_at);
    rows.execute("COMMIT");
}

double cpu_microseconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto of = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
    };
    return of(usage.ru_utime) + of(usage.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 11) {
        std::fputs(
            "usage: bench-ingest-bare receive|send DATABASE ORIGIN RECIPIENT SENDERS IDS FIRST"
            " MOST UNDER_WAY TIME\n"
            "       bench-ingest-bare answer (the same, for TIME:) SOCKET\n",
            stderr);
        return 2;
    }
    posta::start_crypto();
    const auto number = [argv](int at) { return std::strtoull(argv[at], nullptr, 10); };
    const auto senders = posta::bench::make_senders(std::atoi(argv[5]), argv[3]);
    const auto ids = posta::bench::ids_named(argv[6]);
    const auto make = [&](std::uint64_t first, std::size_t count) {
        return posta::bench::make_messages(senders, ids, first, count, argv[4],
                                           posta::SystemClock().now());
    };
    posta::bench::Rows rows(argv[2]);
    warm_up(rows, senders, make(number(7) + number(8), 2 * senders.size()));
    const auto messages = make(number(7), number(8));
    Bare bare(rows, senders, messages, std::string(argv[1]) == "send");
    const double cpu = cpu_microseconds();
    const auto began = Steady::now();
    const std::size_t done =
        std::string(argv[1]) == "answer"
            ? bare.answer(number(9), argv[10])
            : bare.run(number(9),
                       std::chrono::milliseconds(static_cast<long>(std::atof(argv[10]) * 1000)));
    const std::chrono::duration<double> took = Steady::now() - began;
    std::printf("{\"messages\": %zu, \"seconds\": %.3f, \"cpu_us\": %.0f}\n", done, took.count(),
                cpu_microseconds() - cpu);
}
