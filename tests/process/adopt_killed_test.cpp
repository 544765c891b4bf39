// A rehearsal that is killed leaves no key behind, and the next run removes what it left.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/eventually.h"
#include "tests/support/legacy_fixture.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_paths.h"

namespace posta::test {
namespace {

namespace fs = std::filesystem;

class KilledRehearsal : public ::testing::Test {
protected:
    KilledRehearsal() {
        fs::create_directory(temporary_);
        posta::testing::copy_legacy("arne", source_);
    }

    pid_t start_adopt(const std::string& from, bool dry_run) const {
        const std::string manifest = folder_ / "m.toml";
        const std::string data = folder_ / "data";
        std::vector<const char*> words{POSTA_SERVER, "identity",   "adopt",          "--slug",
                                       "arne",       "--url",      "arne.posta.no",  "--from",
                                       from.c_str(), "--manifest", manifest.c_str(), "--data-dir",
                                       data.c_str()};
        if (dry_run) words.push_back("--dry-run");
        words.push_back(nullptr);
        const pid_t child = ::fork();
        if (child == 0) {
            ::setenv("TMPDIR", temporary_.c_str(), 1);
            ::execv(POSTA_SERVER, const_cast<char* const*>(words.data()));
            ::_exit(127);
        }
        return child;
    }

    static int status_of(pid_t child) {
        int status = 0;
        EXPECT_EQ(::waitpid(child, &status, 0), child);
        return status;
    }

    std::vector<std::string> left_files() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::recursive_directory_iterator(temporary_))
            if (entry.is_regular_file()) names.push_back(entry.path().filename());
        return names;
    }

    // A database so large that the kill comes while it is copied; its end is a hole.
    void kill_a_rehearsal() const {
        const std::string large = folder_ / "large";
        fs::copy(source_, large, fs::copy_options::recursive);
        fs::resize_file(large + "/inbox.db", std::uintmax_t{8} << 30);
        const pid_t child = start_adopt(large, true);
        EXPECT_TRUE(eventually([&] { return !left_files().empty(); }));
        send_signal(child, SIGKILL);
        EXPECT_TRUE(WIFSIGNALED(status_of(child)));
        fs::remove_all(large);
    }

    TempDir folder_;
    std::string source_ = folder_ / "source";
    std::string temporary_ = folder_ / "tmp";
};

TEST_F(KilledRehearsal, LeavesNoKeyAndTheNextOneRemovesTheRest) {
    kill_a_rehearsal();

    EXPECT_EQ(left_files(), std::vector<std::string>{"inbox.db"});
    const int status = status_of(start_adopt(source_, true));
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT_TRUE(fs::is_empty(temporary_));
}

TEST_F(KilledRehearsal, IsCleanedUpByTheAdoptionToo) {
    kill_a_rehearsal();

    const int status = status_of(start_adopt(source_, false));

    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT_TRUE(fs::is_empty(temporary_));
    EXPECT_EQ(read_text(folder_ / "data/arne/keys.json"), read_text(source_ + "/keys.json"));
}

}  // namespace
}  // namespace posta::test
