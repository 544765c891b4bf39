#include <gtest/gtest.h>

#include <array>

#include "common/http/head_parser.h"
#include "tests/support/http_cases.h"

namespace posta::http {
namespace {

using test::HttpCase;

// What a parser made of some bytes, in the table's own words.
struct Reading {
    std::string verdict;  // "arne=hello+marcus", "400" or "wait"
    std::string reason;
};

std::string tenant_of(std::string_view host) {
    if (!host.ends_with(".test")) return "";
    return std::string(host.substr(0, host.size() - 5));
}

std::string written(const std::vector<HttpCase::Expected>& requests) {
    std::string text;
    for (const HttpCase::Expected& one : requests)
        text += (text.empty() ? "" : "+") + one.tenant + "=" + one.body;
    return text;
}

// Cut into pieces of that size, each a copy: reading beyond one is found by the sanitizer.
Reading read_in_pieces(const std::string& bytes, std::size_t piece) {
    RequestParser parser;
    std::vector<HttpCase::Expected> requests;
    std::size_t ended = 0;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        const std::string part = bytes.substr(at, piece);
        for (std::string_view rest = part;;) {
            const Step step = parser.step(rest);
            if (step.event == Event::need_more) break;
            if (step.event == Event::fault)
                return {std::to_string(parser.fault().status), std::string(parser.fault().reason)};
            if (step.event == Event::head) requests.push_back({tenant_of(parser.head().host), {}});
            if (step.event == Event::body) requests.back().body += step.data;
            if (step.event == Event::end) ++ended;
        }
    }
    if (ended < requests.size() || requests.empty() || !parser.between_messages())
        return {"wait", ""};
    return {written(requests), ""};
}

TEST(RequestTable, GetsItsVerdictsFromTheParserHoweverTheBytesAreCut) {
    const std::vector<HttpCase> cases = test::read_http_cases();
    ASSERT_GT(cases.size(), 500U);
    for (const HttpCase& one : cases) {
        const std::string expected = !one.whole         ? "wait"
                                     : one.refused != 0 ? std::to_string(one.refused)
                                                        : written(one.requests);
        for (const std::size_t piece : {one.bytes.size(), std::size_t{1}, std::size_t{7}}) {
            const Reading reading = read_in_pieces(one.bytes, piece);
            EXPECT_EQ(reading.verdict, expected)
                << one.id << ", pieces of " << piece << ": " << reading.reason;
        }
    }
}

}  // namespace
}  // namespace posta::http
