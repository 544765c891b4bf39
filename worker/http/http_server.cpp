#include "worker/http/http_server.h"

namespace posta::worker {

HttpServer::HttpServer(EventLoop& loop, UniqueFd listening_socket, Service& service,
                       const Clock& clock, Log& log, Limits limits)
    : log_(log),
      limits_(limits),
      date_(clock),
      shared_{loop, service, date_, *this, limits_},
      listener_(std::in_place, loop, std::move(listening_socket),
                static_cast<ListenerEvents&>(*this)) {}

void HttpServer::on_connection(UniqueFd connection, const sockaddr_storage&) {
    auto opened = std::make_unique<Connection>(shared_, std::move(connection));
    connections_.emplace(opened.get(), std::move(opened));
    if (connections_.size() >= limits_.max_connections) listener_->pause();
}

void HttpServer::on_accept_failed(const Error& error) {
    log_.warn("accepting rests", {{"error", error.message}});
}

void HttpServer::on_request_left_alone(std::string_view method) {
    log_.warn("a request is not run: its sender has given it up", {{"method", method}});
}

void HttpServer::on_connection_over(Connection& connection) {
    connections_.erase(&connection);
    if (listener_ && connections_.size() < limits_.max_connections) listener_->resume();
    if (connections_.empty() && on_all_gone_) on_all_gone_();
}

void HttpServer::drain(std::function<void()> on_all_gone) {
    listener_.reset();
    shared_.draining = true;
    on_all_gone_ = std::move(on_all_gone);
    if (connections_.empty()) on_all_gone_();
}

}  // namespace posta::worker
