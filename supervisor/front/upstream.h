#pragma once
// A connection to one tenant's worker. It belongs to one client connection: what a worker sends on
// it can reach that client only, and only as the answer to a request for that tenant.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/loop/stream.h"
#include "supervisor/front/route_table.h"
#include "supervisor/front/upstream_pool.h"

namespace posta::supervisor {

class UpstreamEvents {
public:
    virtual void on_answer_bytes(std::string_view bytes) = 0;
    // The worker closed, orderly or not. After a failed write something that it sent before may
    // still be unread: Upstream::take_unread().
    virtual void on_worker_left() = 0;
    // Everything that was queued for the worker is out.
    virtual void on_request_drained() = 0;
    // Asked before bytes of an answer are read. Who says no starts the reading again later.
    virtual bool may_read_answer() { return true; }

protected:
    ~UpstreamEvents() = default;
};

class Upstream final : public PooledConnection, private StreamEvents {
public:
    // `unavailable`: the worker's backlog is full, or nobody listens yet.
    static Result<std::unique_ptr<Upstream>> dial(EventLoop& loop, UpstreamPool& pool,
                                                  const Tenant& tenant);
    ~Upstream() override;

    // Idle until it is given a request; then `events` hears about it.
    void assign(UpstreamEvents& events);
    void release();
    // Its answer is an event stream: the worker counts those apart from its other connections.
    void carry_stream();
    bool idle() const { return events_ == nullptr; }

    // False once an idle one is closed: by the worker, by something that it sent unasked, by the
    // pool.
    bool alive() const { return stream_.has_value(); }
    // For an idle one. When this process has not run for long (stopped, starved, the machine
    // asleep), the worker may have left meanwhile, and the news of it still waits behind the
    // request that would be given to it. Who was idle for a moment only need not be asked.
    bool has_ended_unseen() const;
    void hang_up() override;
    const std::string& slug() const { return slug_; }
    std::uint64_t epoch() const { return epoch_; }

    Stream& stream() { return *stream_; }
    // What has come but has not been delivered; for a worker that answers early (413) and closes,
    // which makes our write fail before its answer has been read.
    std::string take_unread();

private:
    Upstream(EventLoop& loop, UpstreamPool& pool, UniqueFd socket, const Tenant& tenant);
    void on_bytes(std::string_view bytes) override;
    void on_end() override;
    void on_broken(int uv_error) override;
    void on_drained() override;
    bool may_read() override { return idle() || events_->may_read_answer(); }

    UpstreamPool& pool_;
    std::shared_ptr<TenantLoad> load_;
    std::string slug_;
    std::uint64_t epoch_;
    UpstreamEvents* events_ = nullptr;
    std::optional<Stream> stream_;
    bool streams_ = false;
    bool broken_ = false;
};

}  // namespace posta::supervisor
