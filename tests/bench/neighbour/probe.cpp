// A quiet client of one tenant: a request every few milliseconds, and how long each answer took.
//
//   bench-probe PORT HOST SECONDS MILLISECONDS-BETWEEN
//
// A request is due at its time whether or not the one before has been answered, and its latency is
// counted from when it was due: a server that stalls is not asked less. Prints one line:
// "count failed p50 p90 p99 max", microseconds.

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

class Connection {
public:
    Connection(int port, const std::string& host)
        : port_(port),
          request_("GET / HTTP/1.1\r\nHost: " + host +
                   "\r\nAccept: application/posta+json\r\n\r\n") {}
    ~Connection() { ::close(fd_); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Asks and waits for the whole answer; false: none, or not a 200.
    bool ask() {
        if (fd_ < 0 && !dial()) return false;
        const bool good = ::send(fd_, request_.data(), request_.size(), MSG_NOSIGNAL) ==
                              static_cast<ssize_t>(request_.size()) &&
                          read_answer();
        if (!good) {
            ::close(fd_);
            fd_ = -1;
        }
        return good;
    }

private:
    bool dial() {
        fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port_));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int yes = 1;
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        const timeval patience{10, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        return ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }

    bool read_answer() {
        std::string answer;
        std::array<char, 16384> buffer{};
        while (true) {
            const ssize_t count = ::recv(fd_, buffer.data(), buffer.size(), 0);
            if (count <= 0) return false;
            answer.append(buffer.data(), static_cast<std::size_t>(count));
            const std::size_t end = answer.find("\r\n\r\n");
            if (end == std::string::npos) continue;
            const std::size_t field = answer.find("Content-Length: ");
            if (field > end) return false;
            const auto length = std::strtoul(answer.c_str() + field + 16, nullptr, 10);
            if (answer.size() < end + 4 + length) continue;
            return answer.starts_with("HTTP/1.1 200");
        }
    }

    int port_;
    std::string request_;
    int fd_ = -1;
};

// steady_clock is CLOCK_MONOTONIC. A time that is past is due at once.
void wait_until(int timer, Clock::time_point due) {
    const auto since_start = due.time_since_epoch();
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(since_start);
    const itimerspec at{{}, {whole.count(), (since_start - whole).count()}};
    ::timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, nullptr);
    std::uint64_t ticks = 0;
    const ssize_t count = ::read(timer, &ticks, sizeof ticks);
    static_cast<void>(count);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) return 2;
    ::prctl(PR_SET_TIMERSLACK, 1000UL, 0, 0, 0);
    Connection connection(std::atoi(argv[1]), argv[2]);
    const auto between = std::chrono::microseconds(static_cast<long>(std::atof(argv[4]) * 1000));
    connection.ask();
    std::vector<long> latencies;
    long failed = 0;
    const auto end = Clock::now() + std::chrono::seconds(std::atoi(argv[3]));
    const int ticks = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    auto due = Clock::now();
    for (; due < end; due += between) {
        wait_until(ticks, due);
        if (!connection.ask()) ++failed;
        latencies.push_back(
            std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - due).count());
    }
    std::sort(latencies.begin(), latencies.end());
    const auto at = [&](std::size_t hundredths) {
        return latencies[std::min(latencies.size() - 1, latencies.size() * hundredths / 100)];
    };
    std::printf("%zu %ld %ld %ld %ld %ld\n", latencies.size(), failed, at(50), at(90), at(99),
                latencies.back());
    return 0;
}
