// A legacy directory is adopted while the server runs and already has the entry (the cutover writes
// the manifest before it copies).

#include <gtest/gtest.h>

#include "tests/support/http_client.h"
#include "tests/support/legacy_fixture.h"
#include "tests/support/live_server.h"

namespace posta::test {
namespace {

class AdoptLive : public ::testing::Test {
protected:
    LiveServer live{{"marcus"}};
    pid_t marcus = live.server.pid_of("marcus");

    void SetUp() override {
        write_text(live.server.manifest_path(),
                   read_text(live.server.manifest_path()) +
                       "\n[[identity]]\nslug = \"arne\"\nurl = \"https://arne.posta.no\"\n");
        expect_done("ctl reload");
        ASSERT_NE(live.run("ctl status arne").output.find("failed"), std::string::npos);
    }
    void expect_done(const std::string& words) const {
        const Outcome outcome = live.run(words);
        EXPECT_EQ(outcome.exit_code, 0) << words << "\n" << outcome.output;
    }
    void adopt(const std::string& more) const {
        const std::string before = read_text(live.server.manifest_path());
        expect_done("identity adopt --slug arne --url https://arne.posta.no --from " +
                    posta::testing::legacy_folder() + "/arne" + more);
        EXPECT_EQ(read_text(live.server.manifest_path()), before);
    }
    void expect_arne_served() const {
        expect_done("ctl wait arne ready 30");
        HttpClient client(live.server.port());
        const std::string token = posta::testing::legacy_tokens("arne").at("tui-dev");
        EXPECT_EQ(client
                      .ask("GET /api/v1/identity HTTP/1.1\r\nHost: arne.posta.no\r\n"
                           "Authorization: Bearer " +
                           token + "\r\n\r\n")
                      .status,
                  200);
        EXPECT_EQ(live.server.pid_of("marcus"), marcus);
        expect_done("smoke --slug arne --connect " + live.server.address());
    }
};

TEST_F(AdoptLive, ServesTheTenantThatHadFailedWhenItIsApplied) {
    adopt(" --apply");

    expect_arne_served();
}

TEST_F(AdoptLive, ServesTheTenantThatHadFailedAfterAReload) {
    adopt("");

    // It may have been tried again already: its directory has changed.
    expect_done("ctl reload");

    expect_arne_served();
}

}  // namespace
}  // namespace posta::test
