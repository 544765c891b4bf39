// The floor that the front is measured against: relays bytes between TCP clients and one Unix
// socket and parses nothing. Raw epoll, one thread, one read and one write a message, no allocation
// a byte.
//
//   bench-relay PORT BACKEND_SOCKET [WORKERS]
//
// A client has WORKERS connections to the backend (1), and what it sends goes to the next of them
// each time: as many sockets as the front has, which keeps one a client and tenant. More than 1 is
// for requests that come in one piece, one after the other.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

struct Side {
    int fd = -1;
    std::vector<Side*> others;  // a client's connections to the backend, or the client of one
    std::size_t turn = 0;
    std::string queued;  // for this side's socket, when it was full
    bool wants_write = false;

    Side& next() {
        if (turn == others.size()) turn = 0;
        return *others[turn++];
    }
};

class Relay {
public:
    Relay(int listen_fd, std::string backend, std::size_t workers)
        : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
          listen_fd_(listen_fd),
          backend_(std::move(backend)),
          workers_(workers) {
        watch(listen_fd_, EPOLL_CTL_ADD, EPOLLIN, nullptr);
    }

    [[noreturn]] void run() {
        std::array<epoll_event, 256> events{};
        while (true) {
            const int count =
                ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
            closed_.clear();
            for (int at = 0; at < count; ++at) {
                const epoll_event& event = events[static_cast<std::size_t>(at)];
                auto* side = static_cast<Side*>(event.data.ptr);
                if (side == nullptr) {
                    accept_one();
                    continue;
                }
                if (closed_.contains(side)) continue;
                if ((event.events & EPOLLOUT) != 0) flush(*side);
                if (!closed_.contains(side) && (event.events & (EPOLLIN | EPOLLHUP)) != 0)
                    copy(*side);
            }
        }
    }

private:
    void watch(int fd, int operation, std::uint32_t wanted, Side* side) const {
        epoll_event event{};
        event.events = wanted;
        event.data.ptr = side;
        ::epoll_ctl(epoll_, operation, fd, &event);
    }

    void accept_one() {
        const int client = ::accept4(listen_fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (client < 0) return;
        const int on = 1;
        ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        auto* left = new Side{client, {}, 0, {}, false};
        watch(client, EPOLL_CTL_ADD, EPOLLIN, left);
        while (left->others.size() < workers_) {
            const int upstream = dial();
            if (upstream < 0) return close_all(*left);
            auto* right = new Side{upstream, {left}, 0, {}, false};
            left->others.push_back(right);
            watch(upstream, EPOLL_CTL_ADD, EPOLLIN, right);
        }
    }

    int dial() const {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, backend_.c_str(), sizeof address.sun_path - 1);
        const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
            return fd;
        ::close(fd);
        return -1;
    }

    void copy(Side& from) {
        Side& to = from.next();
        const ssize_t count = ::recv(from.fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
        if (count < 0 && errno == EAGAIN) return;
        if (count <= 0) return close_all(from);
        ssize_t sent = 0;
        if (to.queued.empty())
            sent = ::send(to.fd, buffer_.data(), static_cast<std::size_t>(count),
                          MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) return close_all(from);
        if (sent < 0) sent = 0;
        if (sent == count) return;
        to.queued.append(buffer_.data() + sent, static_cast<std::size_t>(count - sent));
        if (!to.wants_write) {
            to.wants_write = true;
            watch(to.fd, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT, &to);
        }
        watch(from.fd, EPOLL_CTL_MOD, 0, &from);  // the slow side decides the pace
    }

    void flush(Side& side) {
        const ssize_t sent =
            ::send(side.fd, side.queued.data(), side.queued.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) return;
        if (sent < 0) return close_all(side);
        side.queued.erase(0, static_cast<std::size_t>(sent));
        if (!side.queued.empty()) return;
        side.wants_write = false;
        watch(side.fd, EPOLL_CTL_MOD, EPOLLIN, &side);
        for (Side* other : side.others) watch(other->fd, EPOLL_CTL_MOD, EPOLLIN, other);
    }

    // A client and all its connections to the backend.
    void close_all(Side& side) {
        std::vector<Side*> all{&side};
        for (Side* other : side.others) {
            all.push_back(other);
            all.insert(all.end(), other->others.begin(), other->others.end());
        }
        for (Side* each : all) {
            if (closed_.contains(each)) continue;
            ::close(each->fd);
            closed_.emplace(each, std::unique_ptr<Side>(each));
        }
    }

    int epoll_;
    int listen_fd_;
    std::string backend_;
    std::size_t workers_;  // connections to the backend, a client
    std::array<char, 65536> buffer_{};
    // Freed at the next turn: events of this turn may still name them.
    std::unordered_map<Side*, std::unique_ptr<Side>> closed_;
};

}  // namespace

int main(int argc, char** argv) {
    const long workers = argc == 4 ? std::atol(argv[3]) : 1;
    if (argc < 3 || argc > 4 || workers < 1) {
        std::fputs("usage: bench-relay PORT BACKEND_SOCKET [WORKERS]\n", stderr);
        return 2;
    }
    const int listen_fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[1])));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listen_fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listen_fd, 4096) != 0) {
        std::perror("bench-relay");
        return 1;
    }
    Relay(listen_fd, argv[2], static_cast<std::size_t>(workers)).run();
}
