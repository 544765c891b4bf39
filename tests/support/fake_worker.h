#pragma once
// A tenant's worker as a script: listens on a Unix socket, gives each connection to a function on a
// thread of its own, and writes down which requests came. Well-behaved or hostile, as the script
// is.

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/base/unique_fd.h"
#include "common/http/head_parser.h"

namespace posta::test {

struct ReceivedRequest {
    std::string method;
    std::string target;
    std::string host;
    std::string head;
    std::string body;
};

class WorkerSide {
public:
    explicit WorkerSide(UniqueFd socket)
        : socket_(std::move(socket)), parser_(http::kBehindFrontLimits) {}

    // Nothing at the end of the connection or for what is no request.
    std::optional<ReceivedRequest> read_request();
    // The head alone; the body is left unread.
    std::optional<ReceivedRequest> read_head();
    bool send(std::string_view bytes);
    // Waits until the front closes.
    void wait_for_end();
    int fd() const { return socket_.get(); }

private:
    std::optional<ReceivedRequest> read(bool whole);

    UniqueFd socket_;
    http::RequestParser parser_;
    std::string unread_;
};

class FakeWorker {
public:
    using Script = std::function<void(WorkerSide&)>;

    // Answers each request by echo(name, request).
    FakeWorker(std::string name, const std::string& path);
    FakeWorker(std::string name, const std::string& path, Script script);
    ~FakeWorker();
    FakeWorker(const FakeWorker&) = delete;
    FakeWorker& operator=(const FakeWorker&) = delete;

    int connections() const { return connections_; }
    int open_connections() const { return open_; }

private:
    void accept_all();

    std::string name_;
    UniqueFd listener_;
    Script script_;
    std::atomic<bool> stopping_ = false;
    std::atomic<int> connections_ = 0;
    std::atomic<int> open_ = 0;
    std::mutex lock_;  // of what follows
    std::vector<int> fds_;
    std::vector<std::thread> threads_;
    std::thread accepting_;
};

// 200 with "<name> <method> <target> <body>"; chunked when the target contains "chunked".
std::string echo(const std::string& name, const ReceivedRequest& request);
// 200 with that body and its length.
std::string ok(std::string_view body);

}  // namespace posta::test
