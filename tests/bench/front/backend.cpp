// The backend behind every proxy of the front bench: answers HTTP/1.1 on a Unix socket (and, to be
// measured alone, on a TCP port) as cheaply as it can. Trusts its callers; not for anything else.
//
//   bench-backend UNIX_SOCKET TCP_PORT
//
//   GET  /        a small JSON answer
//   POST /        reads the body, a small JSON answer
//   GET  /big     10 MiB
//   GET  /events  an event stream: one comment line each second, for as long as the client stays

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

constexpr std::string_view kSmall =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 28\r\n\r\n"
    "{\"name\":\"bench\",\"ok\":true}\r\n";
constexpr std::size_t kBigBytes = 10 * 1024 * 1024;
const std::string kFiller(std::size_t{256} * 1024, 'x');  // of a big answer

struct Connection {
    std::string input;
    std::size_t body_left = 0;
    std::string output;        // what the socket did not take
    std::size_t big_left = 0;  // bytes of a big answer not yet made
    bool streaming = false;
    bool wants_write = false;
};

class Backend {
public:
    Backend(int unix_fd, int tcp_fd) : epoll_(::epoll_create1(0)), listeners_{unix_fd, tcp_fd} {
        for (const int fd : listeners_) watch(fd, EPOLL_CTL_ADD, EPOLLIN);
    }

    [[noreturn]] void run() {
        std::array<epoll_event, 256> events{};
        while (true) {
            const int count =
                ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 1000);
            if (const auto now = std::chrono::steady_clock::now(); now >= next_tick_) {
                next_tick_ = now + std::chrono::seconds(1);
                tick_streams();
            }
            for (int at = 0; at < count; ++at) {
                const int fd = events[static_cast<std::size_t>(at)].data.fd;
                if (fd == listeners_[0] || fd == listeners_[1]) {
                    accept_from(fd);
                } else if (!serve(fd, connections_[fd])) {
                    connections_.erase(fd);
                    ::close(fd);
                }
            }
        }
    }

private:
    void watch(int fd, int operation, std::uint32_t wanted) const {
        epoll_event event{};
        event.events = wanted;
        event.data.fd = fd;
        ::epoll_ctl(epoll_, operation, fd, &event);
    }

    void accept_from(int listener) {
        const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connections_[fd] = {};
        watch(fd, EPOLL_CTL_ADD, EPOLLIN);
    }

    bool serve(int fd, Connection& connection) {
        const ssize_t count = ::recv(fd, buffer_.data(), buffer_.size(), 0);
        if (count == 0) return false;
        if (count < 0 && errno != EAGAIN) return false;
        if (count > 0) connection.input.append(buffer_.data(), static_cast<std::size_t>(count));
        while (take_request(connection)) {
        }
        return flush(fd, connection);
    }

    bool take_request(Connection& connection) {
        std::string& input = connection.input;
        if (connection.body_left > 0) {
            const std::size_t taken = std::min(connection.body_left, input.size());
            input.erase(0, taken);
            connection.body_left -= taken;
            if (connection.body_left > 0) return false;
            connection.output += kSmall;
        }
        const std::size_t end = input.find("\r\n\r\n");
        if (end == std::string::npos) return false;
        const std::string_view head(input.data(), end + 2);
        if (head.starts_with("GET /big")) {
            connection.output +=
                "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kBigBytes) + "\r\n\r\n";
            connection.big_left = kBigBytes;
        } else if (head.starts_with("GET /events")) {
            connection.output +=
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                "Transfer-Encoding: chunked\r\n\r\n";
            connection.streaming = true;
        } else if (head.starts_with("POST")) {
            const std::size_t length = head.find("ontent-");
            connection.body_left =
                static_cast<std::size_t>(std::atol(input.c_str() + head.find(':', length) + 1));
        } else {
            connection.output += kSmall;
        }
        input.erase(0, end + 4);
        return true;
    }

    bool flush(int fd, Connection& connection) {
        while (true) {
            while (!connection.output.empty()) {
                const ssize_t sent =
                    ::send(fd, connection.output.data(), connection.output.size(), MSG_NOSIGNAL);
                if (sent < 0 && errno == EAGAIN) return want_write(fd, connection, true);
                if (sent < 0) return false;
                connection.output.erase(0, static_cast<std::size_t>(sent));
            }
            if (connection.big_left == 0) break;
            const std::size_t part = std::min(connection.big_left, kFiller.size());
            const ssize_t sent = ::send(fd, kFiller.data(), part, MSG_NOSIGNAL);
            if (sent < 0 && errno == EAGAIN) return want_write(fd, connection, true);
            if (sent < 0) return false;
            connection.big_left -= static_cast<std::size_t>(sent);
        }
        return want_write(fd, connection, false);
    }

    bool want_write(int fd, Connection& connection, bool wanted) const {
        if (connection.wants_write == wanted) return true;
        connection.wants_write = wanted;
        watch(fd, EPOLL_CTL_MOD, wanted ? EPOLLIN | EPOLLOUT : EPOLLIN);
        return true;
    }

    void tick_streams() {
        for (auto& [fd, connection] : connections_) {
            if (!connection.streaming) continue;
            connection.output += "3\r\n:\n\n\r\n";
            flush(fd, connection);
        }
    }

    int epoll_;
    std::array<int, 2> listeners_;
    std::unordered_map<int, Connection> connections_;
    std::array<char, 65536> buffer_{};
    std::chrono::steady_clock::time_point next_tick_{};
};

int listen_on(int family, const sockaddr* address, socklen_t length) {
    const int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(fd, address, length) == 0 && ::listen(fd, 4096) == 0) return fd;
    std::perror("bench-backend");
    std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fputs("usage: bench-backend UNIX_SOCKET TCP_PORT\n", stderr);
        return 2;
    }
    const rlimit many{20000, 20000};
    ::setrlimit(RLIMIT_NOFILE, &many);
    sockaddr_un local{};
    local.sun_family = AF_UNIX;
    std::strncpy(local.sun_path, argv[1], sizeof local.sun_path - 1);
    ::unlink(argv[1]);
    sockaddr_in tcp{};
    tcp.sin_family = AF_INET;
    tcp.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[2])));
    tcp.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int unix_fd = listen_on(AF_UNIX, reinterpret_cast<const sockaddr*>(&local), sizeof local);
    const int tcp_fd = listen_on(AF_INET, reinterpret_cast<const sockaddr*>(&tcp), sizeof tcp);
    Backend(unix_fd, tcp_fd).run();
}
