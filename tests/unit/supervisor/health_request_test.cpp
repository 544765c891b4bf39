#include "supervisor/control/health_request.h"

#include <gtest/gtest.h>

namespace posta::supervisor {
namespace {

HealthSource source(const std::vector<std::string>& not_ready) {
    return {[not_ready] { return not_ready; }, [] { return std::string("posta_up 1\n"); }};
}

std::string status_line(const std::string& answer) { return answer.substr(0, answer.find("\r\n")); }

TEST(HealthRequest, IsWholeAtItsEmptyLineOrPastTheBound) {
    EXPECT_FALSE(is_whole_head(""));
    EXPECT_FALSE(is_whole_head("GET /healthz HTTP/1.1\r\nHost: x\r\n"));
    EXPECT_TRUE(is_whole_head("GET /healthz HTTP/1.1\r\n\r\n"));
    EXPECT_FALSE(is_whole_head(std::string(kMaxHealthHeadBytes, 'x')));
    EXPECT_TRUE(is_whole_head(std::string(kMaxHealthHeadBytes + 1, 'x')));
}

TEST(HealthRequest, IsAnsweredByItsFirstLineAlone) {
    const struct {
        std::string head;
        std::string status;
    } kTable[] = {
        {"GET /healthz HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK"},
        {"GET /healthz HTTP/1.0\r\nHost: any\r\n\r\n", "HTTP/1.1 200 OK"},
        {"HEAD /readyz HTTP/1.1\r\n\r\n", "HTTP/1.1 503 Service Unavailable"},
        {"GET /readyz HTTP/1.1\r\n\r\n", "HTTP/1.1 503 Service Unavailable"},
        {"GET /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK"},
        {"GET /metric HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found"},
        {"GET /healthz?x HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found"},
        {"POST /healthz HTTP/1.1\r\n\r\n", "HTTP/1.1 405 Method Not Allowed"},
        {"GET /healthz HTTP/2.0\r\n\r\n", "HTTP/1.1 400 Bad Request"},
        {"GET  /healthz HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request"},
        {"GET /healthz\r\n\r\n", "HTTP/1.1 400 Bad Request"},
        {"GET http://x/healthz HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request"},
        {"\r\n\r\n", "HTTP/1.1 400 Bad Request"},
        {std::string(kMaxHealthHeadBytes + 1, 'x'), "HTTP/1.1 431 Request Header Fields Too Large"},
        {"GET /healthz HTTP/1.1\r\nA: " + std::string(kMaxHealthHeadBytes, 'x') + "\r\n\r\n",
         "HTTP/1.1 431 Request Header Fields Too Large"},
    };
    for (const auto& [head, status] : kTable)
        EXPECT_EQ(status_line(health_answer(head, source({"arne is failed"}))), status) << head;
}

TEST(HealthRequest, NamesThoseThatAreNotReady) {
    const std::string head = "GET /readyz HTTP/1.1\r\n\r\n";

    EXPECT_TRUE(health_answer(head, source({})).ends_with("\r\n\r\nready\n"));
    EXPECT_TRUE(
        health_answer(head, source({"arne is failed", "marcus is backoff"}))
            .ends_with("\r\n\r\nnot ready: arne is failed\nnot ready: marcus is backoff\n"));
    EXPECT_TRUE(health_answer("HEAD /readyz HTTP/1.1\r\n\r\n", source({})).ends_with("\r\n\r\n"));
}

}  // namespace
}  // namespace posta::supervisor
