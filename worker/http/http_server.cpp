#include "worker/http/http_server.h"

namespace posta::worker {

HttpServer::HttpServer(EventLoop& loop, UniqueFd listening_socket, Service& service,
                       const Clock& clock, Log& log, MemoryBudget& memory, Limits limits)
    : log_(log),
      loop_(loop),
      limits_(limits),
      date_(clock),
      shared_{loop, service, date_, *this, limits_, memory},
      listener_(std::in_place, loop, std::move(listening_socket),
                static_cast<ListenerEvents&>(*this)) {}

void HttpServer::on_connection(UniqueFd connection, const sockaddr_storage&) {
    auto opened = std::make_unique<Connection>(shared_, std::move(connection));
    connections_.emplace(opened.get(), std::move(opened));
    mind_crowd();
}

void HttpServer::on_accept_failed(const Error& error) {
    if (const auto times = accept_failed_.once_more(uv_now(loop_.raw())))
        log_.warn("accepting rests", {{"error", error.message}, {"times", *times}});
}

void HttpServer::on_request_left_alone(std::string_view method) {
    log_.warn("a request is not run: its sender has given it up", {{"method", method}});
}

void HttpServer::on_connection_over(Connection& connection) {
    connections_.erase(&connection);
    mind_crowd();
    if (connections_.empty() && on_all_gone_) on_all_gone_();
}

void HttpServer::mind_crowd() {
    if (!listener_) return;
    if (connections_.size() - shared_.streaming < limits_.max_connections)
        return listener_->resume();
    if (listener_->paused()) return;
    listener_->pause();
    if (const auto times = full_.once_more(uv_now(loop_.raw())))
        log_.warn("no more connections are accepted until one is over",
                  {{"connections", std::uint64_t{connections_.size()}}, {"times", *times}});
}

void HttpServer::drain(std::function<void()> on_all_gone) {
    listener_.reset();
    shared_.draining = true;
    for (const auto& connection : connections_) connection.second->end_stream();
    on_all_gone_ = std::move(on_all_gone);
    if (connections_.empty()) on_all_gone_();
}

}  // namespace posta::worker
