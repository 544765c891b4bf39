// What a tenant goes back to when its new settings do not work, and when.

#include <gtest/gtest.h>

#include "tests/unit/supervisor/simulation/changing_tenant.h"

namespace posta::test {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

class FailedSettings : public ChangingTenant {};

TEST_F(FailedSettings, GoBackToTheLastThatServedWhenTheyFailToo) {
    start();
    reload("good.test");
    machinery_.run_for(5s);
    for (const char* const bad : {"fails.test", "dies.test", "never.test"}) {
        SCOPED_TRACE(bad);
        reload(bad);
        machinery_.run_for(60ms);
        reload("fails.test.again");
        machinery_.run_for(10s + start_takes_ + 500ms);
        EXPECT_TRUE(serves_with("good.test")) << runs_with();
        EXPECT_EQ(status(), "put_back");
    }
}

TEST_F(FailedSettings, GoBackToTheOnesTheyWaitedForWhenThoseWork) {
    start();
    reload("a.test");
    machinery_.run_for(1s);
    reload("fails.test");

    machinery_.run_for(10s);

    EXPECT_TRUE(serves_with("a.test")) << runs_with();
    EXPECT_EQ(status(), "put_back");
}

TEST_F(FailedSettings, GoBackToTheVersionBeforeWhenItWasThatWhichServed) {
    start();
    broken_version_ = true;
    upgrade();
    machinery_.run_for(100ms);
    ASSERT_EQ(status(), "on_trial");
    reload("b.test");
    ASSERT_EQ(status(), "newer_wait");

    machinery_.run_for(25s);

    EXPECT_TRUE(tenant().on_previous_image());
    EXPECT_EQ(tenant().keeper().state(), State::ready);
    EXPECT_EQ(status(), "put_back");
    EXPECT_EQ(supervisor_->succession().state(), supervisor::Succession::State::halted);

    reload("c.test");
    machinery_.run_for(25s);
    EXPECT_TRUE(tenant().on_previous_image());
    EXPECT_EQ(tenant().keeper().state(), State::ready);
}

TEST_F(FailedSettings, HaveTheirTimeFromTheirOwnStart) {
    manifest_.identities.front().aliases = {"stubborn.test"};
    start();
    start_takes_ = 9s;
    reload("b.test");

    machinery_.run_for(9s);
    EXPECT_EQ(status(), "on_trial");
    EXPECT_EQ(tenant().keeper().state(), State::restarting);
    machinery_.run_for(10s + 500ms);

    EXPECT_TRUE(serves_with("b.test")) << runs_with();
    EXPECT_EQ(status(), "current");

    reload("never.test");
    machinery_.run_for(9s);
    EXPECT_EQ(runs_with(), "never.test");
    machinery_.run_for(2s);
    EXPECT_EQ(runs_with(), "b.test");
    EXPECT_EQ(status(), "put_back");
}

TEST_F(FailedSettings, ArePutBackWhenNobodyCanBeStartedWithThem) {
    start();
    manifest_.server.data_dir = "/nowhere";
    premises_.missing.insert(manifest_.data_dir_of("arne"));
    reload("b.test");
    machinery_.run_for(start_takes_ + 500ms);

    EXPECT_EQ(status(), "put_back");
    EXPECT_TRUE(tenant().keeper().serving());
}

}  // namespace
}  // namespace posta::test
