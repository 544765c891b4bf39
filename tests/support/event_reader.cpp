#include "tests/support/event_reader.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace posta::test {

using std::chrono::steady_clock;

int EventReader::open(const std::string& request) {
    parser_.expect_answer_to("GET");
    std::string_view rest = request;
    while (!rest.empty()) {
        const ssize_t count = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (count <= 0) return 0;
        rest.remove_prefix(static_cast<std::size_t>(count));
    }
    const auto until = steady_clock::now() + kPatience;
    while (status_ == 0 && !cut_ && read_more(until)) {
    }
    return status_;
}

bool EventReader::read_more(steady_clock::time_point until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
    pollfd wait{socket_.get(), POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(std::max<long>(0, left.count()))) <= 0) return false;
    std::array<char, 65536> buffer;
    const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count <= 0) {
        if (!ended_) cut_ = !(status_ != 0 && parser_.finish());
        ended_ = !cut_;
        return false;
    }
    unread_.append(buffer.data(), static_cast<std::size_t>(count));
    take_bytes();
    return true;
}

void EventReader::take_bytes() {
    std::string_view rest = unread_;
    for (bool more = true; more && !ended_ && !cut_;) {
        const http::Step step = parser_.step(rest);
        if (step.event == http::Event::head) {
            status_ = parser_.head().status;
            head_ = parser_.head_bytes();
        }
        text_ += step.data;
        ended_ = step.event == http::Event::end;
        cut_ = step.event == http::Event::fault;
        more = step.event != http::Event::need_more;
    }
    unread_.assign(rest);
}

std::optional<SeenEvent> EventReader::take_frame() {
    for (std::size_t end = 0; (end = text_.find("\n\n")) != std::string::npos;) {
        const std::string frame = text_.substr(0, end + 1);
        text_.erase(0, end + 2);
        SeenEvent event;
        for (std::size_t at = 0; at < frame.size();) {
            const std::size_t line_end = frame.find('\n', at);
            const std::string line = frame.substr(at, line_end - at);
            at = line_end + 1;
            if (line.starts_with(":")) ++comments_;
            if (line.starts_with("retry: ")) retry_ms_ = std::stoi(line.substr(7));
            if (line.starts_with("event: ")) event.name = line.substr(7);
            if (line.starts_with("id: ")) event.id = std::stoll(line.substr(4));
            if (line.starts_with("data: "))
                event.data += (event.data.empty() ? "" : "\n") + line.substr(6);
        }
        if (event.name.empty()) continue;
        last_id_ = event.id;
        return event;
    }
    return std::nullopt;
}

std::optional<SeenEvent> EventReader::next(std::chrono::milliseconds patience) {
    const auto until = steady_clock::now() + patience;
    for (;;) {
        if (auto event = take_frame()) return event;
        if (ended_ || cut_ || !read_more(until)) return take_frame();
    }
}

std::vector<SeenEvent> EventReader::until(const std::string& name) {
    std::vector<SeenEvent> events;
    while (auto event = next()) {
        events.push_back(std::move(*event));
        if (events.back().name == name) return events;
    }
    return {};
}

}  // namespace posta::test
