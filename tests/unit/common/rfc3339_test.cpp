#include "common/base/rfc3339.h"

#include <gtest/gtest.h>

namespace posta {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

const WallTime kNoon = sys_days(std::chrono::year(2026) / 5 / 10) + 12h;

TEST(Rfc3339, WritesUtcWithMilliseconds) {
    EXPECT_EQ(format_time(kNoon + 7ms), "2026-05-10T12:00:00.007Z");
    EXPECT_EQ(format_time(WallTime(-1ms)), "1969-12-31T23:59:59.999Z");
}

TEST(Rfc3339, ReadsOffsetsFractionsAndEitherCase) {
    EXPECT_EQ(parse_time("2026-05-10T12:00:00Z"), kNoon);
    EXPECT_EQ(parse_time("2026-05-10t12:00:00z"), kNoon);
    EXPECT_EQ(parse_time("2026-05-10T14:00:00+02:00"), kNoon);
    EXPECT_EQ(parse_time("2026-05-09T23:30:00-12:30"), kNoon);
    EXPECT_EQ(parse_time("2026-05-10T12:00:00-00:00"), kNoon);
    EXPECT_EQ(parse_time("2026-05-10T12:00:00.5Z"), kNoon + 500ms);
    EXPECT_EQ(parse_time("2026-05-10T12:00:00.0079999999999999Z"), kNoon + 7ms);
}

TEST(Rfc3339, ReadsALeapSecondAsTheOneBefore) {
    EXPECT_EQ(parse_time("2016-12-31T23:59:60Z"), parse_time("2016-12-31T23:59:59Z"));
    EXPECT_EQ(parse_time("2017-01-01T00:59:60+01:00"), parse_time("2016-12-31T23:59:59Z"));
    EXPECT_EQ(parse_time("2016-12-31T12:00:60Z"), std::nullopt);
}

TEST(Rfc3339, RefusesEverythingElse) {
    for (const auto text : {"",
                            "10 May 2026",
                            "2026-05-10",
                            "2026-05-10T12:00:00",
                            "2026-05-10 12:00:00Z",
                            "2026-5-10T12:00:00Z",
                            "2026-02-29T12:00:00Z",
                            "2026-00-10T12:00:00Z",
                            "2026-13-10T12:00:00Z",
                            "2026-04-31T12:00:00Z",
                            "2026-05-00T12:00:00Z",
                            "2026-05-10T24:00:00Z",
                            "2026-05-10T12:60:00Z",
                            "2026-05-10T12:00:61Z",
                            "2026-05-10T12:00:00.Z",
                            "2026-05-10T12:00Z",
                            "2026-05-10T12:00:00+0200",
                            "2026-05-10T12:00:00+24:00",
                            "2026-05-10T12:00:00+02:60",
                            "2026-05-10T12:00:00+02",
                            "2026-05-10T12:00:00ZZ",
                            " 2026-05-10T12:00:00Z",
                            "2026-05-10T12:00:00Z ",
                            "+2026-05-10T12:00:00Z",
                            "-026-05-10T12:00:00Z",
                            "20260510T120000Z"}) {
        EXPECT_EQ(parse_time(text), std::nullopt) << text;
    }
    EXPECT_EQ(parse_time(std::string_view("2026-05-10T12:00:00Z\0", 21)), std::nullopt);
}

TEST(Rfc3339, ReadsBackEveryDayThatItWrites) {
    for (WallTime time = sys_days(std::chrono::year(1999) / 12 / 30); time < kNoon;
         time += 86'399s) {
        EXPECT_EQ(parse_time(format_time(time)), time);
    }
    EXPECT_EQ(parse_time("2024-02-29T00:00:00Z"),
              WallTime(sys_days(std::chrono::year(2024) / 2 / 29)));
}

}  // namespace
}  // namespace posta
