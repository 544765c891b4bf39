#pragma once
// Runs a parser over bytes in one piece or byte by byte, and writes down what it said.

#include <string>
#include <string_view>

#include "common/http/head_parser.h"

namespace posta::http {

struct Seen {
    std::string events;  // h, b, e or f for each; runs of b are one
    std::string wire;
    std::string data;
    Fault fault;
    std::size_t unread = 0;

    bool refused() const { return !events.empty() && events.back() == 'f'; }
};

template <class Parser>
void feed(Parser& parser, std::string_view rest, Seen& seen) {
    for (;;) {
        const Step step = parser.step(rest);
        if (step.event == Event::need_more) break;
        if (step.event == Event::head) seen.events += 'h';
        if (step.event == Event::end) seen.events += 'e';
        if (step.event == Event::body && !seen.events.ends_with('b')) seen.events += 'b';
        seen.wire += step.wire;
        seen.data += step.data;
        if (step.event == Event::fault) {
            seen.events += 'f';
            seen.fault = parser.fault();
            break;
        }
    }
    seen.unread = rest.size();
}

// `piece` bytes at a time.
template <class Parser>
Seen parse(Parser& parser, std::string_view bytes, std::size_t piece) {
    Seen seen;
    for (std::size_t at = 0; at < bytes.size() && !seen.refused(); at += piece) {
        // A copy of just these bytes, so that reading beyond them is found by the sanitizer.
        const std::string part(bytes.substr(at, piece));
        feed(parser, part, seen);
    }
    return seen;
}

}  // namespace posta::http
