#include "worker/outbox/delivery_rules.h"

#include <gtest/gtest.h>

namespace posta::worker {
namespace {

using namespace std::chrono_literals;
using enum DeliveryClass;

const WallTime kNow = std::chrono::sys_days(std::chrono::year(1994) / 11 / 6) + 8h + 49min + 7s;

TEST(DeliveryRules, TellTheOutcomeByTheStatus) {
    for (const int status : {200, 202, 204, 299}) {
        EXPECT_EQ(judge_answer(status, "").outcome, delivered) << status;
    }
    for (const int status : {429, 500, 502, 503, 599}) {
        EXPECT_EQ(judge_answer(status, "").outcome, transient) << status;
    }
    for (const int status :
         {300, 301, 302, 307, 308, 400, 401, 403, 404, 409, 410, 413, 415, 421, 451, 100}) {
        EXPECT_EQ(judge_answer(status, "").outcome, permanent) << status;
    }
    EXPECT_EQ(judge_silence().outcome, transient);
}

TEST(DeliveryRules, TakeADuplicateForDelivered) {
    EXPECT_EQ(judge_answer(409, R"({"error":"duplicate-id","message":"x"})").outcome, delivered);
    EXPECT_EQ(judge_answer(409, R"({"error":"conflict"})").outcome, permanent);
    EXPECT_EQ(judge_answer(400, R"({"error":"duplicate-id"})").outcome, permanent);
}

TEST(DeliveryRules, KeepThePeersCodeWhenItLooksLikeOne) {
    EXPECT_EQ(judge_answer(421, R"({"error":"wrong-recipient"})").code, "wrong-recipient");
    for (const auto body : {"", "<html>", "[]", R"({"error":7})", R"({"error":""})",
                            R"({"error":"A b"})", R"({"error":"x\n"})"}) {
        EXPECT_EQ(judge_answer(421, body).code, "http-421") << body;
    }
    EXPECT_EQ(judge_answer(500, R"({"error":")" + std::string(65, 'a') + "\"}").code, "http-500");
}

TEST(DeliveryRules, WaitLongerEachTimeAndThenLeaveItToAPerson) {
    EXPECT_EQ(wait_after(1, "", kNow, 0), 5s);
    EXPECT_EQ(wait_after(2, "", kNow, 0), 30s);
    EXPECT_EQ(wait_after(3, "", kNow, 0), 5min);
    EXPECT_EQ(wait_after(4, "", kNow, 0), 30min);
    EXPECT_EQ(wait_after(5, "", kNow, 0), std::nullopt);
    EXPECT_EQ(wait_after(99, "10", kNow, 0), std::nullopt);
}

TEST(DeliveryRules, AddUpToATenthOfJitter) {
    EXPECT_EQ(wait_after(3, "", kNow, 0.5), 315s);
    EXPECT_LT(wait_after(4, "86400", kNow, 0.999), kLongestWait);
}

TEST(DeliveryRules, KeepAWaitThatTheFailureCanHaveAskedFor) {
    EXPECT_EQ(wait_left(1, "unreachable", 3s), 3s);
    EXPECT_EQ(wait_left(1, "unreachable", 5500ms), 5500ms) << "with its jitter";
    EXPECT_EQ(wait_left(4, "unreachable", 33min), 33min);
    EXPECT_EQ(wait_left(1, "http-503", 66min), 66min) << "the peer may have asked for it";
    EXPECT_EQ(wait_left(1, "http-503", -1s), 0s);
}

TEST(DeliveryRules, MakeAWaitUsualAgainThatAClockSetBackHasMadeLonger) {
    EXPECT_EQ(wait_left(1, "unreachable", 5501ms), 5s);
    EXPECT_EQ(wait_left(3, "unreachable", 1h), 5min);
    EXPECT_EQ(wait_left(2, "http-503", 67min), 30s);
    EXPECT_EQ(wait_left(99, "unreachable", 24h), 30min);
    EXPECT_EQ(wait_left(0, "unreachable", 24h), 5s);
}

TEST(DeliveryRules, LetThePeerAskForMoreTimeUpToAnHour) {
    EXPECT_EQ(wait_after(1, "120", kNow, 0), 120s);
    EXPECT_EQ(wait_after(4, "120", kNow, 0), 30min) << "never less than the wait";
    EXPECT_EQ(wait_after(1, "86400", kNow, 0), 1h);
    EXPECT_EQ(wait_after(1, "99999999999999999999", kNow, 0), 1h);
    EXPECT_EQ(wait_after(1, "Sun, 06 Nov 1994 08:49:37 GMT", kNow, 0), 30s);
    EXPECT_EQ(wait_after(1, "Sun, 06 Nov 1994 08:49:00 GMT", kNow, 0), 5s) << "past already";
    for (const auto nonsense :
         {"soon", "-5", "1.5", "Sun, 06 Nov 1994", "Sun, 06 Xxx 1994 08:49:37 GMT"}) {
        EXPECT_EQ(wait_after(1, nonsense, kNow, 0), 5s) << nonsense;
    }
}

}  // namespace
}  // namespace posta::worker
