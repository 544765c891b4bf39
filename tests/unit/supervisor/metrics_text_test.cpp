#include "supervisor/metrics/metrics_text.h"

#include <gtest/gtest.h>

#include <array>

#include "supervisor/metrics/process_report.h"

namespace posta::supervisor {
namespace {

TEST(MetricsText, IsPrometheusOwnFormat) {
    MetricsText out;
    out.family("posta_x_total", "counter", "Help.");
    out.sample({{"tenant", "a\"\\\nb"}, {"class", "2xx"}}, 3);
    out.sample({}, std::uint64_t{4});
    out.family("posta_y_seconds", "gauge", "Help.");
    out.sample_milli({}, 1'500);
    out.sample_milli({}, -20);
    out.sample_milli({}, 2'000);

    EXPECT_EQ(std::move(out).text(),
              "# HELP posta_x_total Help.\n# TYPE posta_x_total counter\n"
              "posta_x_total{tenant=\"a\\\"\\\\\\nb\",class=\"2xx\"} 3\n"
              "posta_x_total 4\n"
              "# HELP posta_y_seconds Help.\n# TYPE posta_y_seconds gauge\n"
              "posta_y_seconds 1.5\nposta_y_seconds -0.02\nposta_y_seconds 2\n");
}

TEST(MetricsText, WritesAHistogramCumulatively) {
    MetricsText out;
    out.family("h", "histogram", "H.");
    constexpr std::array<int, 2> kBounds{5, 2500};
    constexpr std::array<std::uint64_t, 3> kCounts{2, 0, 1};
    out.histogram({"tenant", "arne"}, kBounds, kCounts, 12'500);

    EXPECT_EQ(std::move(out).text(),
              "# HELP h H.\n# TYPE h histogram\n"
              "h_bucket{tenant=\"arne\",le=\"0.005\"} 2\n"
              "h_bucket{tenant=\"arne\",le=\"2.5\"} 2\n"
              "h_bucket{tenant=\"arne\",le=\"+Inf\"} 3\n"
              "h_sum{tenant=\"arne\"} 0.0125\nh_count{tenant=\"arne\"} 3\n");
}

TEST(ProcessReport, BelievesWholeNumbersAndPlainReasonsAlone) {
    const std::string json =
        R"({"requests":3,"connections":-1,"vitals":{"disk_bytes":1.5,"outbox_depth":2},)"
        R"("sandbox":[{"strength":"enforced"},{"strength":"absent"},{}],)"
        R"("ledger":{"accepted":9,"refused":{"not-found":2,"a\"} 1\nforged":7,"bad":-1}}})";
    const ProcessReport report(json);

    EXPECT_EQ(report.number("requests"), 3);
    EXPECT_EQ(report.number("connections"), std::nullopt);
    EXPECT_EQ(report.vital("disk_bytes"), std::nullopt);
    EXPECT_EQ(report.vital("outbox_depth"), 2);
    EXPECT_EQ(report.ledger("accepted"), 9);
    EXPECT_EQ(report.layers("enforced"), 1);
    ASSERT_EQ(report.refused().size(), 1U);
    EXPECT_EQ(report.refused()[0].first, "not-found");
}

TEST(ProcessReport, IsEmptyWithoutOne) {
    for (const std::string json : {"", "[]", "{\"ledger\":[],\"vitals\":3}"}) {
        const ProcessReport report(json);

        EXPECT_EQ(report.number("requests"), std::nullopt);
        EXPECT_EQ(report.vital("disk_bytes"), std::nullopt);
        EXPECT_TRUE(report.refused().empty());
        EXPECT_EQ(report.layers("enforced"), 0);
    }
}

}  // namespace
}  // namespace posta::supervisor
