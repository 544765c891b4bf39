#include "tests/bench/ingest/clients.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <cstdio>
#include <string_view>

#include "common/base/check.h"
#include "common/base/unix_socket.h"

namespace posta::bench {

Clients::Clients(uv_loop_t* loop, const std::string& path, std::size_t count,
                 std::function<void(std::size_t)> on_request)
    : on_request_(std::move(on_request)) {
    auto listener = listen_unix(path, 0600, static_cast<int>(count));
    CHECK(listener.has_value());
    std::puts("listening");
    std::fflush(stdout);
    // Waits in accept(): nothing else is to be done before all are here.
    CHECK(::fcntl(listener->get(), F_SETFL, 0) == 0);
    while (clients_.size() < count) {
        auto client = std::make_unique<Client>();
        client->all = this;
        client->number = clients_.size();
        client->socket =
            UniqueFd(::accept4(listener->get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        CHECK(client->socket);
        CHECK(uv_poll_init(loop, &client->poll, client->socket.get()) == 0);
        client->poll.data = client.get();
        CHECK(uv_poll_start(&client->poll, UV_READABLE, [](uv_poll_t* poll, int, int) noexcept {
                  auto& told = *static_cast<Client*>(poll->data);
                  told.all->take_request(told);
              }) == 0);
        clients_.push_back(std::move(client));
    }
}

void Clients::take_request(Client& client) {
    std::array<char, 16384> unread;
    const ssize_t count = ::recv(client.socket.get(), unread.data(), unread.size(), 0);
    CHECK(count >= 0);
    if (count > 0) return on_request_(client.number);
    uv_close(reinterpret_cast<uv_handle_t*>(&client.poll), nullptr);
}

void Clients::answer(std::size_t client) {
    static constexpr std::string_view kAnswer =
        "HTTP/1.1 204 No Content\r\nDate: Sat, 28 Nov 2026 16:32:54 GMT\r\n\r\n";
    CHECK(::send(clients_[client]->socket.get(), kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(kAnswer.size()));
}

}  // namespace posta::bench
