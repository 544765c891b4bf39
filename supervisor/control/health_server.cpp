#include "supervisor/control/health_server.h"

namespace posta::supervisor {

using std::chrono_literals::operator""s;

namespace {

constexpr auto kWholeConnectionAtMost = 5s;
constexpr std::size_t kMostDropped = 16 * 1024;

}  // namespace

class HealthServer::Connection final : private StreamEvents {
public:
    Connection(HealthServer& server, UniqueFd socket)
        : server_(server),
          deadline_(server.loop_, [this] { server_.remove(this); }),
          stream_(server.loop_, std::move(socket), SocketKind::tcp, *this) {
        deadline_.start_once(kWholeConnectionAtMost);
        stream_.start_reading();
    }

private:
    void on_bytes(std::string_view bytes) override {
        if (answered_) {
            dropped_ += bytes.size();
            if (dropped_ > kMostDropped) server_.remove(this);
            return;
        }
        head_ += bytes.substr(0, kMaxHealthHeadBytes + 1);
        if (!is_whole_head(head_)) return;
        // The peer closes, or the deadline does: closing at once could cut the answer by a reset.
        answered_ = true;
        stream_.write(health_answer(head_, server_.source_));
        stream_.shut_write();
    }
    void on_end() override { server_.remove(this); }
    void on_broken(int) override { server_.remove(this); }
    void on_drained() override {}

    HealthServer& server_;
    std::string head_;
    bool answered_ = false;
    std::size_t dropped_ = 0;
    Timer deadline_;
    Stream stream_;
};

HealthServer::HealthServer(EventLoop& loop, UniqueFd socket, Log& log, HealthSource source)
    : loop_(loop),
      log_(log),
      source_(std::move(source)),
      listener_(loop, std::move(socket), *this) {}

HealthServer::~HealthServer() = default;

void HealthServer::on_connection(UniqueFd connection, const sockaddr_storage&) {
    auto opened = std::make_unique<Connection>(*this, std::move(connection));
    connections_.emplace(opened.get(), std::move(opened));
    if (connections_.size() >= kMostConnections) listener_.pause();
}

void HealthServer::on_accept_failed(const Error& error) {
    log_.warn("admin socket", {{"reason", error.message}});
}

void HealthServer::remove(const Connection* connection) {
    connections_.erase(connection);
    if (connections_.size() < kMostConnections) listener_.resume();
}

}  // namespace posta::supervisor
