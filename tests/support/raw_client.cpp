#include "tests/support/raw_client.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>

#include "common/http/head.h"

namespace posta::testing {

std::string Answer::field(std::string_view name) const {
    std::string_view rest = head;
    while (!rest.empty()) {
        const std::size_t end = rest.find("\r\n");
        const std::string_view line = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 2);
        const std::size_t colon = line.find(": ");
        if (colon != std::string_view::npos && http::equal_names(line.substr(0, colon), name))
            return std::string(line.substr(colon + 2));
    }
    return {};
}

void RawClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        pollfd wait{connection_.get(), POLLOUT, 0};
        if (::poll(&wait, 1, static_cast<int>(kDeadline.count()) * 1000) <= 0) return;
        const ssize_t sent =
            ::send(connection_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN) return;  // it has closed: its answer tells the test
        if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

bool RawClient::read_more() {
    pollfd wait{connection_.get(), POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(kDeadline.count()) * 1000) <= 0) return false;
    std::array<char, 65536> buffer{};
    const ssize_t count = ::recv(connection_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count <= 0) return false;
    received_.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
}

Answer RawClient::receive(bool without_body) {
    Answer answer;
    std::size_t end = std::string::npos;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos)
        if (!read_more()) return answer;
    answer.head = received_.substr(0, end);
    received_.erase(0, end + 4);
    const std::string length = answer.field("Content-Length");
    const std::size_t wanted =
        without_body || length.empty() ? 0 : std::strtoul(length.c_str(), nullptr, 10);
    while (received_.size() < wanted)
        if (!read_more()) return answer;
    answer.body = received_.substr(0, wanted);
    received_.erase(0, wanted);
    answer.status = std::atoi(answer.head.c_str() + std::string_view("HTTP/1.1 ").size());
    return answer;
}

Answer RawClient::ask(std::string_view method, std::string_view path, std::string_view fields,
                      std::string_view body) {
    std::string request(method);
    request.append(" ").append(path).append(" HTTP/1.1\r\nHost: ").append(host).append("\r\n");
    if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    request.append(fields).append("\r\n").append(body);
    send(request);
    return receive(method == "HEAD");
}

bool RawClient::is_closed() { return received_.empty() && !read_more(); }

void RawClient::close_write_side() { ::shutdown(connection_.get(), SHUT_WR); }

}  // namespace posta::testing
