// Settings that change while it is not known yet whether the last ones work. In virtual time, with
// the whole supervisor.

#include <gtest/gtest.h>

#include "supervisor/control/status_report.h"
#include "supervisor/serve/supervisor.h"
#include "tests/unit/supervisor/simulation/virtual_machinery.h"
#include "tests/unit/supervisor/simulation/virtual_premises.h"

namespace posta::test {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using supervisor::Event;
using supervisor::State;

using Slugs = std::vector<std::string>;

class NewerSettings : public ::testing::Test {
protected:
    NewerSettings() {
        machinery_.cast = [this](const PlayedProcess& process) { return cast(process); };
        manifest_.identities.emplace_back();
        manifest_.identities.front().slug = "arne";
        manifest_.identities.front().url = "https://arne.test";
    }
    void begin() {
        supervisor_ = std::make_unique<supervisor::Supervisor>(
            around_, supervisor::Supervisor::Parts{[this] { return Result(manifest_); },
                                                   manifest_,
                                                   premises_,
                                                   {},
                                                   {},
                                                   LogFormat::text,
                                                   readiness_,
                                                   [] {}});
        supervisor_->start();
    }
    ~NewerSettings() override {
        supervisor_->stop_now();
        machinery_.run_for(6s);
    }

    // A worker with an alias of that name: never ready, dies, or fails.
    Result<Part> cast(const PlayedProcess& process) const {
        Part part;
        part.ready_after = front_start_takes_;
        if (process.name == "front") return part;
        const auto has = [&](const char* alias) {
            return process.settings.find(alias) != std::string::npos;
        };
        part.ready_after = has("never.test") ? kNever : start_takes_;
        if (has("migrates.test")) part.migrates_every = 1s;
        if (has("dies.test")) part.end = Part::End::dies;
        if (has("fails.test")) part.end = Part::End::fails;
        part.end_after = 1ms;
        return part;
    }
    void start() {
        begin();
        machinery_.run_for(start_takes_ + 1s);
        ASSERT_EQ(tenant().keeper().state(), State::ready);
    }
    // What the reload says that changes.
    Slugs reload(const std::string& alias) {
        manifest_.identities.front().aliases = {alias};
        return supervisor_->reload()->changed;
    }
    supervisor::SupervisedTenant& tenant() { return *supervisor_->tenants().find("arne"); }
    // What it is run with.
    std::string runs_with() {
        const auto& aliases = tenant().entry().identity.aliases;
        return aliases.empty() ? "" : aliases.front();
    }
    bool serves_with(const std::string& alias) {
        return tenant().keeper().state() == State::ready && tenant().keeper().serving() &&
               runs_with() == alias;
    }
    std::string status() {
        const std::string text = *supervisor::status_json(*supervisor_, "arne");
        const std::size_t at = text.find("\"settings\":\"") + 12;
        return text.substr(at, text.find('"', at) - at);
    }

    static constexpr Milliseconds kNever = 24h;
    const Slugs arne_{"arne"};
    Milliseconds start_takes_{2s};
    Milliseconds front_start_takes_{20ms};
    VirtualMachinery machinery_{7};
    VirtualPremises premises_;
    Log log_{machinery_, "supervisor", LogLevel::error, LogFormat::text, -1};
    supervisor::KeeperSurroundings around_{machinery_, machinery_, log_, [] { return 0.5; }, {}};
    supervisor::Readiness readiness_{-1, "", machinery_};
    manifest::Manifest manifest_;
    std::unique_ptr<supervisor::Supervisor> supervisor_;
};

TEST_F(NewerSettings, LetTheWorkerThatStartsBecomeReadyAndServeForAMoment) {
    start();
    const int started = machinery_.started();
    EXPECT_EQ(reload("a.test"), arne_);
    machinery_.run_for(1s);
    EXPECT_EQ(reload("b.test"), arne_);
    machinery_.run_for(500ms);
    EXPECT_EQ(reload("c.test"), arne_);

    machinery_.run_for(600ms);
    EXPECT_TRUE(serves_with("a.test"));
    machinery_.run_for(800ms);
    EXPECT_TRUE(serves_with("a.test")) << "still";

    machinery_.run_for(2500ms);
    EXPECT_TRUE(serves_with("c.test"));
    EXPECT_EQ(machinery_.started() - started, 2) << "the one in between was never started";
}

TEST_F(NewerSettings, ServeAgainAndAgainHoweverOftenTheyChange) {
    start();
    int served = 0;
    for (int round = 0; round < 300; ++round) {
        reload("a" + std::to_string(round) + ".test");
        machinery_.run_for(100ms);
        served += tenant().keeper().serving() ? 1 : 0;
    }

    EXPECT_GT(served, 80) << "of 300: one second of three";
    machinery_.run_for(10s);
    EXPECT_TRUE(serves_with("a299.test"));
}

TEST_F(NewerSettings, AreToldOfWhileTheyWait) {
    start();
    reload("a.test");
    EXPECT_EQ(status(), "on_trial");
    machinery_.run_for(1s);
    reload("b.test");

    EXPECT_EQ(status(), "newer_wait");
    EXPECT_EQ(supervisor_->plan()->changed, Slugs{}) << "they are what is wanted";
    EXPECT_EQ(supervisor_->plan()->kept, arne_);
    EXPECT_EQ(reload("b.test"), Slugs{});

    machinery_.run_for(1500ms);
    EXPECT_TRUE(serves_with("a.test"));
    EXPECT_EQ(status(), "newer_wait");
    machinery_.run_for(4s);
    EXPECT_TRUE(serves_with("b.test"));
    EXPECT_EQ(status(), "current");
}

TEST_F(NewerSettings, AreForgottenWhenTheManifestGoesBackBeforeTheirTurn) {
    start();
    reload("a.test");
    machinery_.run_for(1s);
    reload("b.test");
    EXPECT_EQ(reload("a.test"), arne_);
    const int started = machinery_.started();

    EXPECT_EQ(status(), "on_trial");
    machinery_.run_for(10s);

    EXPECT_TRUE(serves_with("a.test"));
    EXPECT_EQ(status(), "current");
    EXPECT_EQ(machinery_.started(), started);
}

TEST_F(NewerSettings, ComeAfterThoseThatWorkedWhenTheOnesBeforeThemDidNot) {
    start();
    reload("good.test");
    machinery_.run_for(5s);
    for (const char* const bad : {"fails.test", "dies.test", "never.test"}) {
        SCOPED_TRACE(bad);
        reload(bad);
        machinery_.run_for(10ms);
        reload("fails.test");  // these, too, have their turn, and are put back
        machinery_.run_for(10s + start_takes_ + 100ms);
        EXPECT_TRUE(serves_with("good.test")) << runs_with();

        machinery_.run_for(1s + start_takes_ + 100ms);
        EXPECT_TRUE(serves_with("good.test")) << runs_with();
        EXPECT_EQ(status(), "put_back");
    }
}

TEST_F(NewerSettings, GoBackToTheLastThatServedThoughItWasForAMomentOnly) {
    start();
    reload("a.test");
    machinery_.run_for(1s);
    reload("fails.test");

    machinery_.run_for(10s);

    EXPECT_TRUE(serves_with("a.test")) << runs_with();
    EXPECT_EQ(status(), "put_back");
}

TEST_F(NewerSettings, AreWhatAnOperatorsRestartStarts) {
    start();
    reload("never.test");
    machinery_.run_for(1s);
    reload("b.test");

    tenant().order(Event::restart);
    machinery_.run_for(start_takes_ + 100ms);

    EXPECT_TRUE(serves_with("b.test")) << runs_with();
    EXPECT_EQ(status(), "current");
}

TEST_F(NewerSettings, DoNotDelayAStop) {
    start();
    reload("a.test");
    machinery_.run_for(1s);
    reload("b.test");
    tenant().order(Event::stop);
    machinery_.run_for(100ms);
    EXPECT_EQ(tenant().keeper().state(), State::stopped);
    EXPECT_EQ(status(), "current");

    tenant().order(Event::start);
    machinery_.run_for(start_takes_ + 100ms);
    EXPECT_TRUE(serves_with("b.test")) << runs_with();

    reload("c.test");
    manifest_.identities.front().enabled = false;
    reload("d.test");
    machinery_.run_for(100ms);
    EXPECT_EQ(tenant().keeper().state(), State::stopped);
}

// There is nothing to go back to, and what is newer may be the remedy.
TEST_F(NewerSettings, EndAFirstStartThatTakesLong) {
    manifest_.identities.front().aliases = {"never.test"};
    begin();
    reload("b.test");
    machinery_.run_for(9s);
    EXPECT_EQ(runs_with(), "never.test");

    machinery_.run_for(1s + start_takes_ + 100ms);

    EXPECT_TRUE(serves_with("b.test")) << runs_with();
}

TEST_F(NewerSettings, LetAFirstStartMigrate) {
    manifest_.identities.front().aliases = {"migrates.test"};
    start_takes_ = 60s;
    begin();
    machinery_.run_for(2s);
    reload("b.test");

    machinery_.run_for(58s + 500ms);

    EXPECT_TRUE(serves_with("migrates.test")) << runs_with();
}

// The same of those of the fronts.
TEST_F(NewerSettings, LetAFrontThatStartsBecomeReady) {
    front_start_takes_ = 2s;
    start();
    machinery_.run_for(5s);
    int served = 0;
    for (int round = 0; round < 300; ++round) {
        manifest_.server.front.hold_seconds = 10 + round;
        EXPECT_TRUE(supervisor_->reload());
        machinery_.run_for(100ms);
        served += supervisor_->fronts().all().front()->serving() ? 1 : 0;
    }

    EXPECT_GT(served, 80) << "of 300: one second of three";
    machinery_.run_for(10s);
    EXPECT_TRUE(supervisor_->fronts().all_current());
    EXPECT_TRUE(supervisor_->fronts().all().front()->serving());
}

}  // namespace
}  // namespace posta::test
