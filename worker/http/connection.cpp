#include "worker/http/connection.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "common/base/unix_socket.h"
#include "worker/http/error_answer.h"

namespace posta::worker {

Connection::Connection(Shared& shared, UniqueFd socket)
    : shared_(shared),
      parser_(http::kBehindFrontLimits),
      held_(shared.memory),
      deadline_(shared.loop, [this] { on_deadline(); }),
      stream_(shared.loop, std::move(socket), SocketKind::unix_domain, *this) {
    enter(Phase::between);
    stream_.start_reading();
}

Connection::~Connection() {
    if (awaited_) *awaited_ = nullptr;
    if (body_) --shared_.streaming;
}

void Connection::on_bytes(std::string_view bytes) {
    if (phase_ == Phase::lingering) {
        dropped_ += bytes.size();
        if (dropped_ > shared_.limits.max_discarded) enter(Phase::over);
        return settle();
    }
    if (!takes_bytes()) {
        unread_.append(bytes);
        return stream_.stop_reading();
    }
    std::string_view rest = bytes;
    advance(rest);
    unread_.assign(rest);
    settle();
}

bool Connection::takes_bytes() const {
    return phase_ == Phase::between || phase_ == Phase::head || phase_ == Phase::body ||
           phase_ == Phase::skipping;
}

void Connection::advance(std::string_view& rest) {
    advancing_ = true;
    for (bool more = true; more && takes_bytes();) {
        const http::Step step = parser_.step(rest);
        switch (step.event) {
            case http::Event::need_more:
                more = false;
                break;
            case http::Event::head:
                on_head();
                break;
            case http::Event::body:
                on_body(step);
                break;
            case http::Event::end:
                on_message_end();
                break;
            case http::Event::fault:
                on_fault();
                break;
        }
    }
    advancing_ = false;
    if (phase_ == Phase::between && !parser_.between_messages()) enter(Phase::head);
    if (phase_ == Phase::body) enter(Phase::body);
    if (takes_bytes()) {
        stream_.start_reading();
    } else if (phase_ == Phase::hesitating) {
        rest = {};
        stream_.stop_reading();
    } else if (phase_ != Phase::lingering && !rest.empty()) {
        // With nothing left over, reading goes on until something comes: to stop and to start again
        // would cost two system calls for each request.
        stream_.stop_reading();
    }
}

void Connection::on_head() {
    const http::RequestHead& head = parser_.head();
    ++shared_.requests;
    answering_head_ = head.method == "HEAD";
    chunks_ = head.minor_version == 1;
    last_ = !head.keep_alive;
    dropped_ = 0;
    admission_ = shared_.service.admit(head);
    if (!admission_.refusal && head.framing.kind == http::BodyKind::length &&
        head.framing.length > admission_.route->max_body)
        admission_.refusal =
            error_answer(413, "too-large", "the body is longer than this path takes");
    const std::size_t expected =
        head.framing.kind == http::BodyKind::length ? head.framing.length : 0;
    const bool lacks_memory = !admission_.refusal && !has_memory_for(expected);
    if (lacks_memory) admission_.refusal = out_of_memory();
    if (!admission_.refusal) {
        admission_.request.body.reserve(expected);
        enter(Phase::body);
        if (head.expects_continue && head.framing.kind != http::BodyKind::none)
            stream_.write("HTTP/1.1 100 Continue\r\n\r\n");
        return;
    }
    // A client that waits for 100 may or may not send its body after a refusal: only the end of the
    // connection is clear to both sides.
    const bool skippable =
        head.framing.kind == http::BodyKind::none ||
        (!head.expects_continue && head.framing.length <= shared_.limits.max_skipped_body);
    if (skippable) return enter(Phase::skipping);
    if (lacks_memory) return enter(Phase::hesitating);
    refuse(*std::move(admission_.refusal));
}

void Connection::on_body(const http::Step& step) {
    if (phase_ == Phase::body) {
        std::string& body = admission_.request.body;
        const std::size_t size = body.size() + step.data.size();
        const bool is_too_large = size > admission_.route->max_body;
        if (!is_too_large && has_memory_for(size)) {
            body.append(step.data);
            return;
        }
        admission_.refusal =
            is_too_large ? error_answer(413, "too-large", "the body is longer than this path takes")
                         : out_of_memory();
        dropped_ = body.size();
        body = {};
        held_.set(0);
        enter(Phase::skipping);
    }
    dropped_ += step.wire.size();
    if (dropped_ > shared_.limits.max_skipped_body) refuse(*std::move(admission_.refusal));
}

// For the body itself and for what is made of it until its turn is committed. Without a body only
// when nobody holds too much: an answer may be large.
bool Connection::has_memory_for(std::size_t body_bytes) {
    MemoryBudget& memory = shared_.memory;
    if (body_bytes == 0 && memory.is_short()) {
        memory.count_refusal();
        return false;
    }
    const bool is_owner = admission_.route->access == Access::caller;
    return held_.grow_to(std::max(held_.bytes(), 2 * body_bytes),
                         is_owner ? MemoryBudget::Share::whole : MemoryBudget::Share::half);
}

void Connection::on_message_end() {
    if (phase_ == Phase::skipping) return send(*admission_.refusal);
    const std::string& method = admission_.request.method;
    const bool only_reads = method == "GET" || method == "HEAD";  // not worth a system call each
    if (!only_reads && peer_has_left(stream_.fd())) {
        shared_.owner.on_request_left_alone(method);
        return enter(Phase::over);
    }
    enter(Phase::waiting);
    awaited_ = std::make_shared<AnswerTaker*>(static_cast<AnswerTaker*>(this));
    shared_.service.serve(*admission_.route, std::move(admission_.request), Reply(awaited_));
}

void Connection::on_fault() {
    const http::Fault& fault = parser_.fault();
    answering_head_ = false;
    const std::string_view code = fault.status == 413 ? "too-large" : "bad-request";
    refuse(error_answer(fault.status, code, fault.reason));
}

// Answers although the request has not been read to its end, which ends the connection.
void Connection::refuse(Response response) {
    last_ = true;
    send(response);
}

void Connection::on_answer(Response response) {
    awaited_.reset();
    send(response);
    if (!advancing_) continue_reading();
}

void Connection::send(const Response& response) {
    last_ = last_ || peer_ended_ || shared_.draining;
    const std::string head = head_of(response, !last_, shared_.date.text());
    const bool has_body = !answering_head_ && response.status != 204 && response.status != 304;
    stream_.write(head, has_body ? std::string_view(response.body) : std::string_view());
    admission_ = {};
    held_.set(stream_.queued_bytes());
    if (last_) return linger();
    enter(stream_.queued_bytes() > 0 ? Phase::writing : Phase::between);
}

void Connection::on_stream(Response head, std::unique_ptr<EndlessBody> body) {
    awaited_.reset();
    last_ = true;
    admission_ = {};
    held_.set(0);
    stream_.write(
        head_of(head, !last_, shared_.date.text(), chunks_ ? Framed::by_chunks : Framed::by_close));
    if (answering_head_) {
        linger();
        return settle_later();
    }
    enter(Phase::streaming);
    body_ = std::move(body);
    ++shared_.streaming;
    shared_.owner.on_streaming();
    body_->begin(*this);
}

void Connection::write_body(std::string_view bytes) {
    if (phase_ != Phase::streaming || bytes.empty()) return;
    if (chunks_) {
        write_chunk(bytes);
    } else {
        stream_.write(bytes);
    }
    held_.set(stream_.queued_bytes());
}

void Connection::write_chunk(std::string_view bytes) {
    std::array<char, 2 * sizeof(std::size_t)> size{};
    const auto end = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16).ptr;
    std::string chunk(size.data(), end);
    chunk.reserve(chunk.size() + bytes.size() + 4);
    stream_.write(chunk.append("\r\n").append(bytes).append("\r\n"));
}

void Connection::finish_body() {
    if (phase_ != Phase::streaming) return;
    if (chunks_) stream_.write("0\r\n\r\n");
    linger();
    settle_later();
}

void Connection::end_stream() {
    if (phase_ == Phase::streaming) body_->end();
}

void Connection::on_drained() {
    held_.set(0);
    if (phase_ == Phase::streaming) return body_->on_all_sent();
    if (phase_ == Phase::writing) {
        enter(Phase::between);
        return continue_reading();
    }
    if (phase_ == Phase::lingering) enter(peer_ended_ ? Phase::over : Phase::lingering);
    settle();
}

// Takes up what arrived while the connection was busy. The last thing in its callers.
void Connection::continue_reading() {
    const std::string bytes = std::move(unread_);
    std::string_view rest = bytes;
    advance(rest);
    unread_.assign(rest);
    settle();
}

void Connection::linger() {
    enter(Phase::lingering);
    dropped_ = 0;
    stream_.shut_write();
    if (peer_ended_ && stream_.queued_bytes() == 0) return enter(Phase::over);
    stream_.start_reading();
}

void Connection::on_end() {
    peer_ended_ = true;
    // What is being answered or written is still wanted by a peer that closed only one side.
    if (phase_ == Phase::streaming && !peer_has_left(stream_.fd())) return;
    if (phase_ != Phase::waiting && phase_ != Phase::writing &&
        !(phase_ == Phase::lingering && stream_.queued_bytes() > 0))
        enter(Phase::over);
    settle();
}

void Connection::on_broken(int) {
    enter(Phase::over);
    settle();
}

void Connection::on_deadline() {
    if (phase_ == Phase::head || phase_ == Phase::body || phase_ == Phase::skipping) {
        answering_head_ = false;
        refuse(error_answer(408, "timeout", "the request did not arrive in time"));
    } else if (phase_ == Phase::hesitating) {
        refuse(*std::move(admission_.refusal));
    } else {
        enter(Phase::over);
    }
    settle();
}

void Connection::enter(Phase phase) {
    phase_ = phase;
    switch (phase) {
        case Phase::between:
            return deadline_.start_once(shared_.limits.keep_alive_idle);
        case Phase::head:
            return deadline_.start_once(shared_.limits.head_deadline);
        case Phase::body:
        case Phase::skipping:
            return deadline_.start_once(shared_.limits.body_idle);
        case Phase::hesitating:
            return deadline_.start_once(shared_.limits.hesitation);
        case Phase::writing:
            return deadline_.start_once(shared_.limits.write_idle);
        case Phase::lingering:
            return deadline_.start_once(stream_.queued_bytes() > 0 ? shared_.limits.write_idle
                                                                   : shared_.limits.linger);
        case Phase::waiting:
        case Phase::streaming:
        case Phase::over:
            return deadline_.stop();
    }
}

// For calls of others, who must not find the connection destroyed.
void Connection::settle_later() {
    if (phase_ == Phase::over) deadline_.start_once(std::chrono::milliseconds{0});
}

void Connection::settle() {
    if (phase_ == Phase::over) shared_.owner.on_connection_over(*this);
}

}  // namespace posta::worker
