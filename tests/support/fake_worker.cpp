#include "tests/support/fake_worker.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "common/base/check.h"
#include "common/base/unix_socket.h"
#include "tests/support/http_client.h"

namespace posta::test {

namespace {

constexpr std::chrono::seconds kPatience{60};

}  // namespace

std::optional<ReceivedRequest> WorkerSide::read_request() { return read(true); }

std::optional<ReceivedRequest> WorkerSide::read_head() { return read(false); }

std::optional<ReceivedRequest> WorkerSide::read(bool whole) {
    ReceivedRequest request;
    for (;;) {
        std::string_view rest = unread_;
        const http::Step step = parser_.step(rest);
        if (step.event == http::Event::head) {
            const http::RequestHead& head = parser_.head();
            request.method = head.method;
            request.target = head.target;
            request.host = head.host;
            request.head = parser_.head_bytes();
        }
        request.body += step.data;
        const bool done =
            step.event == http::Event::end || (!whole && step.event == http::Event::head);
        unread_.erase(0, unread_.size() - rest.size());
        if (done) return request;
        if (step.event == http::Event::fault) return std::nullopt;
        if (step.event != http::Event::need_more) continue;
        std::array<char, 65536> buffer;
        const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
        if (count <= 0) return std::nullopt;
        unread_.append(buffer.data(), static_cast<std::size_t>(count));
    }
}

bool WorkerSide::send(std::string_view bytes) { return send_all(socket_.get(), bytes, kPatience); }

void WorkerSide::wait_for_end() {
    std::array<char, 4096> buffer;
    while (::recv(socket_.get(), buffer.data(), buffer.size(), 0) > 0) continue;
}

FakeWorker::FakeWorker(std::string name, const std::string& path)
    : FakeWorker(name, path, [name](WorkerSide& side) {
          while (const auto request = side.read_request())
              if (!side.send(echo(name, *request))) return;
      }) {}

FakeWorker::FakeWorker(std::string name, const std::string& path, Script script)
    : name_(std::move(name)), script_(std::move(script)) {
    // A front that a test starts as root has a uid of its own.
    auto listener = listen_unix(path, 0666, 64);
    CHECK(listener.has_value());
    listener_ = std::move(*listener);
    accepting_ = std::thread([this] { accept_all(); });
}

FakeWorker::~FakeWorker() {
    stopping_ = true;
    accepting_.join();
    std::vector<std::thread> threads;
    {
        const std::lock_guard guard(lock_);
        for (const int fd : fds_) ::shutdown(fd, SHUT_RDWR);
        threads.swap(threads_);
    }
    for (std::thread& thread : threads) thread.join();
}

void FakeWorker::accept_all() {
    while (!stopping_) {
        if (!wait_readable(listener_.get(), std::chrono::milliseconds(20))) continue;
        UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!fd) continue;
        ++connections_;
        ++open_;
        const std::lock_guard guard(lock_);
        fds_.push_back(fd.get());
        threads_.emplace_back([this, socket = std::move(fd)]() mutable {
            const int number = socket.get();
            auto side = std::make_unique<WorkerSide>(std::move(socket));
            script_(*side);
            {
                const std::lock_guard closing(lock_);
                std::erase(fds_, number);
                side.reset();
            }
            --open_;
        });
    }
}

std::string ok(std::string_view body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
}

std::string echo(const std::string& name, const ReceivedRequest& request) {
    const std::string body =
        name + " " + request.method + " " + request.target + " " + request.body;
    if (request.target.find("chunked") == std::string::npos) {
        const std::string whole = ok(body);
        return request.method == "HEAD" ? whole.substr(0, whole.size() - body.size()) : whole;
    }
    std::string out = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    if (request.method == "HEAD") return out;
    for (std::size_t at = 0; at < body.size(); at += 1000) {
        const std::string part = body.substr(at, 1000);
        std::array<char, 20> size{};
        std::snprintf(size.data(), size.size(), "%zx\r\n", part.size());
        out.append(size.data()).append(part).append("\r\n");
    }
    return out + "0\r\n\r\n";
}

}  // namespace posta::test
