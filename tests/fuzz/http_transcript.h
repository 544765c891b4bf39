#pragma once
// What a parser of common/http said about a run of bytes, so that two runs can be compared.
//
// Body events are joined: where a read ends must not show. Checks on the way that a parser hands
// out exactly the bytes that it consumed.

#include <string>
#include <string_view>

#include "common/http/head_parser.h"
#include "tests/fuzz/target.h"

namespace posta::fuzz {

struct Transcript {
    std::string said;  // a line for each head, body, end and fault
    std::string data;  // of the body that is being read
    int ended = 0;
    bool faulted = false;

    void end_body() {
        said += "body " + std::to_string(data.size()) + " " + data + "\n";
        data.clear();
    }
    bool operator==(const Transcript&) const = default;
};

template <class Head>
std::string describe_fields(const Head& head) {
    std::string out;
    for (const http::Field& field : head.fields) {
        CHECK(http::is_token(field.name));
        CHECK(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
        CHECK(field.line.starts_with(field.name) && field.line.ends_with("\r\n"));
        out.append(field.name).append("=").append(field.value).append("|");
    }
    return out;
}

template <class Head>
std::string describe_framing(const Head& head) {
    return std::to_string(static_cast<int>(head.framing.kind)) + "/" +
           std::to_string(head.framing.length) + (head.keep_alive ? " stays" : " closes");
}

inline std::string describe(const http::RequestHead& head) {
    std::string out(head.method);
    out.append(" ").append(head.target).append(" ").append(head.path).append(" ");
    out.append(head.query).append(" ").append(head.host).append(" ");
    out.append(std::to_string(head.minor_version)).append(" ").append(describe_framing(head));
    out.append(head.expects_continue ? " continue" : "").append(head.wants_upgrade ? " up" : "");
    return out + " " + describe_fields(head);
}

inline std::string describe(const http::ResponseHead& head) {
    return std::to_string(head.status) + " " + std::string(head.reason) + " " +
           std::to_string(head.minor_version) + " " + describe_framing(head) + " " +
           describe_fields(head);
}

// Feeds one read. `on_head` looks at each head; `on_end` says whether to go on with what follows.
template <class Parser, class OnHead, class OnEnd>
bool feed(Parser& parser, std::string_view read, Transcript& transcript, OnHead on_head,
          OnEnd on_end) {
    for (std::string_view rest = read;;) {
        const std::string_view before = rest;
        const http::Step step = parser.step(rest);
        CHECK(before.ends_with(rest));
        const std::size_t consumed = before.size() - rest.size();
        switch (step.event) {
            case http::Event::need_more:
                CHECK(rest.empty());
                return true;
            case http::Event::head:
                transcript.said += "head " + describe(parser.head()) + "\n";
                on_head();
                break;
            case http::Event::body:
                transcript.data += step.data;
                CHECK(step.wire.size() >= step.data.size() || step.data.empty());
                break;
            case http::Event::end:
                CHECK(consumed == 0);
                transcript.end_body();
                ++transcript.ended;
                if (!on_end()) return false;
                break;
            case http::Event::fault:
                transcript.said += "fault " + std::to_string(parser.fault().status) + " " +
                                   std::string(parser.fault().reason) + "\n";
                transcript.faulted = true;
                CHECK(parser.step(rest).event == http::Event::fault);
                return false;
        }
    }
}

}  // namespace posta::fuzz
