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
    const ssize_t sent = ::send(fd(), marked.data(), marked.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0)
        understand_own(std::string_view(marked).substr(0, static_cast<std::size_t>(sent)));
}

// As the front does. What is said to a request that is still on the way, or in a tunnel perhaps,
// may be read in one way or another.
void FrontWorker::understand_own(std::string_view said) {
    if (raw_ || !reading_) blurred_ = true;
    while (!blurred_ && !over_ && !unasked_) {
        if (!in_answer_ && said.empty()) return;
        if (!in_answer_ && answers_ == heads_) {
            unasked_ = true;
            unasked_at_ = heads_;
            return;
        }
        if (!in_answer_) own_.expect_answer_to(asked_.method);
        in_answer_ = true;
        if (!understand_own_step(said)) return;
    }
}

// False when more bytes are needed.
bool FrontWorker::understand_own_step(std::string_view& rest) {
    switch (own_.step(rest).event) {
        case http::Event::need_more:
            return false;
        case http::Event::head:
            if (own_.head().status == 101) blurred_ = true;
            own_interim_ = own_.head().status < 200;
            own_last_ = !own_interim_ && !own_.head().keep_alive;
            return true;
        case http::Event::body:
            return true;
        case http::Event::end:
            if (own_interim_) return !rest.empty();
            in_answer_ = false;
            ++answers_;
            over_ = own_last_;
            return true;
        case http::Event::fault:
            over_ = true;
    }
    return false;
}

// A head that has come since may have left before what was said unasked had arrived.
void FrontWorker::settle() {
    if (!over_ && !unasked_) return;
    if (!reading_ || (unasked_ && heads_ != unasked_at_)) blurred_ = true;
    if (!blurred_) spent_ = true;
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
    CHECK(!spent_);  // not even for the same client
    ++heads_;
    const int client = client_in(head);
    CHECK(owner_ == -1 || owner_ == client);  // a connection serves one client
    owner_ = client;
    asked_ = {
        std::string(head.method), std::string(head.target), tenant_, head.wants_upgrade, {}, false};
    upgrade_asked_ = false;
}

}  // namespace posta::fuzz
