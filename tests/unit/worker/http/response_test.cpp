#include "worker/http/response.h"

#include <gtest/gtest.h>

#include "worker/http/error_answer.h"
#include "worker/http/http_date.h"

namespace posta::worker {
namespace {

using namespace std::chrono_literals;

std::string field_of(const Response& response, std::string_view name) {
    for (const auto& [field, value] : response.fields)
        if (field == name) return value;
    return "(absent)";
}

TEST(ResponseHead, NamesTheLengthOfItsBody) {
    const std::string head = head_of(Response::json("{}"), true, "now");

    EXPECT_EQ(head,
              "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: application/json\r\n"
              "X-Content-Type-Options: nosniff\r\nContent-Length: 2\r\n\r\n");
}

TEST(ResponseHead, NamesNoLengthWhereThereIsNoBody) {
    for (const int status : {100, 204, 304})
        EXPECT_EQ(head_of(Response::empty(status), true, "").find("Content-Length"),
                  std::string::npos);
    EXPECT_NE(head_of(Response::empty(405), true, "").find("Content-Length: 0\r\n"),
              std::string::npos);
}

TEST(ResponseHead, SaysWhenTheConnectionEnds) {
    EXPECT_NE(head_of(Response::empty(204), false, "").find("\r\nConnection: close\r\n"),
              std::string::npos);
}

TEST(HttpDate, HasTheFixedForm) {
    EXPECT_EQ(format_http_date(WallTime{784111777s}), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(format_http_date(WallTime{1709210096s + 7ms}), "Thu, 29 Feb 2024 12:34:56 GMT");
}

TEST(ErrorAnswer, IsJsonWithCodeAndMessage) {
    const Response response = error_answer(404, "not-found", "no \"such\" thing");

    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(response.body, R"({"error":"not-found","message":"no \"such\" thing"})");
    EXPECT_EQ(field_of(response, "Content-Type"), "application/json");
}

TEST(ErrorAnswer, ChallengesWhenATokenIsMissing) {
    EXPECT_EQ(unauthorized().status, 401);
    EXPECT_EQ(field_of(unauthorized(), "WWW-Authenticate"), "Bearer");
}

TEST(ErrorAnswer, RoundsTheWaitUp) {
    EXPECT_EQ(field_of(refused_for_now(429, "rate-limited", "", 1001ms), "Retry-After"), "2");
    EXPECT_EQ(field_of(refused_for_now(429, "rate-limited", "", 0ms), "Retry-After"), "1");
}

TEST(ErrorAnswer, GivesEveryErrorCodeItsStatus) {
    const std::pair<ErrorCode, int> expected[] = {
        {ErrorCode::invalid, 400},  {ErrorCode::denied, 403},      {ErrorCode::not_found, 404},
        {ErrorCode::conflict, 409}, {ErrorCode::unavailable, 503}, {ErrorCode::io, 500},
        {ErrorCode::internal, 500},
    };
    for (const auto& [code, status] : expected)
        EXPECT_EQ(answer_to(Error{code, "x"}).status, status) << name_of(code);
}

TEST(ErrorAnswer, KeepsTheReasonOfAFaultToItself) {
    for (const ErrorCode code : {ErrorCode::unavailable, ErrorCode::io, ErrorCode::internal})
        EXPECT_EQ(answer_to(Error{code, "/var/lib/secret"}).body.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace posta::worker
