#include "tests/fuzz/front_worker.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "common/base/check.h"
#include "common/contracts/forwarded.h"

namespace posta::fuzz {

namespace {

// Clients are 192.0.2.1 and on, and the front ends the chain with the one that it talks to.
int client_in(const http::RequestHead& head) {
    constexpr std::string_view kNetwork = "192.0.2.";
    const auto chain = head.only(contracts::kForwardedForField);
    CHECK(chain);
    const std::size_t at = chain->rfind(kNetwork);
    CHECK(at != std::string_view::npos);
    const std::string_view number = chain->substr(at + kNetwork.size());
    int client = 0;
    const auto [stop, error] =
        std::from_chars(number.data(), number.data() + number.size(), client);
    CHECK(error == std::errc() && stop == number.data() + number.size() && client > 0);
    return client - 1;
}

bool stands_for_itself(char c) {
    return static_cast<unsigned char>(c) < 0x80 && !(c >= 'a' && c <= 'z');
}

}  // namespace

int tenant_of(std::string_view host) {
    if (host == "a.test") return 0;
    return host == "b.test" ? 1 : -1;
}

void FrontWorker::send(std::string_view bytes) {
    if (!open()) return;
    std::string marked(bytes);
    std::replace_if(
        marked.begin(), marked.end(), [](char c) { return !stands_for_itself(c); }, mark());
    if (upgrade_asked_) raw_ = true;
    constexpr std::string_view kStream = "/EVENT";
    tail_ += marked;  // a word may come in pieces
    if (tail_.find(kStream) != std::string::npos) streamed_ = true;
    tail_.erase(0, tail_.size() - std::min(tail_.size(), kStream.size()));
    (void)::send(fd(), marked.data(), marked.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void FrontWorker::shut_write() {
    if (open()) ::shutdown(fd(), SHUT_WR);
}

std::string FrontWorker::receive() {
    if (!wants_to_read()) return {};
    std::array<char, 16384> buffer;
    const ssize_t count = ::recv(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN)) ended_ = true;
    return count <= 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(count));
}

bool FrontWorker::understand(std::string_view& rest) {
    asked_.complete = false;
    head_came_ = false;
    const http::Step step = parser_.step(rest);
    switch (step.event) {
        case http::Event::need_more:
            return false;
        case http::Event::head:
            understand_head();
            head_came_ = true;
            return true;
        case http::Event::body:
            asked_.body += step.data;
            return true;
        case http::Event::end:
            asked_.complete = true;
            upgrade_asked_ = asked_.wants_upgrade;
            return true;
        case http::Event::fault:
            // Whatever a client sends, a worker reads requests.
            CHECK(step.event != http::Event::fault);
    }
    return false;
}

void FrontWorker::understand_head() {
    const http::RequestHead& head = parser_.head();
    CHECK(tenant_of(head.host) == tenant_);
    const int client = client_in(head);
    CHECK(owner_ == -1 || owner_ == client);  // a connection serves one client
    owner_ = client;
    asked_ = {
        std::string(head.method), std::string(head.target), tenant_, head.wants_upgrade, {}, false};
    upgrade_asked_ = false;
}

}  // namespace posta::fuzz
