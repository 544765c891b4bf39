#include "supervisor/serve/run_dir.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "tests/support/temp_folder.h"

namespace posta::supervisor {
namespace {

namespace fs = std::filesystem;

std::string text_of(const std::string& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

class RunDirTest : public ::testing::Test {
protected:
    testing::TempFolder folder_;
    std::string path_ = folder_ / "run";
    SystemClock clock_;
    Log log_{clock_, "supervisor", LogLevel::error, LogFormat::text, -1};

    RunDir take() {
        auto taken = RunDir::take(path_, log_);
        EXPECT_TRUE(taken.has_value()) << taken.error().message;
        return std::move(taken).value();
    }
    std::string at(const std::string& name) const { return path_ + "/" + name; }
    std::string own_pid() const { return std::to_string(::getpid()) + "\n"; }
};

TEST_F(RunDirTest, IsMadeAgainWhenSomebodyRemovesIt) {
    RunDir run_dir = take();
    ASSERT_TRUE(run_dir.listen_for_control().has_value());
    ASSERT_TRUE(run_dir.listen_for("arne", {}).has_value());
    EXPECT_TRUE(run_dir.has_tenant_socket("arne"));
    const int lock = run_dir.lock();

    fs::remove_all(path_);

    EXPECT_FALSE(run_dir.has_tenant_socket("arne"));
    EXPECT_TRUE(run_dir.restore());
    EXPECT_EQ(text_of(at("supervisor.pid")), own_pid());
    EXPECT_EQ(run_dir.lock(), lock);
    EXPECT_EQ(RunDir::take(path_, log_).error().code, ErrorCode::conflict);
    EXPECT_TRUE(run_dir.restore_control());
    EXPECT_FALSE(run_dir.restore_control());  // it is there
    ASSERT_TRUE(run_dir.listen_for("arne", {}).has_value());
    EXPECT_TRUE(run_dir.has_tenant_socket("arne"));
}

TEST_F(RunDirTest, TakesNothingElseForASocketOfItsOwn) {
    RunDir run_dir = take();
    ASSERT_TRUE(run_dir.listen_for("arne", {}).has_value());

    fs::remove(at("arne.sock"));
    write(at("arne.sock"), "");
    EXPECT_FALSE(run_dir.has_tenant_socket("arne"));
    fs::remove(at("arne.sock"));
    fs::create_symlink("marcus.sock", at("arne.sock"));
    EXPECT_FALSE(run_dir.has_tenant_socket("arne"));

    run_dir.remove_tenant_socket("arne");
    EXPECT_TRUE(fs::is_symlink(at("arne.sock")));
}

TEST_F(RunDirTest, IsLeftToAnotherThatHasTakenIt) {
    auto ours = std::make_unique<RunDir>(take());
    ASSERT_TRUE(ours->listen_for_control().has_value());
    ASSERT_TRUE(ours->listen_for("arne", {}).has_value());
    fs::remove(at("supervisor.pid"));
    RunDir theirs = take();
    ASSERT_TRUE(theirs.listen_for_control().has_value());
    ASSERT_TRUE(theirs.listen_for("arne", {}).has_value());
    theirs.write_pid("arne", 4711);

    EXPECT_FALSE(ours->restore());
    ours->write_pid("arne", 1);
    ours->remove_pid("arne");
    ours->remove_tenant_socket("arne");
    ours.reset();

    EXPECT_EQ(text_of(at("arne.pid")), "4711\n");
    EXPECT_TRUE(theirs.has_tenant_socket("arne"));
    EXPECT_TRUE(fs::exists(at("control.sock")));
    EXPECT_TRUE(fs::exists(at("supervisor.pid")));
    EXPECT_FALSE(theirs.restore_control());
}

TEST_F(RunDirTest, HasItsPidFilesWhateverStandsInTheWay) {
    RunDir run_dir = take();
    ASSERT_EQ(::mkfifo(at("arne.pid.new").c_str(), 0600), 0);  // waits for a reader, if one lets it

    run_dir.write_pid("arne", 12);
    EXPECT_EQ(text_of(at("arne.pid")), "12\n");

    write(at("arne.pid"), "garbage");
    write(at("supervisor.pid"), "1\n");
    run_dir.write_pid("arne", 12);
    EXPECT_TRUE(run_dir.restore());
    EXPECT_EQ(text_of(at("arne.pid")), "12\n");
    EXPECT_EQ(text_of(at("supervisor.pid")), own_pid());

    // Nothing is made that would be noticed as one more change.
    fs::create_directory(at("marcus.pid"));
    fs::create_directory(at("control.sock"));
    const auto before = fs::last_write_time(path_);
    run_dir.write_pid("marcus", 13);
    EXPECT_FALSE(run_dir.restore_control());
    EXPECT_EQ(fs::last_write_time(path_), before);
    EXPECT_FALSE(fs::exists(at("marcus.pid.new")));
}

// Its owner could put a socket of his own where the front looks for a worker.
TEST_F(RunDirTest, IsNotTakenWhenItIsSomebodyElses) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
    fs::create_directory(path_);
    ASSERT_EQ(::chown(path_.c_str(), 712345, 712345), 0);

    const auto taken = RunDir::take(path_, log_);

    ASSERT_FALSE(taken.has_value());
    EXPECT_EQ(taken.error().code, ErrorCode::denied);
    EXPECT_NE(taken.error().message.find("belongs to uid 712345"), std::string::npos);
    EXPECT_FALSE(fs::exists(at("supervisor.pid")));
}

}  // namespace
}  // namespace posta::supervisor
