// What an operator's accident, or a zealous cleaner, does to the run directory of a running server.

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include "tests/support/http_client.h"
#include "tests/support/live_server.h"

namespace posta::test {
namespace {

namespace fs = std::filesystem;

class RunDirectory : public testing::Test {
protected:
    LiveServer live_{{"arne", "marcus"}};

    std::string at(const std::string& name) const { return live_.server.run_dir() + "/" + name; }
    bool serves(const std::string& slug) {
        return HttpClient(live_.server.port())
                   .ask(get_request(slug, "/setup", "10.0.0.1"))
                   .status == 200;
    }
    bool answers() const { return live_.run("ctl version").exit_code == 0; }
};

TEST_F(RunDirectory, IsMadeAgainWhenItIsRemoved) {
    fs::remove_all(live_.server.run_dir());

    EXPECT_TRUE(eventually([&] { return answers() && serves("arne") && serves("marcus"); }));
    EXPECT_TRUE(eventually([&] { return lives(live_.server.pid_of("arne")); }));
    EXPECT_EQ(read_text(at("supervisor.pid")), std::to_string(live_.server.pid()) + "\n");

    // The lock and the control socket that were made since are passed on.
    EXPECT_EQ(live_.run("ctl upgrade").exit_code, 0);
    EXPECT_EQ(live_.run("ctl restart arne").exit_code, 0);
    EXPECT_TRUE(serves("arne"));
    EXPECT_EQ(live_.server.stop(), 0);
    EXPECT_TRUE(fs::is_empty(live_.server.run_dir()));
}

TEST_F(RunDirectory, GetsATenantsSocketAgainAndTheOthersDoNotMind) {
    const pid_t arne = live_.server.pid_of("arne");
    const pid_t marcus = live_.server.pid_of("marcus");

    fs::remove(at("arne.sock"));

    EXPECT_TRUE(live_.replaced("arne", arne));
    EXPECT_TRUE(eventually([&] { return serves("arne"); }));
    EXPECT_EQ(live_.server.pid_of("marcus"), marcus);
    EXPECT_EQ(live_.run("ctl status arne --json").output.find("\"backoff\""), std::string::npos);
}

TEST_F(RunDirectory, GetsTheControlSocketAgainWhenAFileIsInItsPlace) {
    fs::remove(at("control.sock"));
    write_text(at("control.sock"), "");

    EXPECT_TRUE(eventually([&] { return answers(); }));
    EXPECT_EQ(live_.run("ctl restart arne").exit_code, 0);
}

TEST_F(RunDirectory, GetsPidFilesThatSayWhatIsSo) {
    write_text(at("supervisor.pid"), "1\n");
    write_text(at("arne.pid"), "nobody\n");
    fs::remove(at("marcus.pid"));

    const std::string own = std::to_string(live_.server.pid()) + "\n";
    EXPECT_TRUE(eventually([&] {
        return read_text(at("supervisor.pid")) == own && read_text(at("arne.pid")) != "nobody\n" &&
               fs::exists(at("marcus.pid"));
    }));
    EXPECT_TRUE(lives(live_.server.pid_of("arne")));
    EXPECT_TRUE(serves("arne"));
}

}  // namespace
}  // namespace posta::test
