#pragma once
// HTTP/1.1 messages from bytes, for the front and the worker. The .cpp is the only user of llhttp.
//
// A parser is fed bytes and stops after each event, so that its owner reads top-down:
//
//   for (std::string_view rest = bytes; !rest.empty();) {
//       const Step step = parser.step(rest);       // shortens `rest` by what it consumed
//       switch (step.event) ...
//   }
//
// Bytes of a head are kept until the head is complete; a head that arrives in one piece is parsed
// where it stands, without a copy. Strict: every lenient flag of llhttp off, plus the rules of
// request_rules.h. After `fault` the parser is of no more use: answer, then close.

#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/http/head.h"

namespace posta::http {

enum class Event {
    need_more,  // everything was consumed; feed the next bytes
    head,       // head() is there; its views live until the next step() call or the next bytes
    body,       // `wire` are bytes of the body as they stand on the wire, `data` what they carry
    end,        // the message is complete; the next step begins a new one
    fault,      // fault() says what
};

struct Step {
    Event event;
    std::string_view wire;  // body: framing included, to forward untouched
    std::string_view data;  // body: the decoded bytes; may be empty (chunk framing only)
};

struct Fault {
    int status = 400;    // 400, 413, 431, 501, 505
    std::string reason;  // for the log and the answer's message: "bare CR in the head"
};

class RequestParser {
public:
    RequestParser();
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
    ResponseParser();
    ~ResponseParser();
    // Before each response: the request's method decides whether a body can follow (HEAD).
    void expect_answer_to(std::string_view method);
    Step step(std::string_view& rest);
    // The peer closed: ends a body that lasts until close; false when that cuts the message.
    bool finish();
    const ResponseHead& head() const;
    std::string_view head_bytes() const;
    const Fault& fault() const;
    bool between_messages() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace posta::http
