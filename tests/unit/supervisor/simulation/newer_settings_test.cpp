// Settings that change while a worker is starting.

#include <gtest/gtest.h>

#include <csignal>
#include <set>

#include "tests/unit/supervisor/simulation/changing_tenant.h"

namespace posta::test {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

class NewerSettings : public ChangingTenant {};

TEST_F(NewerSettings, LetTheWorkerThatStartsBecomeReadyAndThenHaveTheirTurnAtOnce) {
    start();
    const int started = machinery_.started();
    EXPECT_EQ(reload("a.test"), arne_);
    machinery_.run_for(1s);
    const int first = tenant().keeper().pid();
    EXPECT_EQ(reload("b.test"), arne_);
    machinery_.run_for(500ms);
    EXPECT_EQ(reload("c.test"), arne_);

    machinery_.run_for(400ms);
    EXPECT_EQ(tenant().keeper().pid(), first) << "still starting";
    machinery_.run_for(start_takes_ + 200ms);

    EXPECT_TRUE(serves_with("c.test"));
    EXPECT_EQ(machinery_.started() - started, 2) << "the one in between was never started";
    EXPECT_EQ(status(), "current");
}

TEST_F(NewerSettings, AreInForceWhenTheTenantIsReadyHoweverOftenTheyChange) {
    start();
    std::set<int> have_been_ready;
    for (int round = 0; round < 300; ++round) {
        reload("a" + std::to_string(round) + ".test");
        for (int step = 0; step < 100; ++step) {
            machinery_.run_for(1ms);
            const bool ready = tenant().keeper().state() == State::ready;
            EXPECT_TRUE(!ready || runs_with() == "a" + std::to_string(round) + ".test");
            for (const Process& process : machinery_.processes())
                if (process->name == "arne" && process->ready) have_been_ready.insert(process->pid);
        }
    }

    EXPECT_GT(have_been_ready.size(), 10U) << "in 30 s, each has had its 2 s";
    machinery_.run_for(5s);
    EXPECT_TRUE(serves_with("a299.test"));
}

TEST_F(NewerSettings, AreToldOfWhileTheyWait) {
    start();
    reload("a.test");
    EXPECT_EQ(status(), "on_trial");
    EXPECT_EQ(supervisor_->plan()->waiting, Slugs{});
    machinery_.run_for(1s);

    manifest_.identities.front().aliases = {"b.test"};
    EXPECT_EQ(supervisor_->plan()->waiting, arne_) << "would do so";
    EXPECT_EQ(status(), "on_trial");
    EXPECT_EQ(supervisor_->reload()->waiting, arne_);

    EXPECT_EQ(status(), "newer_wait");
    EXPECT_NE(supervisor::status_json(*supervisor_, "arne")->find("newer settings wait"),
              std::string::npos);
    EXPECT_EQ(supervisor_->plan()->changed, Slugs{}) << "they are what is wanted";
    EXPECT_EQ(supervisor_->plan()->kept, arne_);
    EXPECT_EQ(supervisor_->plan()->waiting, arne_);
    EXPECT_EQ(reload("b.test"), Slugs{});
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
    EXPECT_EQ(supervisor_->plan()->waiting, Slugs{});
    const int started = machinery_.started();

    EXPECT_EQ(status(), "on_trial");
    machinery_.run_for(10s);

    EXPECT_TRUE(serves_with("a.test"));
    EXPECT_EQ(status(), "current");
    EXPECT_EQ(machinery_.started(), started);
}

TEST_F(NewerSettings, AreTriedAtOnceWhenTheOnesBeforeThemFail) {
    start();
    reload("good.test");
    machinery_.run_for(5s);
    for (const char* const bad : {"fails.test", "dies.test", "never.test"}) {
        SCOPED_TRACE(bad);
        reload(bad);
        machinery_.run_for(60ms);
        ASSERT_EQ(tenant().keeper().state(), State::starting);
        const int started = machinery_.started();
        reload("b.test");
        // A trial's time for the one that shows nothing.
        machinery_.run_for(10s + start_takes_ + 100ms);
        EXPECT_TRUE(serves_with("b.test")) << runs_with();
        EXPECT_EQ(machinery_.started() - started, 1) << "no detour by the old ones";
        EXPECT_EQ(status(), "current");
        reload("good.test");
        machinery_.run_for(5s);
    }
}

TEST_F(NewerSettings, AreWhatAnOperatorsRestartStarts) {
    start();
    for (const Event command : {Event::restart, Event::restart_now}) {
        reload("never.test");
        machinery_.run_for(1s);
        reload("b.test");
        EXPECT_EQ(status(), "newer_wait");

        tenant().order(command);
        EXPECT_NE(status(), "newer_wait");
        machinery_.run_for(start_takes_ + 100ms);

        EXPECT_TRUE(serves_with("b.test")) << runs_with();
        EXPECT_EQ(status(), "current");
    }
}

TEST_F(NewerSettings, AreWhatASignalToTheWorkerThatStartsBrings) {
    start();
    reload("never.test");
    machinery_.run_for(1s);
    reload("b.test");

    machinery_.signal("arne", SIGHUP);
    machinery_.run_for(start_takes_ + 200ms);

    EXPECT_TRUE(serves_with("b.test")) << runs_with();
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
    machinery_.run_for(1s);
    reload("d.test");
    manifest_.identities.front().enabled = false;
    EXPECT_EQ(reload("e.test"), arne_);
    machinery_.run_for(100ms);
    EXPECT_EQ(tenant().keeper().state(), State::stopped);
    EXPECT_EQ(status(), "current");
}

TEST_F(NewerSettings, GoWithTheirTenant) {
    start();
    reload("a.test");
    machinery_.run_for(1s);
    reload("b.test");
    const int started = machinery_.started();

    manifest_.identities.clear();
    EXPECT_EQ(supervisor_->reload()->removed, arne_);
    machinery_.run_for(20s);

    EXPECT_EQ(supervisor_->tenants().find("arne"), nullptr);
    EXPECT_EQ(machinery_.started(), started);
}

TEST_F(NewerSettings, ComeAfterAFirstStartThatHangs) {
    manifest_.identities.front().aliases = {"silent.test"};
    begin();
    machinery_.run_for(1s);
    EXPECT_EQ(reload("b.test"), arne_);
    machinery_.run_for(55s);
    EXPECT_EQ(runs_with(), "silent.test");

    machinery_.run_for(10s + start_takes_);

    EXPECT_TRUE(serves_with("b.test")) << runs_with();
    EXPECT_EQ(machinery_.started(), 3) << "the front's, and two";
}

TEST_F(NewerSettings, LetAStartMigrate) {
    start();
    start_takes_ = 60s;
    reload("migrates.test");
    machinery_.run_for(2s);
    reload("b.test");

    machinery_.run_for(57s);
    EXPECT_EQ(runs_with(), "migrates.test");
    EXPECT_EQ(status(), "newer_wait");

    start_takes_ = 2s;
    machinery_.run_for(4s);
    EXPECT_TRUE(serves_with("b.test")) << runs_with();
}

TEST_F(NewerSettings, AreInForceAfterAnUpgradeThatCameWhileTheyWaited) {
    start();
    reload("a.test");
    machinery_.run_for(1s);
    reload("b.test");
    ASSERT_EQ(status(), "newer_wait");

    upgrade();
    EXPECT_NE(status(), "newer_wait");
    machinery_.run_for(start_takes_ + 500ms);

    EXPECT_TRUE(serves_with("b.test")) << runs_with();
    EXPECT_EQ(supervisor_->succession().state(), supervisor::Succession::State::done);
}

}  // namespace
}  // namespace posta::test
