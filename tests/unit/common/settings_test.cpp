#include "common/contracts/settings.h"

#include <gtest/gtest.h>

#include "common/contracts/front_contract.h"
#include "tests/support/golden.h"

namespace posta::contracts {
namespace {

WorkerSettings some_worker() {
    WorkerSettings settings;
    settings.slug = "arne";
    settings.url = "https://arne.example/in\"box";
    settings.hosts = {"arne.example", "msg.arne.example"};
    settings.data_dir = "/var/lib/posta/arne";
    settings.uid = 700001;
    settings.gid = 4294967294U;
    settings.tenant = {.acl = manifest::Acl::contacts,
                       .rate_per_minute = 1,
                       .rate_per_minute_address = 0,
                       .allow_private_peers = true,
                       .ca_bundle = "/ca",
                       .log_level = LogLevel::debug,
                       .memory_limit_mb = 3,
                       .descriptor_limit = 100,
                       .database_limit_mb = 5,
                       .require_layers = {"user", "landlock"}};
    settings.log_format = LogFormat::json;
    return settings;
}

TEST(Settings, OfAWorkerArriveAsTheyWereSent) {
    const WorkerSettings sent = some_worker();

    const Result<WorkerSettings> settings = worker_settings_from(to_line(sent));

    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->slug, sent.slug);
    EXPECT_EQ(settings->url, sent.url);
    EXPECT_EQ(settings->hosts, sent.hosts);
    EXPECT_EQ(settings->data_dir, sent.data_dir);
    EXPECT_EQ(settings->uid, sent.uid);
    EXPECT_EQ(settings->gid, sent.gid);
    EXPECT_EQ(settings->tenant, sent.tenant);
    EXPECT_EQ(settings->log_format, sent.log_format);
}

// A seed that misses a field teaches the fuzzer nothing: tests/fuzz/make_seeds.py.
TEST(Settings, AreWhatTheSeedsOfTheFuzzerHold) {
    const std::string seeds = "../fuzz/corpus/child_channel/seed-00";
    EXPECT_TRUE(worker_settings_from(test::test_data(seeds + "0")));
    EXPECT_TRUE(front_settings_from(test::test_data(seeds + "1")));
    EXPECT_TRUE(routes_from(test::test_data(seeds + "2")));
}

TEST(Settings, OfAFrontArriveAsTheyWereSent) {
    FrontSettings sent;
    sent.listeners = 2;
    sent.trusted_proxies = {"10.0.0.1/32"};
    sent.proxy_protocol = true;
    sent.access_log = manifest::AccessLog::sampled;
    sent.bounds = {1, 2, 3, 4, 5, 6, 7, 8};
    sent.require_layers = {"seccomp"};
    sent.log_level = LogLevel::warn;

    const Result<FrontSettings> settings = front_settings_from(to_line(sent));

    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->listeners, 2);
    EXPECT_EQ(settings->uid, std::nullopt);
    EXPECT_EQ(settings->gid, std::nullopt);
    EXPECT_EQ(settings->trusted_proxies, sent.trusted_proxies);
    EXPECT_TRUE(settings->proxy_protocol);
    EXPECT_EQ(settings->access_log, manifest::AccessLog::sampled);
    EXPECT_EQ(settings->bounds, sent.bounds);
    EXPECT_EQ(settings->require_layers, sent.require_layers);
    EXPECT_EQ(settings->log_level, LogLevel::warn);
    EXPECT_EQ(settings->log_format, LogFormat::text);
}

TEST(Settings, RefuseALineThatLacksAnyMember) {
    const std::string line = to_line(some_worker());
    for (std::size_t at = line.find("\","); at != std::string::npos; at = line.find("\",", at + 1))
        EXPECT_FALSE(worker_settings_from("{" + line.substr(at + 2))) << line.substr(at + 2);
    EXPECT_FALSE(worker_settings_from("{}"));
    EXPECT_FALSE(front_settings_from(line));
}

}  // namespace
}  // namespace posta::contracts
