#include <gtest/gtest.h>

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

// A target is looked at eight bytes at a time and then byte by byte.
TEST(RequestParser, TakesVisibleAsciiWithoutHashInATargetWhereverItStands) {
    for (std::size_t at = 1; at < 20; ++at) {
        for (int byte = 0; byte < 256; ++byte) {
            std::string target = "/" + std::string(19, 'a');
            target[at] = static_cast<char>(byte);
            const bool fits = byte > ' ' && byte < 0x7f && byte != '#';
            EXPECT_EQ(parse_request("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n").events,
                      fits ? "he" : "f")
                << byte << " at " << at;
        }
    }
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
}

TEST(RequestParser, TakesBehindTheFrontWhateverTheFrontMayBeToldToTake) {
    for (const HeadLimits limits : {HeadLimits{}, HeadLimits{kLeastHeadBytes, kLeastFields},
                                    HeadLimits{kMostHeadBytes, kMostFields}}) {
        RequestParser front(limits);
        const std::string largest = head_of(limits.bytes, limits.fields);
        ASSERT_EQ(largest.size(), limits.bytes);
        EXPECT_EQ(parse(front, largest, largest.size()).events, "he");
        RequestParser strict(limits);
        const std::string too_large = head_of(limits.bytes + 1, 2);
        EXPECT_EQ(parse(strict, too_large, too_large.size()).fault.status, 431);

        RequestParser worker(kBehindFrontLimits);
        const std::string extended = head_of(limits.bytes + 1000, limits.fields + 5);
        EXPECT_EQ(parse(worker, extended, extended.size()).events, "he");
    }
}

TEST(RequestParser, RefusesAnEndlessHeadBeforeItsEnd) {
    EXPECT_EQ(parse_request("GET /" + std::string(20'000, 'a')).fault.status, 414);
    EXPECT_EQ(parse_request("GET /" + std::string(20'000, 'a'), 1000).fault.status, 414);
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
