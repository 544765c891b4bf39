#include <gtest/gtest.h>

#include "common/http/host_name.h"
#include "common/http/status.h"

namespace posta::http {
namespace {

TEST(HostKey, IsTheNameInLowerCaseWithoutPortAndFinalDot) {
    EXPECT_EQ(host_key("arne.posta.no"), "arne.posta.no");
    EXPECT_EQ(host_key("Arne.Posta.NO:8080"), "arne.posta.no");
    EXPECT_EQ(host_key("arne.posta.no."), "arne.posta.no");
    EXPECT_EQ(host_key("arne.posta.no.:1"), "arne.posta.no");
    EXPECT_EQ(host_key("127.0.0.1:65535"), "127.0.0.1");
    EXPECT_EQ(host_key("a_b.example"), "a_b.example");
    EXPECT_EQ(host_key("[2001:DB8::1]:80"), "[2001:db8::1]");
    EXPECT_EQ(host_key("[::1]"), "[::1]");
    EXPECT_EQ(host_key(std::string(63, 'a') + ".example"), std::string(63, 'a') + ".example");
}

TEST(HostKey, RefusesWhatIsNoHost) {
    for (const std::string_view bad :
         {"",          ".",     "a..b",    ".a",       "a..",   "a:",
          "a:0",       "a:080", "a:65536", "a:123456", "a:x",   "a:-1",
          "a:1:2",     "u@a",   "a b",     " a",       "a ",    "a,b",
          "a/b",       "a?b",   "a#b",     "a%2eb",    "a\tb",  "\xc3\xa6.no",
          "[::1",      "[]",    "[::1]x",  "[::1]:",   "[::g]", "[fe80::1%eth0]",
          "[1.2.3.4]", "a]",    "::1"})
        EXPECT_FALSE(host_key(bad)) << bad;
    EXPECT_FALSE(host_key(std::string_view("[::1\0@x]", 8)));
    EXPECT_FALSE(host_key(std::string(64, 'a')));
    EXPECT_FALSE(host_key(std::string(126, 'a').replace(62, 1, ".") + "." + std::string(63, 'b') +
                          "." + std::string(63, 'c')));
}

TEST(ReasonFor, KnowsWhatWeSend) {
    EXPECT_EQ(reason_for(404), "Not Found");
    EXPECT_EQ(reason_for(599), "Unknown");
}

}  // namespace
}  // namespace posta::http
