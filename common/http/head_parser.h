#pragma once
// HTTP/1.1 messages from bytes, for the front and the worker. The .cpp is the only user of llhttp.
//
// A parser is fed bytes and stops after each event, so that its owner reads top-down:
//
//   for (std::string_view rest = bytes;;) {
//       const Step step = parser.step(rest);       // shortens `rest` by what it consumed
//       if (step.event == Event::need_more) break;
//       switch (step.event) ...
//   }
//
// `end` comes as a step of its own, also when `rest` is empty by then; the owner may stop after any
// step and go on later with the same rest. Bytes of a head are kept until the head is complete; a
// head that arrives in one piece is parsed where it stands, without a copy.
//
// Strict: every lenient flag of llhttp off, plus request_rules.h and response_rules.h. llhttp
// splits heads only; bodies are framed by chunked_body.h, because llhttp takes LF for CRLF there.
// After `fault` the parser is of no more use: answer, then close.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/http/head.h"

namespace posta::http {

enum class Event {
    need_more,  // everything was consumed; feed the next bytes
    head,       // head() is there; its views live until the next step() call or the next bytes
    body,       // `wire` are bytes of the body as they stand on the wire, `data` what they carry
    end,        // the message is complete, nothing was consumed; the next step begins a new one
    fault,      // fault() says what
};

struct Step {
    Event event;
    std::string_view wire;  // body: framing included, to forward untouched
    std::string_view data;  // body: the decoded bytes; may be empty (chunk framing only)
};

class RequestParser {
public:
    explicit RequestParser(HeadLimits limits = {});
    ~RequestParser();
    Step step(std::string_view& rest);
    const RequestHead& head() const;
    // Head bytes as they came, request line included, without the final empty line.
    std::string_view head_bytes() const;
    const Fault& fault() const;
    // No byte of a message has been seen: closing here cuts nothing.
    bool between_messages() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

class ResponseParser {
public:
    explicit ResponseParser(HeadLimits limits = kResponseLimits);
    ~ResponseParser();
    // Before each response: the request's method decides whether a body can follow (HEAD). Forgets
    // what was being read before. An interim response (1xx) is a message of its own, after which
    // the same answer is still due.
    void expect_answer_to(std::string_view method);
    Step step(std::string_view& rest);
    // Inside a chunked body, where the last chunk would end it.
    bool between_chunks() const;
    // The peer closed: ends a body that lasts until close; false when that cuts the message.
    bool finish();
    const ResponseHead& head() const;
    std::string_view head_bytes() const;
    // The whole head where it stands in the bytes that step() was given; nothing when it came in
    // pieces.
    std::optional<std::string_view> head_in_place() const;
    const Fault& fault() const;
    bool between_messages() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace posta::http
