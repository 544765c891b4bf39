// Reloads in a row, each with a changed entry, under load: nobody notices, nothing is left behind.
// POSTA_RELOADS sets how many.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "common/contracts/control.h"
#include "tests/support/live_server.h"

namespace posta::test {
namespace {

using std::chrono_literals::operator""s;

const std::vector<std::string> kSlugs{"arne", "marcus", "tarald"};
constexpr std::size_t kClients = 3;

std::ptrdiff_t open_descriptors(pid_t pid) {
    const auto all = std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd");
    return std::distance(begin(all), end(all));
}

TEST(ReloadUnderLoad, LosesNoRequestAndLeaksNothingManyTimesInARow) {
    const char* const wanted = std::getenv("POSTA_RELOADS");
    const int rounds = wanted == nullptr ? 40 : std::atoi(wanted);
    const LiveServer live(kSlugs);
    const std::string manifest = read_text(live.server.manifest_path());
    const pid_t marcus = live.server.pid_of("marcus");
    const pid_t arne = live.server.pid_of("arne");
    const auto reload = [&](const std::string& request) {
        const auto answer = contracts::ask_supervisor(live.server.run_dir(), request, 60s);
        ASSERT_TRUE(answer && answer->find("\"changed\":[\"arne\"]") != std::string::npos)
            << (answer ? *answer : answer.error().message);
        EXPECT_EQ(answer->find("\"put_back\":[\"arne\"]"), std::string::npos) << *answer;
    };
    const std::ptrdiff_t descriptors = open_descriptors(live.server.pid());
    Load load(live.server.port(), kSlugs, kClients);
    load.goes_on(5);

    for (int round = 0; round < rounds; ++round) {
        write_text(live.server.manifest_path(), manifest);
        live.add_to_entry("arne", "aliases = [\"a" + std::to_string(round) + ".test\"]");
        // Most come before the one before them is over.
        reload(round % 4 == 3 ? "reload --wait" : "reload");
    }

    EXPECT_EQ(live.run("ctl wait arne ready 60").exit_code, 0);
    load.goes_on(5);
    const LoadOutcome outcome = load.stop();
    EXPECT_TRUE(outcome.failures.empty()) << outcome.text();
    EXPECT_NE(live.server.pid_of("arne"), arne);
    EXPECT_EQ(live.server.pid_of("marcus"), marcus);
    EXPECT_TRUE(eventually([&] { return live.server.children("worker").size() == kSlugs.size(); }));
    EXPECT_TRUE(eventually([&] { return open_descriptors(live.server.pid()) <= descriptors; }));
    EXPECT_EQ(live.server.log().find("connections_cut=1"), std::string::npos);
}

}  // namespace
}  // namespace posta::test
