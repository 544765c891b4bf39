#include "supervisor/front/forwarding.h"

#include <gtest/gtest.h>

#include "common/http/head_parser.h"

namespace posta::supervisor {
namespace {

ClientPeer peer(const std::string& address, bool trusted = false) {
    return {*IpAddress::from_text(address), address, trusted};
}

AddressSet proxies() { return *AddressSet::from({"10.0.0.0/8", "fd00::/8"}); }

std::string forwarded(std::string fields, const ClientPeer& from) {
    http::RequestParser parser;
    const std::string bytes = "GET /p HTTP/1.1\r\nHost: a.test\r\n" + fields + "\r\n";
    std::string_view rest = bytes;
    EXPECT_EQ(parser.step(rest).event, http::Event::head);
    std::string out;
    write_request_head(parser.head(), from, proxies(), "id-1", out);
    const std::string start = "GET /p HTTP/1.1\r\nHost: a.test\r\n";
    EXPECT_TRUE(out.starts_with(start)) << out;
    const std::string end = "X-Request-Id: id-1\r\n\r\n";
    EXPECT_TRUE(out.ends_with(end)) << out;
    return out.substr(start.size(), out.size() - start.size() - end.size());
}

const std::string kFromStranger =
    "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\nX-Real-IP: 192.0.2.1\r\n";

TEST(Forwarding, KeepsFieldsAsTheyStoodAndDropsWhatConcernsOneConnection) {
    const std::string kept = "Accept:  a\r\nContent-Length: 0\r\nauthorization: B\r\nExotic:x \r\n";
    const std::string dropped =
        "Keep-Alive: 5\r\nTE: trailers\r\nProxy-Connection: close\r\nUpgrade: x\r\n"
        "HTTP2-Settings: a\r\nConnection: Foo, close\r\nfoo: 1\r\nExpect: 100-continue\r\n";
    EXPECT_EQ(forwarded(kept + dropped, peer("192.0.2.1")), kept + kFromStranger);
}

TEST(Forwarding, DropsWhatAStrangerSaysAboutItsOrigin) {
    EXPECT_EQ(forwarded("X-Forwarded-For: 1.1.1.1\r\nx-forwarded-host: b\r\nX-Forwarded-Port: 1\r\n"
                        "X-ForwardedFoo: 1\r\nX-Request-Id: 1\r\nForwarded: "
                        "for=1.1.1.1\r\nx-real-ip: 1.1.1.1\r\n",
                        peer("192.0.2.1")),
              kFromStranger);
}

TEST(Forwarding, ExtendsWhatATrustedProxySays) {
    EXPECT_EQ(
        forwarded("X-Forwarded-For: 9.9.9.9, 192.0.2.7\r\nX-Forwarded-For: 10.0.0.2\r\n"
                  "X-Forwarded-Proto: https\r\nX-Forwarded-Host: a.test\r\nForwarded: for=x\r\n",
                  peer("10.0.0.1", true)),
        "X-Real-IP: 192.0.2.7\r\n"
        "X-Forwarded-For: 9.9.9.9, 192.0.2.7, 10.0.0.2, 10.0.0.1\r\n"
        "X-Forwarded-Proto: https\r\nX-Forwarded-Host: a.test\r\n");
}

TEST(Forwarding, KeepsAnUpgradeThatIsAskedFor) {
    EXPECT_EQ(
        forwarded("Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n", peer("192.0.2.1")),
        "Upgrade: websocket\r\nConnection: upgrade\r\n" + kFromStranger);
    // Beside a field of the connection's own, which goes.
    EXPECT_EQ(forwarded("Connection: upgrade, foo\r\nUpgrade: websocket\r\nFoo: 1\r\n",
                        peer("192.0.2.1")),
              "Upgrade: websocket\r\nConnection: upgrade\r\n" + kFromStranger);
}

TEST(Forwarding, KeepsTheUpgradeOfAnAnswerThatSwitches) {
    http::ResponseHead head;
    head.status = 101;
    head.reason = "OK";
    head.fields = {{"Upgrade", "w", "Upgrade: w\r\n"},
                   {"Connection", "foo, upgrade", "Connection: foo, upgrade\r\n"},
                   {"Foo", "1", "Foo: 1\r\n"}};
    head.lists_fields = true;
    std::string out;
    write_answer_head(head, {}, out);
    EXPECT_EQ(out, "HTTP/1.1 101 OK\r\nUpgrade: w\r\nConnection: upgrade\r\n\r\n");
}

TEST(Forwarding, FindsTheNearestAddressThatIsNoProxy) {
    struct Case {
        const char* chain;
        const char* expected;
    };
    for (const auto& [chain, expected] : std::vector<Case>{
             {"", "10.0.0.1"},
             {"192.0.2.7", "192.0.2.7"},
             {"192.0.2.7, ", "192.0.2.7"},
             {"6.6.6.6, 192.0.2.7, 10.1.2.3", "192.0.2.7"},
             {"10.9.9.9, 10.1.2.3", "10.9.9.9"},
             {"192.0.2.7, unknown", "10.0.0.1"},
             {"192.0.2.7, 10.0.0.2:80", "10.0.0.1"},
             {"2001:db8::1, fd00::1", "2001:db8::1"},
         })
        EXPECT_EQ(client_address(chain, peer("10.0.0.1", true), proxies()), expected) << chain;
    EXPECT_EQ(client_address("6.6.6.6", peer("192.0.2.1"), proxies()), "192.0.2.1");
}

TEST(Forwarding, GivesTheClientItsOwnConnectionField) {
    http::ResponseHead head;
    const std::string line = "Content-Length: 0\r\n";
    head.status = 200;
    head.reason = "OK";
    head.fields = {{"Content-Length", "0", line},
                   {"Connection", "X-Inner, keep-alive", "Connection: X-Inner, keep-alive\r\n"},
                   {"X-Inner", "1", "X-Inner: 1\r\n"},
                   {"Keep-Alive", "5", "Keep-Alive: 5\r\n"}};
    head.lists_fields = true;
    const auto written = [&](AnswerStyle style) {
        std::string out;
        write_answer_head(head, style, out);
        return out;
    };
    EXPECT_EQ(written({}), "HTTP/1.1 200 OK\r\n" + line + "\r\n");
    EXPECT_EQ(written({.close = true, .old_client = false}),
              "HTTP/1.1 200 OK\r\n" + line + "Connection: close\r\n\r\n");
    EXPECT_EQ(written({.close = false, .old_client = true}),
              "HTTP/1.1 200 OK\r\n" + line + "Connection: keep-alive\r\n\r\n");
}

TEST(Forwarding, KnowsWhichAnswersLeaveAsTheyCame) {
    const auto passes = [](const std::string& bytes, AnswerStyle style) {
        http::ResponseParser parser;
        parser.expect_answer_to("GET");
        std::string_view rest = bytes;
        EXPECT_EQ(parser.step(rest).event, http::Event::head);
        std::string out;
        write_answer_head(parser.head(), style, out);
        const bool unchanged = passes_unchanged(parser.head(), style);
        EXPECT_EQ(unchanged, out == parser.head_in_place()) << bytes;
        return unchanged;
    };
    const std::string plain = "HTTP/1.1 200 Very well\r\nContent-Length: 0\r\nx:  1 \r\n";
    EXPECT_TRUE(passes(plain + "\r\n", {}));
    EXPECT_FALSE(passes(plain + "\r\n", {.close = true, .old_client = false}));
    EXPECT_FALSE(passes(plain + "\r\n", {.close = false, .old_client = true}));
    EXPECT_FALSE(passes(plain + "Connection: x\r\n\r\n", {}));
    EXPECT_FALSE(passes(plain + "Keep-Alive: 5\r\n\r\n", {}));
    EXPECT_FALSE(passes("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", {}));
}

}  // namespace
}  // namespace posta::supervisor
