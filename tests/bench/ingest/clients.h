#pragma once
// The clients of the floor with a socket: connections to a Unix socket whose requests are taken as
// they come, unread, and answered with the same bytes each. Any error ends the program.

#include <uv.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/unique_fd.h"

namespace posta::bench {

class Clients {
public:
    // Listens at `path`, prints "listening", and returns when `count` clients have connected. Their
    // requests are told on `loop`, by the client's number; a client has one under way, which comes
    // in one piece.
    Clients(uv_loop_t* loop, const std::string& path, std::size_t count,
            std::function<void(std::size_t)> on_request);
    Clients(const Clients&) = delete;
    Clients& operator=(const Clients&) = delete;

    void answer(std::size_t client);

private:
    struct Client {
        Clients* all = nullptr;
        std::size_t number = 0;
        UniqueFd socket;
        uv_poll_t poll{};
    };
    void take_request(Client& client);

    std::function<void(std::size_t)> on_request_;
    std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace posta::bench
