// The commands as an operator runs them: the real program, its output, its exit codes.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/legacy_fixture.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_paths.h"

namespace posta::test {
namespace {

struct Outcome {
    int exit_code;
    std::string output;  // both streams
};

class Commands : public ::testing::Test {
protected:
    // `before`: what the shell does first.
    Outcome run(const std::string& words, const std::string& before = {}) const {
        const std::string line = before + "timeout 120 '" + POSTA_SERVER + "' " + words +
                                 " --manifest " + (folder_ / "m.toml") + " --data-dir " +
                                 (folder_ / "data") + " --run-dir " + (folder_ / "run") + " 2>&1";
        std::FILE* pipe = ::popen(line.c_str(), "re");
        std::string output;
        char buffer[4096];
        while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe))
            output.append(buffer, count);
        const int status = ::pclose(pipe);
        return {WIFEXITED(status) ? WEXITSTATUS(status) : 128, output};
    }

    void expect(const std::string& words, int exit_code) const {
        const Outcome outcome = run(words);
        EXPECT_EQ(outcome.exit_code, exit_code) << words << "\n" << outcome.output;
    }

    std::string keys_of(const std::string& slug) const {
        return folder_ / ("data/" + slug + "/keys.json");
    }

    TempDir folder_;
};

TEST_F(Commands, LeaveWithTheExitCodesOfTheContract) {
    expect("identity list", 3);  // no manifest
    const std::pair<const char*, int> kTable[] = {
        {"identity add --slug arne --url arne.example", 0},
        {"identity add --slug=marcus --url=https://m.example --apply", 4},
        {"identity add --slug arne --url a2.example", 1},
        {"identity add --slug A --url a2.example", 2},
        {"identity add --slug a2 --url http://a2.example", 2},
        {"identity add --slug a2 --url arne.example", 1},
        {"identity add --slug a2", 2},
        {"identity list", 0},
        {"identity list --json", 0},
        {"identity list word", 2},
        {"check", 0},
        {"check --json", 0},
        {"key list --slug=arne", 0},
        {"key list --slug nobody", 1},
        {"key list", 2},
        {"key remove --slug arne --id nothing", 1},
        {"key rotate --slug arne", 0},
        {"key rotate --slug arne --apply", 4},
        {"token create --slug arne --name phone", 0},
        {"token create --slug arne", 2},
        {"token list --slug arne", 0},
        {"token revoke --slug arne --name phone", 0},
        {"token revoke --slug arne --name phone", 1},
        {"invite create --slug arne --ttl 7d", 0},
        {"invite create --slug arne --ttl soon", 2},
        {"invite list --slug arne", 0},
        {"invite revoke --slug arne --id 1", 0},
        {"invite revoke --slug arne --id 1", 1},
        {"invite revoke --slug arne --id x", 2},
        {"identity purge --slug arne --dry-run", 1},
        {"identity purge --slug arne", 2},
        {"smoke --connect 127.0.0.1:1", 1},
        {"smoke --connect nowhere", 2},
        {"identity remove --slug arne", 0},
        {"identity remove --slug arne", 1},
        {"identity purge --slug arne --dry-run", 0},
        {"identity purge --slug arne --yes", 0},
        {"identity purge --slug arne --yes", 1},
    };
    for (const auto& [words, exit_code] : kTable) expect(words, exit_code);
}

TEST_F(Commands, LoseNoChangeWhenTwentyRunAtOnce) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 20; ++i)
        threads.emplace_back([this, i] {
            const std::string name = "p" + std::to_string(i);
            expect("identity add --slug " + name + " --url " + name + ".example", 0);
        });
    for (std::thread& thread : threads) thread.join();

    const Outcome listed = run("identity list");
    for (int i = 0; i < 20; ++i)
        EXPECT_NE(listed.output.find("https://p" + std::to_string(i) + ".example"),
                  std::string::npos);
    expect("check", 0);
}

TEST_F(Commands, AnAddThatWasInterruptedCanBeRepeatedAndKeepsItsKey) {
    expect("identity add --slug arne --url arne.example", 0);
    const std::string keys = read_text(keys_of("arne"));
    write_text(folder_ / "m.toml", "");

    expect("identity add --slug arne --url arne.example", 0);

    EXPECT_EQ(read_text(keys_of("arne")), keys);
    expect("identity remove --slug arne", 0);
    expect("identity add --slug arne --url other.example", 1);
    EXPECT_EQ(read_text(keys_of("arne")), keys);
}

TEST_F(Commands, AnAddGivesFilesToAnEntryThatWasWrittenFirst) {
    const std::string manifest =
        "# mine\n[[identity]]\nslug = \"arne\"\nurl = \"https://arne.example\"\n";
    write_text(folder_ / "m.toml", manifest);

    expect("identity add --slug arne --url other.example", 1);
    expect("identity add --slug arne --url arne.example", 0);

    EXPECT_EQ(read_text(folder_ / "m.toml"), manifest);
    expect("check", 0);
    const std::string keys = read_text(keys_of("arne"));
    expect("identity add --slug arne --url arne.example", 1);
    EXPECT_EQ(read_text(keys_of("arne")), keys);
}

TEST_F(Commands, AnAddGivesNoFreshKeyToMessagesThatHaveLostTheirs) {
    expect("identity add --slug arne --url arne.example", 0);
    expect("send --slug arne --to bob.example --text hello", 0);
    ::unlink(keys_of("arne").c_str());

    const Outcome added = run("identity add --slug arne --url arne.example");

    EXPECT_EQ(added.exit_code, 1);
    EXPECT_NE(added.output.find("holds messages and no keys.json"), std::string::npos)
        << added.output;
}

TEST_F(Commands, AnAddSaysThatItCannotGiveFilesToAnother) {
    const bool is_root = ::geteuid() == 0;

    expect("identity add --slug arne --url arne.example --user root", 1);
    expect("identity add --slug bo --url bo.example --user daemon", is_root ? 0 : 1);
}

TEST_F(Commands, CheckSeesTheFrontUserAsServeDoes) {
    const int as_root = ::geteuid() == 0 ? 3 : 0;  // without root nobody is asked
    for (const auto& [user, exit_code] :
         {std::pair{"root", as_root}, {"0", as_root}, {"700500", 0}, {"no-such-user", 3}}) {
        write_text(folder_ / "m.toml", std::string("[server]\nfront_user = \"") + user + "\"\n");
        expect("check", exit_code);
    }
}

TEST_F(Commands, TellOfAMigrationAndItsMergesWhenTheyAreTheFirstToOpen) {
    const std::string old = folder_ / "old";
    posta::testing::copy_legacy("arne", old);
    expect("identity adopt --slug arne --url arne.posta.no --from " + old, 0);

    const Outcome listed = run("token list --slug arne");

    EXPECT_EQ(listed.exit_code, 0);
    EXPECT_NE(listed.output.find("contacts merged"), std::string::npos) << listed.output;
    EXPECT_EQ(run("token list --slug arne").output.find("migrated"), std::string::npos);
}

TEST_F(Commands, AnAdoptThatCannotWriteItsCopyDoesNotBlameTheSource) {
    const std::string old = folder_ / "old";
    posta::testing::copy_legacy("marcus", old);

    // 4 KiB a file at most; the signal that says so is ignored.
    const Outcome adopted = run("identity adopt --slug marcus --url marcus.posta.no --from " + old,
                                "trap '' 25; ulimit -f 8; ");

    EXPECT_EQ(adopted.exit_code, 1);
    EXPECT_NE(adopted.output.find("cannot write the copy of " + old + "/inbox.db"),
              std::string::npos)
        << adopted.output;
    EXPECT_EQ(read_text(folder_ / "m.toml"), "");
}

TEST_F(Commands, AreNotLedAstrayByWhatATenantPutInItsDirectory) {
    for (const char* slug : {"fifo", "link", "open"})
        expect(std::string("identity add --slug ") + slug + " --url " + slug + ".example", 0);
    ::unlink(keys_of("fifo").c_str());
    ASSERT_EQ(::mkfifo(keys_of("fifo").c_str(), 0600), 0);
    ::unlink(keys_of("link").c_str());
    ASSERT_EQ(::symlink(keys_of("open").c_str(), keys_of("link").c_str()), 0);
    ASSERT_EQ(::chmod(keys_of("open").c_str(), 0644), 0);

    expect("key list --slug fifo", 3);
    expect("key rotate --slug link", 3);
    expect("key list --slug open", 1);
    expect("check", 3);
}

TEST_F(Commands, PurgeDeletesALinkAndNotWhatItPointsTo) {
    expect("identity add --slug arne --url arne.example", 0);
    write_text(folder_ / "precious", "kept");
    const std::string link = folder_ / "data/arne/link";
    ASSERT_EQ(::symlink((folder_ / "precious").c_str(), link.c_str()), 0);
    ASSERT_EQ(::symlink(folder_.path().c_str(), (link + "-to-directory").c_str()), 0);
    expect("identity remove --slug arne", 0);

    expect("identity purge --slug arne --yes", 0);

    EXPECT_EQ(read_text(folder_ / "precious"), "kept");
    struct stat status {};
    EXPECT_NE(::lstat((folder_ / "data/arne").c_str(), &status), 0);
}

}  // namespace
}  // namespace posta::test
