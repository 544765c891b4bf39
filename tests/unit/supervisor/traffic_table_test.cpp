#include "supervisor/metrics/traffic_table.h"

#include <gtest/gtest.h>

#include "supervisor/front/traffic_book.h"

namespace posta::supervisor {
namespace {

using std::chrono_literals::operator""ms;

TEST(TrafficBook, TellsEachCountOnceAndStreamsAsTheyAre) {
    TrafficBook book;
    book.of("arne").count(200, 1ms);
    ++book.of("arne").streams;

    const auto first = book.take();
    ASSERT_TRUE(first.contains("arne"));
    EXPECT_EQ(first.at("arne").requests(), 1U);
    EXPECT_EQ(first.at("arne").streams, 1);

    EXPECT_TRUE(book.take().empty());
    --book.of("arne").streams;
    const auto last = book.take();
    ASSERT_TRUE(last.contains("arne"));
    EXPECT_EQ(last.at("arne").requests(), 0U);
    EXPECT_EQ(last.at("arne").streams, 0);
}

TEST(TrafficTable, KeepsTheSumsAndForgetsTheStreamsOfAFrontThatIsGone) {
    TrafficTable table;
    const int first_front = 0;
    const int second_front = 0;
    contracts::TrafficByTenant added;
    added["arne"].count(200, 1ms);
    added["arne"].streams = 3;

    table.add(&first_front, true, added);
    table.add(&second_front, true, added);
    EXPECT_EQ(table.of("arne").requests(), 2U);
    EXPECT_EQ(table.of("arne").streams, 6);

    table.forget_streams(&first_front);
    table.add(&first_front, false, added);  // its predecessor still drains
    EXPECT_EQ(table.of("arne").requests(), 3U);
    EXPECT_EQ(table.of("arne").streams, 3);
    EXPECT_EQ(table.of("nobody").requests(), 0U);
}

TEST(TrafficTable, DoesNotGrowWithoutEndForAFrontThatInventsTenants) {
    TrafficTable table;
    contracts::TrafficByTenant added;
    for (int number = 0; number < 30'000; ++number) added[std::to_string(number)].count(200, 1ms);
    table.add(nullptr, true, added);

    int known = 0;
    for (int number = 0; number < 30'000; ++number)
        if (table.of(std::to_string(number)).requests() > 0) ++known;
    EXPECT_EQ(known, 10'000);
}

}  // namespace
}  // namespace posta::supervisor
