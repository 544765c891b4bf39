#include "supervisor/front/request_id.h"

#include <gtest/gtest.h>

#include "common/http/head_parser.h"

namespace posta::supervisor {
namespace {

// The id of a request with these fields, from a proxy that is trusted or a stranger.
std::string id_of(RequestIds& ids, const std::string& fields, bool trusted) {
    http::RequestParser parser;
    const std::string bytes = "GET / HTTP/1.1\r\nHost: a.test\r\n" + fields + "\r\n";
    std::string_view rest = bytes;
    EXPECT_EQ(parser.step(rest).event, http::Event::head);
    std::string id;
    ids.name(parser.head(), {*IpAddress::from_text("10.0.0.1"), "10.0.0.1", trusted}, id);
    return id;
}

TEST(RequestIds, CountInASeriesOfTheirOwn) {
    RequestIds ids("s-");
    EXPECT_EQ(id_of(ids, "", false), "s-1");
    EXPECT_EQ(id_of(ids, "", true), "s-2");

    RequestIds one;
    RequestIds other;
    EXPECT_NE(id_of(one, "", false), id_of(other, "", false));
}

TEST(RequestIds, AreATrustedProxysWhereItGivesOneThatIsFitForALog) {
    RequestIds ids("s-");
    const std::string longest(128, 'a');
    EXPECT_EQ(id_of(ids, "X-Request-Id: 7f/A.b_c~d:e+f=g@h-\r\n", true), "7f/A.b_c~d:e+f=g@h-");
    EXPECT_EQ(id_of(ids, "x-request-id: " + longest + "\r\n", true), longest);

    EXPECT_EQ(id_of(ids, "X-Request-Id: 7f\r\n", false), "s-1");
    EXPECT_EQ(id_of(ids, "X-Request-Id:\r\n", true), "s-2");
    EXPECT_EQ(id_of(ids, "X-Request-Id: " + longest + "a\r\n", true), "s-3");
    EXPECT_EQ(id_of(ids, "X-Request-Id: a b\r\n", true), "s-4");
    EXPECT_EQ(id_of(ids, "X-Request-Id: a\"b\r\n", true), "s-5");
    EXPECT_EQ(id_of(ids, "X-Request-Id: \xe9\r\n", true), "s-6");
    EXPECT_EQ(id_of(ids, "X-Request-Id: a\r\nX-Request-Id: b\r\n", true), "s-7");
}

}  // namespace
}  // namespace posta::supervisor
