// Children that do everything wrong, and their supervisor.

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/process/supervision.h"

namespace posta::test {
namespace {

struct Hostile {
    std::string part;
    std::string obituary;
    std::vector<std::string> limit{};  // a word of the stage, where only time shows what it is
    int times = 2;
};

class HostileChild : public Supervision, public testing::WithParamInterface<Hostile> {};

TEST_P(HostileChild, IsEndedAndHarmsNobody) {
    server.add_identity("arne");
    server.add_identity("evil");
    give_part("evil", GetParam().part);
    server.write_manifest();
    server.add_words(GetParam().limit);

    server.start();

    EXPECT_TRUE(server.logs(GetParam().obituary, GetParam().times)) << GetParam().part;
    EXPECT_TRUE(routed("arne", "ready"));
    EXPECT_EQ(server.log().find("process=arne pid=0"), std::string::npos);
    EXPECT_TRUE(eventually([&] { return server.children("worker").size() <= 2; }));
    EXPECT_EQ(server.stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(
    All, HostileChild,
    testing::Values(
        Hostile{"never-ready", "killed by SIGKILL: not ready within", {"--starting-ms", "3000"}},
        Hostile{"deaf", "killed by SIGKILL: no answer for", {"--silent-ms", "2000"}},
        // Some 280 pings fill its channel; then it is silent.
        Hostile{"soliloquy", "killed by SIGKILL: no answer for", {"--silent-ms", "2000"}, 1},
        Hostile{"long-line", "killed by SIGKILL: it wrote a line of more than"},
        Hostile{"gibberish", "killed by SIGKILL: it said a word"},
        Hostile{"chatter", "killed by SIGKILL: it says too much"},
        Hostile{"drain", "drains again and again"}));

class Orphan : public Supervision {};

// A confined worker can make no process; one that could is dead to the supervisor all the same when
// its own process is, whoever holds its descriptors.
TEST_F(Orphan, DoesNotPassForItsParent) {
    server.add_identity("arne");
    give_part("arne", "leaves-a-child");
    server.write_manifest();

    server.start();

    EXPECT_TRUE(server.logs("died process=arne", 2));
    const std::string mark = "left behind: ";
    ASSERT_TRUE(server.logs(mark));
    const std::string log = server.log();
    const pid_t child = std::atoi(log.c_str() + log.find(mark) + mark.size());
    ASSERT_GT(child, 1);
    EXPECT_TRUE(eventually([&] { return !lives(child); })) << "its channel has not ended";
    give_part("arne", "serve");
    EXPECT_TRUE(routed("arne", "ready"));
}

}  // namespace
}  // namespace posta::test
