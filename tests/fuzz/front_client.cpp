#include "tests/fuzz/front_client.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "common/base/check.h"

namespace posta::fuzz {

void FrontClient::send(std::string_view bytes) {
    if (!open()) return;
    const ssize_t count = ::send(fd(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count <= 0) return;
    unread_.append(bytes.substr(0, static_cast<std::size_t>(count)));
    understand_requests();
}

void FrontClient::shut_write() {
    if (open()) ::shutdown(fd(), SHUT_WR);
}

// As the front does, no further than a request to upgrade: what follows it are requests only once
// the answer was another one than 101.
void FrontClient::understand_requests() {
    std::string_view rest = unread_;
    while (!faulted_ && !tunnel_ && !waits_for_upgrade()) {
        const http::Step step = requests_.step(rest);
        if (step.event == http::Event::need_more) break;
        if (step.event == http::Event::head) {
            const http::RequestHead& head = requests_.head();
            asked_.push_back({std::string(head.method),
                              std::string(head.target),
                              tenant_of(head.host),
                              head.wants_upgrade,
                              {},
                              false});
        }
        if (step.event == http::Event::body) asked_.back().body += step.data;
        if (step.event == http::Event::end) asked_.back().complete = true;
        if (step.event == http::Event::fault) faulted_ = true;
    }
    unread_.erase(0, unread_.size() - rest.size());
}

void FrontClient::read() {
    while (wants_to_read()) {
        std::array<char, 16384> buffer;
        const ssize_t count = ::recv(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (count == 0 || (count < 0 && errno != EAGAIN)) ended_ = true;
        if (count <= 0) return;
        understand_answers({buffer.data(), static_cast<std::size_t>(count)});
    }
}

void FrontClient::understand_answers(std::string_view rest) {
    while (!rest.empty()) {
        if (tunnel_) return expect_marks(rest);
        CHECK(!last_answer_ || in_answer_);
        if (!in_answer_) expect_answer();
        const std::string_view before = rest;
        const http::Step step = answers_.step(rest);
        expect_marks(before.substr(0, before.size() - rest.size()));
        CHECK(step.event != http::Event::fault);  // whatever the worker said
        if (step.event == http::Event::head) {
            const int status = answers_.head().status;
            interim_ = status < 200;
            switching_ = status == 101;
            if (!interim_ && !answers_.head().keep_alive) last_answer_ = true;
        }
        if (step.event == http::Event::end) end_answer();
    }
    // The end of a message is a step without bytes.
    if (in_answer_ && !tunnel_) {
        std::string_view nothing;
        if (answers_.step(nothing).event == http::Event::end) end_answer();
    }
}

// Before the first byte of an answer: there must be a request, or something that is none.
void FrontClient::expect_answer() {
    in_answer_ = true;
    if (answering_ < asked_.size()) return answers_.expect_answer_to(asked_[answering_].method);
    CHECK(faulted_ || !requests_.between_messages());
    answers_.expect_answer_to("GET");
}

void FrontClient::end_answer() {
    if (switching_) {
        CHECK(answering_ < asked_.size() && asked_[answering_].wants_upgrade);
        tunnel_ = true;
        return;
    }
    if (interim_) return;
    in_answer_ = false;
    if (answering_ == asked_.size()) {
        CHECK(last_answer_);  // to what was no request
        return;
    }
    ++answering_;
    understand_requests();
}

void FrontClient::expect_marks(std::string_view bytes) const {
    std::array<bool, 256> seen{};
    for (const char c : bytes) seen[static_cast<unsigned char>(c)] = true;
    for (std::size_t byte = 0x80; byte < seen.size(); ++byte)
        if (seen[byte]) CHECK(may_receive_(static_cast<char>(byte), tenant()));
}

bool FrontClient::may_have_asked(const Asked& asked) const {
    if (waits_for_upgrade()) return true;
    return std::any_of(asked_.begin(), asked_.end(), [&](const Asked& mine) {
        return mine.complete && mine.method == asked.method && mine.target == asked.target &&
               mine.tenant == asked.tenant && mine.body == asked.body;
    });
}

void FrontClient::expect_begun(const Asked& asked) {
    const int times =
        ++begun_[asked.method + ' ' + asked.target + ' ' + std::to_string(asked.tenant)];
    if (waits_for_upgrade() || asked.method == "GET" || asked.method == "HEAD") return;
    CHECK(times <= std::count_if(asked_.begin(), asked_.end(), [&](const Asked& mine) {
              return mine.method == asked.method && mine.target == asked.target &&
                     mine.tenant == asked.tenant;
          }));
}

}  // namespace posta::fuzz
