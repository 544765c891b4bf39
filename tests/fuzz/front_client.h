#pragma once
// A client's end of one connection to the front, in the hands of the fuzzer, with the eyes of a
// judge: what it gets must be well-formed answers, no more of them than requests, each after its
// request, and none with a byte of another tenant or of another client's connection.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/unique_fd.h"
#include "common/http/head_parser.h"
#include "tests/fuzz/front_worker.h"

namespace posta::fuzz {

class FrontClient {
public:
    // Whether that marked byte is one that this client may see while that tenant answers.
    using MayReceive = std::function<bool(char mark, int tenant)>;

    FrontClient(UniqueFd socket, MayReceive may_receive)
        : socket_(std::move(socket)), may_receive_(std::move(may_receive)) {}

    int fd() const { return socket_.get(); }
    bool open() const { return static_cast<bool>(socket_); }
    bool wants_to_read() const { return open() && reading_ && !ended_; }
    // The front has closed.
    bool ended() const { return ended_; }
    bool in_tunnel() const { return tunnel_; }

    // What the socket does not take now is lost.
    void send(std::string_view bytes);
    void set_reading(bool reading) { reading_ = reading; }
    void shut_write();
    void close() { socket_.reset(); }
    void read();

    std::size_t requests() const { return asked_.size(); }
    // Whether it has sent such a request; true while that cannot be said yet.
    bool may_have_asked(const Asked& asked) const;
    // The head of such a request has reached a worker: not more often than it was sent, except a
    // bodiless GET or HEAD, which may be sent again.
    void expect_begun(const Asked& asked);

private:
    void understand_requests();
    void understand_answers(std::string_view rest);
    void expect_answer();
    void end_answer();
    void expect_marks(std::string_view bytes) const;
    int tenant() const { return answering_ < asked_.size() ? asked_[answering_].tenant : -1; }
    bool waits_for_upgrade() const {
        return !asked_.empty() && asked_.back().wants_upgrade && asked_.back().complete &&
               answering_ < asked_.size();
    }

    UniqueFd socket_;
    MayReceive may_receive_;
    bool reading_ = true;
    bool ended_ = false;

    // What it has said.
    std::string unread_;  // not understood yet: behind a request to upgrade
    http::RequestParser requests_;
    bool faulted_ = false;
    std::vector<Asked> asked_;
    std::map<std::string, int> begun_;  // by method, target and tenant: so often at a worker

    // What it has got.
    http::ResponseParser answers_;
    std::size_t answering_ = 0;  // which request the next bytes answer
    bool in_answer_ = false;
    bool interim_ = false;
    bool last_answer_ = false;  // the answer said that the connection ends with it
    bool switching_ = false;    // the answer is a 101
    bool tunnel_ = false;
};

}  // namespace posta::fuzz
