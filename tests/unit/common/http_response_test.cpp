#include <gtest/gtest.h>

#include "tests/unit/common/http_parser_probe.h"

namespace posta::http {
namespace {

Seen parse_response(std::string_view bytes, std::string_view method = "GET",
                    std::size_t piece = std::string_view::npos) {
    ResponseParser parser;
    parser.expect_answer_to(method);
    return parse(parser, bytes, std::min(piece, bytes.size()));
}

TEST(ResponseParser, FramesBodiesByTheRequestAndTheStatus) {
    struct Case {
        const char* method;
        std::string bytes;
        const char* events;
    };
    const std::vector<Case> table = {
        {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "hbe"},
        {"GET", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "he"},
        {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "hbe"},
        {"GET", "HTTP/1.1 200 OK\r\n\r\nuntil the end", "hb"},
        {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "he"},
        {"HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "he"},
        {"GET", "HTTP/1.1 204 No Content\r\n\r\n", "he"},
        {"GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "he"},
        {"POST", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", "hehe"},
        {"GET", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
         "he"},
    };
    for (const Case& one : table) {
        EXPECT_EQ(parse_response(one.bytes, one.method).events, one.events) << one.bytes;
        EXPECT_EQ(parse_response(one.bytes, one.method, 1).events, one.events) << one.bytes;
    }
}

TEST(ResponseParser, RefusesWhatMightBeReadInTwoWays) {
    const std::vector<std::string> table = {
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nhi",
        "HTTP/1.1 100 Continue\r\nContent-Length: 2\r\n\r\nhi",
        "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "HTTP/1.1 200 OK\r\nX : 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: 1\r\n 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: content-length\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 99 Low\r\n\r\n",
        "HTTP/1.1 600 High\r\n\r\n",
        "HTTP/1.1 2000 Long\r\n\r\n",
        "HTTP/1.1 200\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "hello\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\nhi\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: " + std::string(40'000, 'x'),
    };
    for (const std::string& bytes : table) {
        for (const std::size_t piece : {std::string_view::npos, std::size_t{1}}) {
            const Seen seen = parse_response(bytes, "GET", piece);
            EXPECT_TRUE(seen.refused()) << bytes.substr(0, 80) << seen.events;
            EXPECT_EQ(seen.fault.status, 502) << bytes.substr(0, 80);
        }
    }
}

TEST(ResponseParser, TellsACutAnswerFromOneThatLastsUntilClose) {
    const auto ends_well = [](std::string_view bytes) {
        ResponseParser parser;
        parser.expect_answer_to("GET");
        parse(parser, bytes, bytes.size());
        return parser.finish();
    };
    EXPECT_TRUE(ends_well("HTTP/1.1 200 OK\r\n\r\nhello"));
    EXPECT_TRUE(ends_well("HTTP/1.1 204 No Content\r\n\r\n"));
    EXPECT_FALSE(ends_well("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"));
    EXPECT_FALSE(ends_well("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"));
    EXPECT_FALSE(ends_well("HTTP/1.1 200 OK\r\nX"));
}

}  // namespace
}  // namespace posta::http
