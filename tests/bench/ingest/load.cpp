// The clients of the ingest bench: connections to a tenant's Unix socket, as the front's are, each
// with one request under way.
//
//   bench-ingest-load documents ORIGIN SENDERS
//   bench-ingest-load receive SOCKET ORIGIN RECIPIENT SENDERS IDS FIRST MOST CONNECTIONS SECONDS
//   bench-ingest-load send (the same) TOKEN PEER
//
// The first prints the senders' actor documents, a line each. The others sign everything, print
// "ready", wait for a line on standard input, and then send until MOST messages or SECONDS are over
// and all is answered. They print one JSON object: messages, seconds, answers that were not right.

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "common/base/encoding.h"
#include "common/base/random_id.h"
#include "common/base/unix_socket.h"
#include "common/url/canonical.h"
#include "tests/bench/ingest/messages.h"

namespace {

using Steady = std::chrono::steady_clock;

// As it leaves the front when Caddy is before it.
std::string request(const std::string& method_and_path, std::string_view host,
                    const std::string& fields, const std::string& body) {
    return "POST " + method_and_path + " HTTP/1.1\r\nHost: " + std::string(host) +
           "\r\nUser-Agent: posta-server/1\r\nAccept: */*\r\nAccept-Encoding: gzip\r\n" + fields +
           "Content-Length: " + std::to_string(body.size()) +
           "\r\nX-Forwarded-Host: " + std::string(host) +
           "\r\nX-Forwarded-For: 203.0.113.9, 127.0.0.1\r\nX-Forwarded-Proto: https\r\n"
           "X-Real-IP: 203.0.113.9\r\n\r\n" +
           body;
}

std::string delivery(const posta::bench::SignedMessage& message, const std::string& recipient) {
    return request(
        "/", posta::url::host_of(recipient),
        "Content-Type: application/posta+json\r\nPosta-Signature: " +
            posta::base64_encode(std::string(message.signature.begin(), message.signature.end())) +
            "\r\n",
        message.envelope);
}

std::string draft(const posta::bench::SignedMessage& message, const std::string& recipient,
                  const std::string& token, const std::string& peer) {
    return request("/api/v1/messages", posta::url::host_of(recipient),
                   "Content-Type: application/json\r\nAuthorization: Bearer " + token + "\r\n",
                   R"({"peer":")" + peer + R"(","payload":)" + message.text.payload + "}");
}

class Load {
public:
    Load(std::vector<std::string> requests, std::string right)
        : requests_(std::move(requests)), right_(std::move(right)), epoll_(::epoll_create1(0)) {}

    void run(const std::string& socket_path, std::size_t connections, double seconds) {
        const auto until = Steady::now() + std::chrono::duration<double>(seconds);
        std::vector<posta::UniqueFd> sockets;
        for (std::size_t count = 0; count < connections; ++count) {
            auto socket = posta::connect_unix(socket_path);
            CHECK(socket.has_value());
            epoll_event event{};
            event.events = EPOLLIN;
            event.data.fd = socket->get();
            ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket->get(), &event);
            send_next(socket->get());
            sockets.push_back(*std::move(socket));
        }
        std::array<epoll_event, 256> events{};
        while (under_way_ > 0) {
            const int count =
                ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 20'000);
            CHECK(count > 0);  // 20 s without an answer: it is stuck
            for (int at = 0; at < count; ++at)
                take_answer(events[static_cast<std::size_t>(at)].data.fd, Steady::now() < until);
        }
    }

    std::size_t answered() const { return answered_; }
    std::size_t wrong() const { return wrong_; }

private:
    void send_next(int fd) {
        if (next_ == requests_.size()) return;
        const std::string& bytes = requests_[next_++];
        CHECK(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
              static_cast<ssize_t>(bytes.size()));
        ++under_way_;
    }

    // An answer is short and comes in one piece.
    void take_answer(int fd, bool go_on) {
        std::array<char, 4096> buffer{};
        const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), 0);
        CHECK(count > 0);
        const std::string_view answer(buffer.data(), static_cast<std::size_t>(count));
        if (!answer.starts_with(right_) && wrong_++ == 0)
            std::fprintf(stderr, "%.*s\n", static_cast<int>(answer.size()), answer.data());
        ++answered_;
        --under_way_;
        if (go_on) send_next(fd);
    }

    std::vector<std::string> requests_;
    std::string right_;
    int epoll_;
    std::size_t next_ = 0;
    std::size_t under_way_ = 0;
    std::size_t answered_ = 0;
    std::size_t wrong_ = 0;
};

int print_documents(const char* origin, int count) {
    for (const auto& sender : posta::bench::make_senders(count, origin))
        std::printf("%s\n", posta::bench::actor_document(sender).c_str());
    return 0;
}

int usage() {
    std::fputs(
        "usage: bench-ingest-load documents ORIGIN SENDERS\n"
        "       bench-ingest-load receive SOCKET ORIGIN RECIPIENT SENDERS IDS FIRST MOST"
        " CONNECTIONS SECONDS\n"
        "       bench-ingest-load send (the same) TOKEN PEER\n",
        stderr);
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    posta::start_crypto();
    const std::string mode = argc > 1 ? argv[1] : "";
    if (mode == "documents" && argc == 4) return print_documents(argv[2], std::atoi(argv[3]));
    if (!(mode == "receive" && argc == 11) && !(mode == "send" && argc == 13)) return usage();

    const auto number = [argv](int at) { return std::strtoull(argv[at], nullptr, 10); };
    const std::string recipient = argv[4];
    const auto senders = posta::bench::make_senders(std::atoi(argv[5]), argv[3]);
    const auto ids = posta::bench::ids_named(argv[6]);
    std::vector<std::string> requests;
    for (const auto& message : posta::bench::make_messages(senders, ids, number(7), number(8),
                                                           recipient, posta::SystemClock().now()))
        requests.push_back(mode == "send" ? draft(message, recipient, argv[11], argv[12])
                                          : delivery(message, recipient));
    Load load(std::move(requests), mode == "send" ? "HTTP/1.1 202" : "HTTP/1.1 204");
    std::puts("ready");
    std::fflush(stdout);
    std::string line;
    std::getline(std::cin, line);
    const auto began = Steady::now();
    load.run(argv[2], number(9), std::atof(argv[10]));
    const std::chrono::duration<double> took = Steady::now() - began;
    std::printf("{\"messages\": %zu, \"seconds\": %.3f, \"wrong\": %zu}\n", load.answered(),
                took.count(), load.wrong());
}
