#include "common/contracts/traffic.h"

#include <gtest/gtest.h>

#include "common/contracts/channel.h"

namespace posta::contracts {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;

TEST(Traffic, CountsByClassAndByTime) {
    Traffic traffic;
    traffic.count(204, 1ms);
    traffic.count(404, 1001us);
    traffic.count(503, 60'000ms);

    EXPECT_EQ(traffic.by_class, (std::array<std::uint64_t, 5>{0, 1, 0, 1, 1}));
    EXPECT_EQ(traffic.latency.front(), 1U);  // a bound belongs to its bucket
    EXPECT_EQ(traffic.latency[1], 1U);
    EXPECT_EQ(traffic.latency.back(), 1U);
    EXPECT_EQ(traffic.latency_us, 60'002'001U);
    EXPECT_EQ(traffic.requests(), 3U);
}

TEST(Traffic, ArrivesAsItWasSentInLinesOfABoundedLength) {
    TrafficByTenant sent;
    for (int number = 0; number < 1000; ++number) {
        Traffic& traffic = sent["tenant-" + std::to_string(number)];
        for (int requests = 0; requests <= number; ++requests) traffic.count(200, 3ms);
        traffic.streams = number;
    }
    TrafficByTenant heard;
    for (const std::string& line : traffic_lines(sent)) {
        EXPECT_LE(line.size(), kMaxReportBytes);
        ASSERT_TRUE(line.starts_with("traffic "));
        Result<TrafficByTenant> part = traffic_from(line.substr(8));
        ASSERT_TRUE(part) << part.error().message;
        heard.merge(*part);
    }
    ASSERT_EQ(heard.size(), sent.size());
    for (const auto& [slug, traffic] : sent) {
        EXPECT_EQ(heard[slug].by_class, traffic.by_class);
        EXPECT_EQ(heard[slug].latency, traffic.latency);
        EXPECT_EQ(heard[slug].latency_us, traffic.latency_us);
        EXPECT_EQ(heard[slug].streams, traffic.streams);
    }
    EXPECT_TRUE(traffic_lines({}).empty());
}

TEST(Traffic, RefusesWhatIsNoCount) {
    const std::string classes = "[0,0,0,0,0]";
    const std::string latency = "[0,0,0,0,0,0,0,0,0,0,0,0,0]";
    EXPECT_TRUE(traffic_from("{\"a\":[" + classes + "," + latency + ",0,0]}"));
    for (const std::string& wrong :
         {std::string("[]"), std::string("{\"a\":1}"), std::string("{\"a\":[]}"),
          "{\"a\":[[0,0,0,0]," + latency + ",0,0]}",
          "{\"a\":[" + classes + "," + latency + ",-1,0]}",
          "{\"a\":[[0,0,0,0,-1]," + latency + ",0,0]}",
          "{\"a\":[[0,0,0,0,9223372036854775807]," + latency + ",0,0]}",
          "{\"a\":[" + classes + "," + latency + ",0,0.5]}"})
        EXPECT_FALSE(traffic_from(wrong)) << wrong;
}

}  // namespace
}  // namespace posta::contracts
