#include "supervisor/control/top_view.h"

#include <gtest/gtest.h>

namespace posta::supervisor {
namespace {

using std::chrono_literals::operator""ms;

TopSample sample(std::int64_t arne_requests, std::int64_t slow) {
    const std::string json =
        R"({"bounds_ms":[1,10],"tenants":[{"name":"arne","state":"ready","requests":)" +
        std::to_string(arne_requests) + R"(,"failures":1,"latency":[)" +
        std::to_string(arne_requests - slow) + ",0," + std::to_string(slow) +
        R"(],"connections":4,"streams":1,"memory_kb":1500,"restarts":2},)"
        R"({"name":"marcus","state":"failed","requests":0,"failures":0,"latency":[0,0,0],)"
        R"("connections":null,"streams":0,"memory_kb":null,"restarts":0}]})";
    const auto parsed = json::parse(json);
    EXPECT_TRUE(parsed);
    Result<TopSample> read = top_sample_from(*parsed);
    EXPECT_TRUE(read);
    return read ? *read : TopSample{};
}

TEST(TopView, MakesRatesOfTwoLooks) {
    const auto rows = top_rows(sample(100, 0), sample(300, 4), 2000ms);

    EXPECT_EQ(top_text(rows, TopKey::requests, {}),
              "2 tenants, 1 ready, 100.0 requests/s; sorted by requests\n"
              "NAME    STATE   REQ/S  5XX/S  P50-MS  P99-MS  CONNS  STREAMS  KIB   RESTARTS\n"
              "arne    ready   100.0  0.0    <1      slow    4      1        1500  2\n"
              "marcus  failed  0.0    0.0    -       -       -      0        -     0\n");
}

TEST(TopView, TakesAServerThatWasStartedAnewForWhatItIs) {
    const auto rows = top_rows(sample(1000, 0), sample(10, 0), 1000ms);

    EXPECT_EQ(rows[0].requests_per_s, 10.0);
    EXPECT_EQ(top_rows({}, sample(1000, 0), 1000ms)[0].requests_per_s, 0.0);
}

TEST(TopView, SortsByEachOfItsKeys) {
    std::vector<TopRow> rows(3);
    rows[0].name = "b";
    rows[0].requests_per_s = 9;
    rows[0].p99_ms = 10;
    rows[1].name = "c";
    rows[1].memory_kb = 5;
    rows[1].p99_ms = -1;
    rows[2].name = "a";
    rows[2].restarts = 1;
    const std::pair<std::string_view, std::string> orders[] = {
        {"r", "bac"}, {"latency", "cba"}, {"m", "cab"}, {"restarts", "abc"}, {"n", "abc"}};
    for (const auto& [key, order] : orders) {
        const auto known = top_key_from(key);
        ASSERT_TRUE(known) << key;
        sort_by(rows, *known);
        EXPECT_EQ(rows[0].name + rows[1].name + rows[2].name, order) << key;
    }
    EXPECT_FALSE(top_key_from("x"));
    EXPECT_FALSE(top_key_from(""));
}

TEST(TopView, FitsTheTerminal) {
    const auto rows = top_rows(sample(100, 0), sample(300, 4), 2000ms);

    EXPECT_EQ(top_text(rows, TopKey::name, {9, 3}), "2 tenants\nNAME    S\narne    r\n");
}

std::vector<TopRow> named(std::initializer_list<std::pair<const char*, const char*>> tenants) {
    std::vector<TopRow> rows;
    for (const auto& [name, state] : tenants) {
        rows.emplace_back();
        rows.back().name = name;
        rows.back().state = state;
    }
    return rows;
}

TEST(TopView, ShortensLongNamesInTheirMiddleSoThatTheNumbersFit) {
    const auto rows =
        named({{"the-office-of-the-department-for-everything-1", "ready"}, {"arne", "ready"}});

    const std::string narrow = top_text(rows, TopKey::name, {86, 0});
    EXPECT_NE(narrow.find("\nthe-office-~hing-1  ready  0.0 "), std::string::npos) << narrow;
    EXPECT_NE(narrow.find("RESTARTS\n"), std::string::npos) << narrow;
    // There is a least that is left of a name, and a terminal of that width loses numbers.
    const std::string narrower = top_text(rows, TopKey::name, {60, 0});
    EXPECT_NE(narrower.find("\nthe-office~ing-1  ready  0.0 "), std::string::npos) << narrower;
    for (const TopSize wide : {TopSize{200, 0}, TopSize{}})
        EXPECT_NE(top_text(rows, TopKey::name, wide).find("-department-"), std::string::npos);
}

TEST(TopView, SaysThatThereAreMoreThanTheTerminalHasLinesFor) {
    const auto rows = named({{"a", "ready"}, {"b", "ready"}, {"c", "ready"}});

    EXPECT_TRUE(
        top_text(rows, TopKey::name, {100, 4})
            .starts_with("3 tenants, 3 ready, 0.0 requests/s; sorted by name; the first 2\n"));
    EXPECT_TRUE(top_text(rows, TopKey::name, {100, 5})
                    .starts_with("3 tenants, 3 ready, 0.0 requests/s; sorted by name\n"));
}

TEST(TopView, KeepsTheTableAndSaysWhyThereIsNothingNewer) {
    const auto rows = named({{"a", "ready"}});

    const std::string text = top_text(rows, TopKey::name, {100, 5}, "no answer\x1b");

    EXPECT_TRUE(text.starts_with("no answer\\x1b\nNAME ")) << text;
    EXPECT_NE(text.find("\na     ready"), std::string::npos) << text;
}

TEST(TopView, ShowsThoseInTroubleBeforeTheOthersThatAreAsIdle) {
    auto rows = named({{"a", "ready"}, {"b", "stopped"}, {"c", "failed"}});

    sort_by(rows, TopKey::requests);
    EXPECT_EQ(rows[0].name, "c");
    EXPECT_EQ(rows[1].name, "a");
    rows[2].requests_per_s = 1;
    sort_by(rows, TopKey::requests);
    EXPECT_EQ(rows[0].name, "b");
    sort_by(rows, TopKey::name);
    EXPECT_EQ(rows[0].name, "a");
}

TEST(TopView, RefusesAnAnswerThatIsNone) {
    for (const char* json : {"{}", "[]", R"({"bounds_ms":[],"tenants":[{}]})"}) {
        const auto parsed = json::parse(json);
        ASSERT_TRUE(parsed);
        EXPECT_FALSE(top_sample_from(*parsed)) << json;
    }
}

}  // namespace
}  // namespace posta::supervisor
