// What the world does to the files of one tenant, or to the log, while the server runs: only that
// tenant is affected, it says what is wrong and what to do, and it comes back when that is mended.

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/json/parse.h"
#include "tests/support/http_client.h"
#include "tests/support/live_server.h"

namespace posta::test {
namespace {

namespace fs = std::filesystem;

// Gone with the test.
class Mounted {
public:
    Mounted(const char* type, std::string directory, unsigned long flags, const char* options)
        : directory_(std::move(directory)) {
        const char* const source = type == nullptr ? directory_.c_str() : type;
        holds_ = ::mount(source, directory_.c_str(), type, flags, options) == 0;
    }
    ~Mounted() { end(); }
    Mounted(const Mounted&) = delete;
    Mounted& operator=(const Mounted&) = delete;

    explicit operator bool() const { return holds_; }  // false: this user may not
    void end() {
        if (holds_) ::umount2(directory_.c_str(), MNT_DETACH);
        holds_ = false;
    }

private:
    std::string directory_;
    bool holds_ = false;
};

class PulledAway : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_EQ(live_.run("ctl stop arne").exit_code, 0);
        fs::copy(directory_, kept_, fs::copy_options::recursive);
    }
    // The bytes alone: owner and mode stay.
    void put(const std::string& from, const std::string& file) const {
        std::ofstream out(directory_ + "/" + file, std::ios::binary | std::ios::trunc);
        out << read_text(from);
        ASSERT_TRUE(out.flush().good());
    }
    void expect_refused(const std::string& reason) const {
        const pid_t neighbour = live_.server.pid_of("marcus");
        const Outcome started = live_.run("ctl start arne");

        EXPECT_EQ(started.exit_code, 1) << started.output;
        EXPECT_NE(started.output.find("the tenant is failed: "), std::string::npos);
        EXPECT_NE(started.output.find(reason), std::string::npos) << started.output;
        HttpClient client(live_.server.port());
        EXPECT_EQ(client.ask(get_request("arne", "/setup", "10.0.0.1")).status, 503);
        EXPECT_EQ(client.ask(get_request("marcus", "/setup", "10.0.0.1")).status, 200);
        EXPECT_EQ(live_.server.pid_of("marcus"), neighbour);
    }
    void expect_back() const {
        EXPECT_EQ(live_.run("ctl start arne").exit_code, 0);
        HttpClient client(live_.server.port());
        EXPECT_EQ(client.ask(get_request("arne", "/setup", "10.0.0.1")).status, 200);
    }

    // Nobody waits an hour for one that will not come by itself.
    LiveServer live_{{"arne", "marcus"}, "front_hold_seconds = 3600\n"};
    const std::string directory_ = live_.server.data_dir_of("arne");
    const std::string kept_ = live_.server.folder() / "kept";
};

TEST_F(PulledAway, StoppedOneIsNotWaitedFor) {
    HttpClient client(live_.server.port());
    EXPECT_EQ(client.ask(get_request("arne", "/setup", "10.0.0.1")).status, 503);

    expect_back();

    EXPECT_EQ(client.ask(get_request("arne", "/setup", "10.0.0.1")).status, 200);
}

TEST_F(PulledAway, DatabaseThatIsEmptyIsNoNewBeginning) {
    fs::resize_file(directory_ + "/inbox.db", 0);

    expect_refused("inbox.db is empty, and a database never is (put a whole inbox.db in its place");

    put(kept_ + "/inbox.db", "inbox.db");
    expect_back();
}

TEST_F(PulledAway, GarbageSaysWhatToDo) {
    put("/proc/self/exe", "inbox.db");
    expect_refused("file is not a database (put a whole inbox.db in its place");
    put(kept_ + "/inbox.db", "inbox.db");

    put("/dev/null", "keys.json");
    expect_refused("The document is empty. (put a whole keys.json in its place");
    put(kept_ + "/keys.json", "keys.json");
    expect_back();
}

TEST_F(PulledAway, ReadOnlyDiskIsNamedWhileItIsTriedAgain) {
    Mounted bound(nullptr, directory_, MS_BIND, nullptr);
    if (!bound) GTEST_SKIP() << "needs root, to mount";
    ASSERT_EQ(
        ::mount(nullptr, directory_.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr),
        0);

    const Outcome started = live_.run("ctl start arne");

    EXPECT_EQ(started.exit_code, 1) << started.output;
    EXPECT_NE(started.output.find("Read-only file system (it is tried again by itself"),
              std::string::npos)
        << started.output;
    EXPECT_NE(live_.run("ctl status arne --json").output.find("Read-only file system"),
              std::string::npos);
    bound.end();
    expect_back();
}

TEST(LogOnAFullDisk, HasWholeLinesOnly) {
    const TempDir folder;
    const Mounted disk("tmpfs", folder.path(), 0, "size=64k");
    if (!disk) GTEST_SKIP() << "needs root, to mount a small file system";
    const std::string path = folder / "log";
    LiveServer live({"arne"}, "", {"--log-file", path, "--log-format", "json"});
    {
        std::ofstream filler(folder / "filler");
        while (filler.put('x').flush()) {
        }
    }
    // Some 5 lines each; what is left of the file's last page takes 30 at most.
    for (int round = 0; round < 10; ++round) EXPECT_EQ(live.run("ctl restart arne").exit_code, 0);
    fs::remove(folder / "filler");
    EXPECT_EQ(live.run("ctl restart arne").exit_code, 0);

    const std::string log = read_text(path);
    EXPECT_NE(log.find("log lines were lost"), std::string::npos);
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);) EXPECT_TRUE(json::parse(line)) << line;
}

}  // namespace
}  // namespace posta::test
