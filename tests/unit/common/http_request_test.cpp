#include <gtest/gtest.h>

#include <array>

#include "tests/unit/common/http_parser_probe.h"

namespace posta::http {
namespace {

Seen parse_request(std::string_view bytes, std::size_t piece = std::string_view::npos) {
    RequestParser parser;
    return parse(parser, bytes, std::min(piece, bytes.size()));
}

std::string get_with(std::string_view fields) {
    return "GET /a?b=c HTTP/1.1\r\nHost: arne.example\r\n" + std::string(fields) + "\r\n";
}

std::string chunked(std::string_view body) {
    return "POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n" +
           std::string(body);
}

struct Case {
    const char* what;
    std::string bytes;
    int status;  // 0: accepted
};

// Each row also runs byte by byte: where reads are cut must not change a verdict.
const std::vector<Case>& cases() {
    using std::string_literals::operator""s;
    static const std::vector<Case> table = {
        {"plain", get_with(""), 0},
        {"one empty line before", "\r\n" + get_with(""), 0},
        {"two empty lines before", "\r\n\r\n" + get_with(""), 400},
        {"bare LF before", "\n" + get_with(""), 400},
        {"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 0},
        {"absolute target", "GET http://a.example/x HTTP/1.1\r\nHost: a.example\r\n\r\n", 0},
        {"absolute target, other port",
         "GET http://a.example:80 HTTP/1.1\r\nHost: A.example\r\n\r\n", 0},
        {"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n", 0},
        {"length", get_with("Content-Length: 0\r\n"), 0},
        {"obs-text in a value", get_with("X: \xe9\r\n"), 0},
        {"empty value", get_with("X:\r\n"), 0},
        {"expectation", get_with("Expect: 100-continue\r\n"), 0},
        {"chunked", chunked("5\r\nhello\r\n0\r\n\r\n"), 0},
        {"chunk extension", chunked("5;name=\"v\"; x\r\nhello\r\n0\r\n\r\n"), 0},
        {"trailer", chunked("0\r\nChecksum: 1\r\n\r\n"), 0},

        {"HTTP/0.9", "GET /\r\n\r\n", 400},
        {"HTTP/0.9 version", "GET / HTTP/0.9\r\n\r\n", 505},
        {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a.example\r\n\r\n", 505},
        {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a.example\r\n\r\n", 505},
        {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"lower-case version", "GET / http/1.1\r\nHost: a.example\r\n\r\n", 400},
        {"RTSP", "DESCRIBE / RTSP/1.0\r\nHost: a.example\r\n\r\n", 400},
        {"RTSP method", "DESCRIBE / HTTP/1.1\r\nHost: a.example\r\n\r\n", 501},
        {"ICE method", "SOURCE / ICE/1.0\r\nHost: a.example\r\n\r\n", 400},
        {"SOURCE", "SOURCE / HTTP/1.1\r\nHost: a.example\r\n\r\n", 501},
        {"CONNECT", "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n", 501},
        {"unknown method", "BREW / HTTP/1.1\r\nHost: a.example\r\n\r\n", 501},
        {"lower-case method", "get / HTTP/1.1\r\nHost: a.example\r\n\r\n", 501},
        {"method that is no token", "G(T / HTTP/1.1\r\nHost: a.example\r\n\r\n", 400},
        {"* with GET", "GET * HTTP/1.1\r\nHost: a.example\r\n\r\n", 400},
        {"relative target", "GET a HTTP/1.1\r\nHost: a.example\r\n\r\n", 400},
        {"fragment", "GET /#a HTTP/1.1\r\nHost: a.example\r\n\r\n", 400},
        {"non-ASCII target", "GET /\xe9 HTTP/1.1\r\nHost: a.example\r\n\r\n", 400},
        {"space in target", "GET /a b HTTP/1.1\r\nHost: a.example\r\n\r\n", 400},
        {"two spaces", "GET  / HTTP/1.1\r\nHost: a.example\r\n\r\n", 400},
        {"tab", "GET\t/ HTTP/1.1\r\nHost: a.example\r\n\r\n", 400},
        {"leading space", " GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", 400},
        {"other scheme", "GET ftp://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n", 400},
        {"user info", "GET http://u@a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n", 400},

        {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
        {"two Hosts", get_with("Host: arne.example\r\n"), 400},
        {"two Hosts in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400},
        {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
        {"list of Hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
        {"absolute target disagrees", "GET http://b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n",
         400},
        {"absolute target without Host", "GET http://b.example/ HTTP/1.1\r\n\r\n", 400},

        {"two lengths", get_with("Content-Length: 0\r\nContent-Length: 0\r\n"), 400},
        {"list of lengths", get_with("Content-Length: 0, 0\r\n"), 400},
        {"signed length", get_with("Content-Length: +1\r\n"), 400},
        {"negative length", get_with("Content-Length: -1\r\n"), 400},
        {"hexadecimal length", get_with("Content-Length: 0x1\r\n"), 400},
        {"empty length", get_with("Content-Length:\r\n"), 400},
        {"leading zero", get_with("Content-Length: 01\r\n"), 400},
        {"inner space", get_with("Content-Length: 1 1\r\n"), 400},
        {"huge length", get_with("Content-Length: 18446744073709551617\r\n"), 400},
        {"length and chunked", get_with("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
         400},
        {"chunked and length", get_with("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"),
         400},
        {"empty coding beside length", get_with("Content-Length: 1\r\nTransfer-Encoding:\r\n"),
         400},
        {"empty coding", get_with("Transfer-Encoding:\r\n"), 400},
        {"other coding", get_with("Transfer-Encoding: gzip\r\n"), 501},
        {"identity", get_with("Transfer-Encoding: identity\r\n"), 501},
        {"two codings", get_with("Transfer-Encoding: gzip, chunked\r\n"), 400},
        {"chunked twice", get_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
         400},
        {"disguised coding", get_with("Transfer-Encoding: chunked;x\r\n"), 400},
        {"vertical tab",
         get_with("Transfer-Encoding: \x0b"
                  "chunked\r\n"),
         400},
        {"chunked in 1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},

        {"space before the colon", get_with("X : 1\r\n"), 400},
        {"space in a name", get_with("X Y: 1\r\n"), 400},
        {"empty name", get_with(": 1\r\n"), 400},
        {"no colon", get_with("X\r\n"), 400},
        {"name that is no token", get_with("X(: 1\r\n"), 400},
        {"obs-fold", get_with("X: 1\r\n 2\r\n"), 400},
        {"obs-fold with tab", get_with("X: 1\r\n\t2\r\n"), 400},
        {"space before the first field", "GET / HTTP/1.1\r\n X: 1\r\nHost: a\r\n\r\n", 400},
        {"bare CR in a value", get_with("X: 1\r2\r\n"), 400},
        {"bare LF in a value", get_with("X: 1\nY: 2\r\n"), 400},
        {"bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
        {"CR, then a letter, as the end", "GET / HTTP/1.1\r\nHost: a\r\n\rX", 400},
        {"CR CR LF", get_with("X: 1\r\r\n"), 400},
        {"NUL in a value", get_with("X: a\0b\r\n"s), 400},
        {"NUL in a name", get_with("X\0: b\r\n"s), 400},
        {"DEL in a value", get_with("X: \x7f\r\n"), 400},

        {"Connection drops Host", get_with("Connection: close, Host\r\n"), 400},
        {"Connection drops the length", get_with("Connection: content-length\r\n"), 400},
        {"Connection is no list", get_with("Connection: a b\r\n"), 400},
        {"h2c", get_with("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"), 400},
        {"h2c in a list", get_with("Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n"), 400},
        {"other expectation", get_with("Expect: 200-ok\r\n"), 417},

        {"bare LF after a chunk size", chunked("5\nhello\r\n0\r\n\r\n"), 400},
        {"bare LF after chunk data", chunked("5\r\nhello\n0\r\n\r\n"), 400},
        {"bare LF at the end", chunked("0\r\n\n"), 400},
        {"junk after chunk data", chunked("5\r\nhelloXX0\r\n\r\n"), 400},
        {"chunk longer than its size", chunked("3\r\nhello\r\n0\r\n\r\n"), 400},
        {"0x size", chunked("0x5\r\nhello\r\n0\r\n\r\n"), 400},
        {"signed size", chunked("+5\r\nhello\r\n0\r\n\r\n"), 400},
        {"negative size", chunked("-1\r\nhello\r\n0\r\n\r\n"), 400},
        {"empty size", chunked("\r\nhello\r\n0\r\n\r\n"), 400},
        {"space before the size", chunked(" 5\r\nhello\r\n0\r\n\r\n"), 400},
        {"space after the size", chunked("5 \r\nhello\r\n0\r\n\r\n"), 400},
        {"size that overflows", chunked("10000000000000005\r\nhello\r\n0\r\n\r\n"), 400},
        {"bare CR in an extension", chunked("5;a\rb\r\nhello\r\n0\r\n\r\n"), 400},
        {"bare LF in an extension", chunked("5;a\nb\r\nhello\r\n0\r\n\r\n"), 400},
        {"long extension", chunked("5;" + std::string(200, 'a') + "\r\nhello\r\n0\r\n\r\n"), 400},
        {"framing in a trailer", chunked("0\r\nContent-Length: 5\r\n\r\n"), 400},
        {"coding in a trailer", chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
        {"Host in a trailer", chunked("0\r\nhost: b\r\n\r\n"), 400},
        {"address in a trailer", chunked("0\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n"), 400},
        {"trailer without colon", chunked("0\r\nabc\r\n\r\n"), 400},
        {"trailer with space before the colon", chunked("0\r\nabc : 1\r\n\r\n"), 400},
    };
    return table;
}

TEST(RequestParser, GivesEachRequestItsVerdictHoweverItIsCut) {
    for (const Case& one : cases()) {
        for (const std::size_t piece : {std::string_view::npos, std::size_t{1}, std::size_t{7}}) {
            const Seen seen = parse_request(one.bytes, piece);
            EXPECT_EQ(seen.refused() ? seen.fault.status : 0, one.status)
                << one.what << ", pieces of " << piece << ": " << seen.events << " "
                << seen.fault.reason;
            EXPECT_TRUE(one.status != 0 || seen.events.ends_with('e')) << one.what;
        }
    }
}

TEST(RequestParser, RefusesABareLineFeedAtOnceInsteadOfWaitingForTheEnd) {
    EXPECT_TRUE(parse_request("GET / HTTP/1.1\n").refused());
    EXPECT_TRUE(parse_request("GET / HTTP/1.1\r\nHost: a\r\n\rX").refused());
}

TEST(RequestParser, ReadsTheHeadWhereItStands) {
    RequestParser parser;
    const std::string bytes =
        "POST /p?q HTTP/1.1\r\nHost: A.Example:8080\r\nX: 1\r\n"
        "Content-Length: 2\r\n\r\nhiGET";
    std::string_view rest = bytes;

    ASSERT_EQ(parser.step(rest).event, Event::head);

    const RequestHead& head = parser.head();
    EXPECT_EQ(head.method, "POST");
    EXPECT_EQ(head.path, "/p");
    EXPECT_EQ(head.query, "q");
    EXPECT_EQ(head.host, "a.example");
    EXPECT_EQ(head.fields[1].line, "X: 1\r\n");
    EXPECT_EQ(head.only("x"), "1");
    EXPECT_EQ(head.method.data(), bytes.data());
    EXPECT_EQ(head.framing.length, 2U);
    EXPECT_EQ(parser.step(rest).data, "hi");
    EXPECT_EQ(parser.step(rest).event, Event::end);
    EXPECT_EQ(rest, "GET");
    EXPECT_TRUE(parser.between_messages());
}

TEST(RequestParser, ReadsPipelinedRequestsOneByOne) {
    const std::string two = get_with("") + chunked("1\r\nx\r\n0\r\n\r\n") + get_with("");
    EXPECT_EQ(parse_request(two).events, "hehbehe");
    EXPECT_EQ(parse_request(two, 1).events, "hehbehe");
}

TEST(RequestParser, PassesAChunkedBodyOnAsItStood) {
    const std::string body = "5;x\r\nhello\r\nA\r\n0123456789\r\n0\r\nChecksum: 1\r\n\r\n";
    for (std::size_t piece = 1; piece < 120; ++piece) {
        const Seen seen = parse_request(chunked(body), piece);
        EXPECT_EQ(seen.wire, body) << piece;
        EXPECT_EQ(seen.data, "hello0123456789") << piece;
    }
}

std::string head_of(std::size_t bytes, std::size_t fields) {
    std::string head = "GET / HTTP/1.1\r\nHost: a.example\r\n";
    for (std::size_t at = 1; at + 1 < fields; ++at) head += "X: 1\r\n";
    if (bytes > head.size() + 7)
        head += "Y: " + std::string(bytes - head.size() - 7, 'y') + "\r\n";
    else
        head += "Y: 1\r\n";
    return head + "\r\n";
}

TEST(RequestParser, TakesAHeadUpToItsLimitsAndNoFurther) {
    for (const std::size_t piece : {std::string_view::npos, std::size_t{1}}) {
        EXPECT_EQ(parse_request(head_of(kMaxHeadBytes, 2), piece).events, "he");
        EXPECT_EQ(parse_request(head_of(kMaxHeadBytes + 1, 2), piece).fault.status, 431);
        EXPECT_EQ(parse_request(head_of(0, kMaxFields), piece).events, "he");
        EXPECT_EQ(parse_request(head_of(0, kMaxFields + 1), piece).fault.status, 431);
    }
    RequestParser worker(kBehindFrontLimits);
    const std::string extended = head_of(kMaxHeadBytes + 1000, kMaxFields + 5);
    EXPECT_EQ(parse(worker, extended, extended.size()).events, "he");
}

TEST(RequestParser, RefusesAnEndlessHeadBeforeItsEnd) {
    EXPECT_EQ(parse_request("GET /" + std::string(20'000, 'a')).fault.status, 431);
    EXPECT_EQ(parse_request("GET /" + std::string(20'000, 'a'), 1000).fault.status, 431);
}

TEST(RequestParser, KnowsWhatTheClientWantsOfTheConnection) {
    const auto keep = [](std::string bytes) {
        RequestParser parser;
        std::string_view rest = bytes;
        EXPECT_EQ(parser.step(rest).event, Event::head);
        return parser.head().keep_alive;
    };
    EXPECT_TRUE(keep(get_with("")));
    EXPECT_FALSE(keep(get_with("Connection: foo, Close\r\n")));
    EXPECT_FALSE(keep(get_with("Connection: keep-alive\r\nConnection: close\r\n")));
    EXPECT_FALSE(keep("GET / HTTP/1.0\r\nHost: a\r\n\r\n"));
    EXPECT_TRUE(keep("GET / HTTP/1.0\r\nHost: a\r\nConnection: Keep-Alive\r\n\r\n"));
}

TEST(RequestParser, SeesAnUpgradeOnlyWithBothFields) {
    const auto upgrade = [](std::string bytes) {
        RequestParser parser;
        std::string_view rest = bytes;
        EXPECT_EQ(parser.step(rest).event, Event::head);
        return parser.head().wants_upgrade;
    };
    EXPECT_TRUE(upgrade(get_with("Connection: Upgrade\r\nUpgrade: websocket\r\n")));
    EXPECT_FALSE(upgrade(get_with("Upgrade: websocket\r\n")));
    EXPECT_FALSE(upgrade(get_with("Connection: Upgrade\r\n")));
}

}  // namespace
}  // namespace posta::http
