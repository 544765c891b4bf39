// The real supervisor with children that only act (tests/support/stage.cpp).

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <set>

#include "tests/process/supervision.h"

namespace posta::test {
namespace {

using std::chrono_literals::operator""ms;

TEST_F(Supervision, StartsAFrontAndAWorkerForEachIdentity) {
    serve({"arne", "marcus"});

    EXPECT_EQ(server.children("front").size(), 1U);
    EXPECT_EQ(server.children("worker").size(), 2U);
    EXPECT_EQ(words_of(server.pid_of("arne")),
              (std::vector<std::string>{"posta-server", "worker", "arne"}));
    EXPECT_EQ(read_text(server.run_dir() + "/supervisor.pid"), std::to_string(server.pid()) + "\n");
    EXPECT_TRUE(routed("arne", "ready"));
    EXPECT_TRUE(routed("marcus", "ready"));
}

TEST_F(Supervision, ServesAnEmptyManifest) {
    serve({});

    EXPECT_EQ(server.children("front").size(), 1U);
    EXPECT_EQ(server.stop(), 0);
}

TEST_F(Supervision, RestartsAKilledWorkerAndLeavesTheOthersAlone) {
    serve({"arne", "marcus"});
    const pid_t arne = server.pid_of("arne");
    const pid_t marcus = server.pid_of("marcus");

    send_signal(arne, SIGKILL);

    EXPECT_TRUE(replaced("arne", arne));
    EXPECT_TRUE(routed("arne", "ready"));
    EXPECT_EQ(server.pid_of("marcus"), marcus);
    EXPECT_TRUE(server.logs("killed by SIGKILL"));
    EXPECT_TRUE(server.logs("starts again later"));
}

TEST_F(Supervision, ReplacesAKilledFront) {
    serve({"arne"});
    const pid_t front = server.children("front").at(0);

    send_signal(front, SIGKILL);

    EXPECT_TRUE(eventually([&] {
        const auto fronts = server.children("front");
        return fronts.size() == 1 && fronts[0] != front;
    }));
}

// As a virtual machine that was paused.
TEST_F(Supervision, DoesNotTakeItsOwnPauseForTheSilenceOfItsChildren) {
    server.add_words({"--silent-ms", "2000"});
    serve({"arne", "marcus"});
    const pid_t arne = server.pid_of("arne");
    const auto start = std::chrono::steady_clock::now();
    server.signal(SIGSTOP);
    EXPECT_TRUE(eventually([&] { return std::chrono::steady_clock::now() - start > 3000ms; }));
    server.signal(SIGCONT);

    // By this answer the heartbeat that was due meanwhile is over, and by the next one whoever it
    // would have killed is gone.
    EXPECT_NE(server.ask("status").find("\"ok\":true"), std::string::npos);
    EXPECT_NE(server.ask("restart marcus").find("\"ok\":true"), std::string::npos);
    EXPECT_EQ(server.log().find("no answer"), std::string::npos);
    EXPECT_EQ(server.pid_of("arne"), arne);
}

TEST_F(Supervision, LeavesNoOrphanWhenItIsKilled) {
    serve({"arne", "marcus"});
    std::vector<pid_t> children = server.children("worker");
    children.push_back(server.children("front").at(0));

    server.signal(SIGKILL);
    server.wait_for_exit();

    for (const pid_t child : children) EXPECT_TRUE(eventually([&] { return !lives(child); }));
}

TEST_F(Supervision, StartsWhereAKilledOneWas) {
    serve({"arne"});
    server.signal(SIGKILL);
    server.wait_for_exit();

    server.start();

    EXPECT_TRUE(lives(server.pid_of("arne")));
}

// A pid file that names nobody, or somebody else by now, is a trap.
TEST_F(Supervision, TakesAwayWhatAKilledOneHasLeftOfATenantThatIsGone) {
    serve({"arne", "marcus"});
    write_text(server.run_dir() + "/marcus.pid.new", "");
    write_text(server.run_dir() + "/somebody.pid", "1\n");
    const std::vector<pid_t> family = server.family();
    server.signal(SIGKILL);
    server.wait_for_exit();
    for (const pid_t pid : family) ASSERT_TRUE(eventually([&] { return !lives(pid); }));
    server.remove_identity("marcus");
    server.write_manifest();

    server.start();

    for (const std::string name : {"marcus.pid", "marcus.sock", "marcus.pid.new"})
        EXPECT_FALSE(std::filesystem::exists(server.run_dir() + "/" + name)) << name;
    EXPECT_EQ(read_text(server.run_dir() + "/somebody.pid"), "1\n");
    EXPECT_TRUE(lives(server.pid_of("arne")));
}

TEST_F(Supervision, RefusesARunDirectoryThatAnotherOneHas) {
    serve({"arne"});
    ServerProcess second(POSTA_STAGE);
    second.add_words({"--run-dir", server.run_dir()});
    second.write_manifest();

    second.launch();

    EXPECT_EQ(second.wait_for_exit(), 1);
    EXPECT_NE(second.log().find("another supervisor runs in"), std::string::npos);
    EXPECT_TRUE(lives(server.pid_of("arne")));
}

TEST_F(Supervision, StopsGracefullyAndTakesItsFilesAway) {
    serve({"arne"});

    EXPECT_EQ(server.stop(), 0);

    EXPECT_TRUE(std::filesystem::is_empty(server.run_dir()));
    EXPECT_EQ(server.log().find("died"), std::string::npos);
}

TEST_F(Supervision, StopsAtOnceOnQuitWhateverItsChildrenDo) {
    server.add_identity("arne");
    give_part("arne", "stubborn");
    server.write_manifest();
    server.start();

    server.signal(SIGQUIT);

    EXPECT_EQ(server.wait_for_exit(), 0);
}

TEST_F(Supervision, KillsAWorkerThatDoesNotLeave) {
    server.add_identity("arne");
    give_part("arne", "stubborn");
    server.write_manifest();
    server.add_words({"--drain-ms", "1000"});
    server.start();

    EXPECT_EQ(server.stop(), 0);
    EXPECT_TRUE(server.logs("did not leave within"));
}

TEST_F(Supervision, RestartsAWorkerThatASignalAsksToDrainWithoutBackOff) {
    serve({"arne", "marcus"});
    const pid_t marcus = server.pid_of("marcus");
    int starts = 0;
    for (const int signal_number : {SIGHUP, SIGTERM}) {
        // One that is signalled before it can listen leaves without its successor beside it.
        EXPECT_TRUE(server.logs("ready process=arne", ++starts));
        const pid_t old = server.pid_of("arne");

        send_signal(old, signal_number);

        EXPECT_TRUE(replaced("arne", old));
        EXPECT_TRUE(server.logs("ready process=arne pid=" + std::to_string(server.pid_of("arne"))));
        EXPECT_TRUE(eventually([&] { return !lives(old); }));
        // Heard, before its own turn to leave comes.
        EXPECT_TRUE(server.logs("arne: output line=alone", starts));
    }
    EXPECT_EQ(server.pid_of("marcus"), marcus);
    EXPECT_EQ(server.log().find("starts again later"), std::string::npos);
}

TEST_F(Supervision, BringsAChangedManifestIntoEffectWithoutTouchingTheRest) {
    serve({"arne", "marcus", "tarald"});
    const pid_t arne = server.pid_of("arne");
    const pid_t marcus = server.pid_of("marcus");
    const pid_t tarald = server.pid_of("tarald");
    server.remove_identity("tarald");
    server.remove_identity("marcus");
    server.add_identity("marcus", "aliases = [\"msg.marcus.test\"]");
    server.add_identity("ny");
    server.write_manifest();

    server.signal(SIGHUP);

    EXPECT_TRUE(server.logs("reloaded added=1 changed=1 removed=1 kept=1"));
    EXPECT_TRUE(routed("ny", "ready"));
    EXPECT_TRUE(routed("tarald", "absent"));
    EXPECT_TRUE(replaced("marcus", marcus));
    EXPECT_TRUE(eventually([&] { return routes().find("msg.marcus.test") != std::string::npos; }));
    EXPECT_TRUE(eventually([&] { return !lives(tarald); }));
    EXPECT_EQ(server.pid_of("tarald"), 0);
    EXPECT_FALSE(std::filesystem::exists(server.run_dir() + "/tarald.sock"));
    EXPECT_EQ(server.pid_of("arne"), arne);
    EXPECT_TRUE(eventually([&] { return server.children("worker").size() == 3; }));
}

TEST_F(Supervision, ChangesNothingWhenTheManifestHasAnError) {
    serve({"arne"});
    const pid_t arne = server.pid_of("arne");
    server.add_identity("marcus", "hots = 1");
    server.write_manifest();

    server.signal(SIGHUP);

    EXPECT_TRUE(server.logs("reload refused, nothing changed"));
    EXPECT_TRUE(server.logs("hots"));
    EXPECT_EQ(server.pid_of("arne"), arne);
    EXPECT_EQ(server.children("worker").size(), 1U);
}

TEST_F(Supervision, DoesNotStartWithAManifestThatHasAnError) {
    server.add_identity("arne", "hots = 1");
    server.write_manifest();

    server.launch();

    EXPECT_EQ(server.wait_for_exit(), 3);
    EXPECT_NE(server.log().find("nothing was started"), std::string::npos);
}

TEST_F(Supervision, ServesTheOthersWhenOneIdentityIsBad) {
    server.add_identity("arne");
    server.add_identity("broken");
    server.add_identity("missing");
    give_part("broken", "fail keys.json: no key");
    std::filesystem::remove_all(server.data_dir_of("missing"));
    server.write_manifest();

    server.start();

    EXPECT_TRUE(routed("arne", "ready"));
    EXPECT_TRUE(routed("broken", "off"));
    EXPECT_TRUE(routed("missing", "off"));
    EXPECT_TRUE(server.logs("left with code 78: keys.json: no key"));
    EXPECT_TRUE(server.logs("identity add, or restore it"));
    EXPECT_EQ(server.children("worker").size(), 1U);
}

TEST_F(Supervision, TriesAFailedIdentityAgainOnceItsFilesHaveChanged) {
    server.add_identity("arne");
    server.add_identity("broken");
    give_part("broken", "fail keys.json: no key");
    server.write_manifest();
    server.start();
    const pid_t arne = server.pid_of("arne");
    server.signal(SIGHUP);
    ASSERT_TRUE(server.logs("reloaded"));
    EXPECT_EQ(server.pid_of("broken"), 0);

    give_part("broken", "serve");
    write_text(server.data_dir_of("broken") + "/keys.json", "[]");
    server.signal(SIGHUP);

    EXPECT_TRUE(routed("broken", "ready"));
    EXPECT_EQ(server.pid_of("arne"), arne);
}

TEST_F(Supervision, TriesAFailedIdentityAgainByItselfOnceItsKeysHaveChanged) {
    server.add_identity("broken");
    give_part("broken", "fail keys.json: no key");
    server.write_manifest();
    server.start();
    ASSERT_TRUE(routed("broken", "off"));

    give_part("broken", "serve");
    write_text(server.data_dir_of("broken") + "/keys.json", "[]");

    EXPECT_TRUE(routed("broken", "ready"));
    EXPECT_TRUE(server.logs("files changed, tried again"));
}

TEST_F(Supervision, TriesAFailedIdentityAgainByItselfOnceItsDirectoryIsThere) {
    server.add_identity("missing");
    std::filesystem::remove_all(server.data_dir_of("missing"));
    server.write_manifest();
    server.start();
    ASSERT_TRUE(routed("missing", "off"));

    server.remove_identity("missing");
    server.add_identity("missing");

    EXPECT_TRUE(routed("missing", "ready"));
}

// One that writes to its own files while it fails must not be started without end.
TEST_F(Supervision, LeavesAFailedIdentityAloneWhoseFilesDoNotChange) {
    server.add_identity("broken");
    give_part("broken", "fail keys.json: no key");
    server.write_manifest();
    server.start();
    write_text(server.run_dir() + "/somewhere-else", "");

    for (int round = 0; round < 3; ++round) {
        server.signal(SIGHUP);
        ASSERT_TRUE(server.logs("reloaded", round + 1));
    }

    EXPECT_EQ(server.log().find("tried again"), std::string::npos);
    EXPECT_FALSE(
        eventually([&] { return server.log().find("tried again") != std::string::npos; }, 1500ms));
}

TEST_F(Supervision, NeverCallsAGracefulRestartADeathHoweverOftenItIsAskedFor) {
    serve({"arne"});
    for (int round = 0; round < 13; ++round) {
        const pid_t old = server.pid_of("arne");
        send_signal(old, round % 2 == 0 ? SIGHUP : SIGTERM);
        ASSERT_TRUE(replaced("arne", old)) << round;
    }

    EXPECT_TRUE(routed("arne", "ready"));
    EXPECT_EQ(server.log().find("died"), std::string::npos);
    EXPECT_EQ(server.log().find("starts again later"), std::string::npos);
}

TEST_F(Supervision, WaitsLongerEachTimeAWorkerDies) {
    server.add_identity("arne");
    server.add_identity("crash");
    give_part("crash", "exit 3");
    server.write_manifest();
    server.start();

    EXPECT_TRUE(server.logs("left with code 3", 5));

    std::vector<int> delays;
    const std::string log = server.log();
    constexpr std::string_view kMark = "after_ms=";
    for (std::size_t at = log.find("starts again later"); at != std::string::npos;
         at = log.find("starts again later", at + 1)) {
        const std::size_t number = log.find(kMark, at);
        if (number != std::string::npos) delays.push_back(std::stoi(log.substr(number + 9)));
    }
    ASSERT_GE(delays.size(), 4U);
    EXPECT_TRUE(std::is_sorted(delays.begin(), delays.begin() + 4));
    EXPECT_GE(delays[3], 700);
    EXPECT_TRUE(lives(server.pid_of("arne")));
}

// What /proc says that a child has open, apart from what its own loop made.
std::set<std::string> descriptors_of(pid_t pid) {
    std::set<std::string> found;
    for (const auto& entry :
         std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd"))
        found.insert(entry.path().filename());
    return found;
}

TEST_F(Supervision, GivesChildrenTheDescriptorsOfTheContractAndNoOther) {
    serve({"arne", "marcus"});

    EXPECT_EQ(descriptors_of(server.pid_of("arne")),
              (std::set<std::string>{"0", "1", "2", "3", "4"}));
    EXPECT_EQ(descriptors_of(server.pid_of("marcus")),
              (std::set<std::string>{"0", "1", "2", "3", "4"}));
    EXPECT_EQ(descriptors_of(server.children("front").at(0)),
              (std::set<std::string>{"0", "1", "2", "4", "5"}));
}

TEST_F(Supervision, MakesSocketsThatOnlyTheFrontCanUse) {
    serve({"arne"});
    struct stat status {};

    ASSERT_EQ(::stat((server.run_dir() + "/arne.sock").c_str(), &status), 0);

    EXPECT_EQ(status.st_mode & 0777, 0600U);
    EXPECT_EQ(status.st_uid, ::geteuid() == 0 ? 700'000U : ::geteuid());
}

}  // namespace
}  // namespace posta::test
