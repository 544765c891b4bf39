#include "tests/support/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "common/base/check.h"

namespace posta::test {

namespace {

bool wait_for(int fd, short events, std::chrono::milliseconds deadline) {
    pollfd waiting{fd, events, 0};
    return ::poll(&waiting, 1, static_cast<int>(deadline.count())) > 0;
}

}  // namespace

bool wait_readable(int fd, std::chrono::milliseconds deadline) {
    return wait_for(fd, POLLIN, deadline);
}

bool send_all(int fd, std::string_view bytes, std::chrono::milliseconds deadline) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno != EAGAIN || !wait_for(fd, POLLOUT, deadline)) {
            return false;
        }
    }
    return true;
}

bool Answer::head_has(std::string_view text) const {
    for (std::size_t at = 0; at + text.size() <= head.size(); ++at)
        if (http::equal_names(std::string_view(head).substr(at, text.size()), text)) return true;
    return false;
}

UniqueFd connect_loopback(int port) {
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        return {};
    return socket;
}

HttpClient::HttpClient(int port) : socket_(connect_loopback(port)) { CHECK(socket_); }

bool HttpClient::read_more(std::chrono::milliseconds deadline) {
    if (!wait_readable(socket_.get(), deadline)) return false;
    std::array<char, 65536> buffer;
    const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (count <= 0) return false;
    unread_.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
}

Answer HttpClient::receive(std::string_view method, std::chrono::milliseconds deadline) {
    Answer answer;
    parser_.expect_answer_to(method);
    for (;;) {
        std::string_view rest = unread_;
        const http::Step step = parser_.step(rest);
        if (step.event == http::Event::head) {
            answer.status = parser_.head().status;
            answer.head = parser_.head_bytes();
            answer.keep_alive = parser_.head().keep_alive;
        }
        answer.body += step.data;
        unread_.erase(0, unread_.size() - rest.size());
        if (step.event == http::Event::end && answer.status >= 200) return answer;
        if (step.event == http::Event::end) ++interims_;
        if (step.event == http::Event::fault)
            return {0, "fault: " + std::string(parser_.fault().reason), {}};
        if (step.event != http::Event::need_more || read_more(deadline)) continue;
        if (answer.status >= 200 && !parser_.between_messages() && parser_.finish()) return answer;
        return {0, "the answer was cut after: " + answer.head + answer.body.substr(0, 200), {}};
    }
}

Answer HttpClient::ask(std::string_view request, std::string_view method) {
    if (!send(request)) return {0, "the request could not be sent", {}};
    return receive(method);
}

bool HttpClient::sees_end(std::chrono::milliseconds deadline) {
    std::array<char, 1> byte{};
    return unread_.empty() && wait_readable(socket_.get(), deadline) &&
           ::recv(socket_.get(), byte.data(), byte.size(), 0) == 0;
}

bool HttpClient::sees(std::string_view text, std::chrono::milliseconds deadline) {
    while (unread_.find(text) == std::string::npos)
        if (!read_more(deadline)) return false;
    return true;
}

void HttpClient::shut_write() { ::shutdown(socket_.get(), SHUT_WR); }

}  // namespace posta::test
