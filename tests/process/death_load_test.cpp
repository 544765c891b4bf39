// kill -9 of one process of the real server under load: who notices, and who must not.

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <set>

#include "tests/support/http_client.h"
#include "tests/support/live_server.h"

namespace posta::test {
namespace {

const std::vector<std::string> kSlugs{"arne", "marcus", "tarald"};
constexpr std::size_t kClients = 4;

TEST(DeathUnderLoad, OfAWorkerCostsOnlyItsOwnRequestsThatMayNotBeSentTwice) {
    const LiveServer live(kSlugs);
    const pid_t marcus = live.server.pid_of("marcus");
    Load load(live.server.port(), kSlugs, kClients);
    for (int round = 0; round < 3; ++round) {
        load.goes_on(5);
        const pid_t old = live.server.pid_of("arne");
        send_signal(old, SIGKILL);
        EXPECT_TRUE(live.replaced("arne", old));
    }
    load.goes_on(5);
    const LoadOutcome outcome = load.stop();

    for (const LoadOutcome::Failure& failure : outcome.failures) {
        EXPECT_EQ(failure.slug, "arne") << outcome.text();
        EXPECT_EQ(failure.method, "POST") << outcome.text();
    }
    EXPECT_LE(outcome.failures.size(), 3 * kClients);
    EXPECT_EQ(live.server.pid_of("marcus"), marcus);
}

TEST(DeathUnderLoad, OfAFrontCostsOnlyItsOwnConnections) {
    const LiveServer live(kSlugs, "front_processes = 2\n");
    const pid_t arne = live.server.pid_of("arne");
    const std::vector<pid_t> fronts = live.server.children("front");
    ASSERT_EQ(fronts.size(), 2U);
    Load load(live.server.port(), kSlugs, kClients);
    load.goes_on(5);

    send_signal(fronts[0], SIGKILL);

    EXPECT_TRUE(eventually([&] { return live.server.children("front").size() == 2; }));
    load.goes_on(5);
    const LoadOutcome outcome = load.stop();
    std::set<std::size_t> clients;
    for (const LoadOutcome::Failure& failure : outcome.failures) clients.insert(failure.client);
    EXPECT_EQ(clients.size(), outcome.failures.size()) << outcome.text();
    EXPECT_EQ(live.server.pid_of("arne"), arne);
    const std::vector<pid_t> now = live.server.children("front");
    EXPECT_NE(std::find(now.begin(), now.end(), fronts[1]), now.end());
}

TEST(DeathUnderLoad, OfTheSupervisorLeavesNoOrphanAndTheNextStartsAtOnce) {
    LiveServer live(kSlugs);
    std::vector<pid_t> children = live.server.children("worker");
    for (const pid_t front : live.server.children("front")) children.push_back(front);
    ASSERT_EQ(children.size(), 4U);
    const std::string address = live.server.address();
    Load load(live.server.port(), kSlugs, kClients);
    load.goes_on(5);

    live.server.signal(SIGKILL);
    live.server.wait_for_exit();
    // On the very same port, as an init system would: while the old children may still be leaving.
    live.server.add_words({"--listen", address});
    live.server.start();

    for (const pid_t child : children) EXPECT_TRUE(eventually([&] { return !lives(child); }));
    EXPECT_EQ(live.server.address(), address);
    load.goes_on(5);
    for (const std::string& slug : kSlugs)
        EXPECT_EQ(HttpClient(live.server.port()).ask(get_request(slug, "/", "10.0.0.1")).status,
                  200);
}

}  // namespace
}  // namespace posta::test
