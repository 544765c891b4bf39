#include "supervisor/tenants/settings_trial.h"

#include <gtest/gtest.h>

namespace posta::supervisor {
namespace {

using Verdict = SettingsTrial::Verdict;

TenantEntry entry_in(const std::string& data_dir) {
    TenantEntry entry;
    entry.data_dir = data_dir;
    return entry;
}

const TenantEntry kOld = entry_in("/old");
const TenantEntry kNew = entry_in("/new");

class Trial : public testing::Test {
protected:
    SettingsTrial trial;

    void serve_with_old() { trial.judge(State::ready, true, true, kOld); }
    void change() {
        trial.begin();
        trial.judge(State::restarting, true, false, kNew);
    }
    Verdict judge(State state, bool serving = false) {
        return trial.judge(state, serving, true, kNew);
    }
};

TEST_F(Trial, HasNothingToGoBackToForATenantThatNeverServed) {
    trial.judge(State::starting, false, true, kOld);

    trial.begin();

    EXPECT_FALSE(trial.under_way());
    EXPECT_EQ(judge(State::failed), Verdict::none);
}

TEST_F(Trial, AcceptsWhatServes) {
    serve_with_old();
    change();
    ASSERT_TRUE(trial.under_way());

    EXPECT_EQ(judge(State::starting), Verdict::none);
    EXPECT_EQ(judge(State::ready, true), Verdict::accepted);
    EXPECT_FALSE(trial.under_way());
}

TEST_F(Trial, IsNotWonByTheOldWorkerThatStillServes) {
    serve_with_old();
    change();

    EXPECT_EQ(trial.judge(State::restarting, true, false, kNew), Verdict::none);
    EXPECT_TRUE(trial.under_way());
}

TEST_F(Trial, PutsBackAtOnceWhatFails) {
    serve_with_old();
    change();

    EXPECT_EQ(judge(State::failed), Verdict::put_back);
    EXPECT_EQ(trial.take_back().data_dir, "/old");
    EXPECT_FALSE(trial.under_way());
}

TEST_F(Trial, GivesOneThatDiesTheWholeTime) {
    serve_with_old();
    change();
    EXPECT_EQ(judge(State::backoff), Verdict::none);
    EXPECT_EQ(judge(State::starting), Verdict::none);

    trial.time_is_over();

    EXPECT_EQ(judge(State::backoff), Verdict::put_back);
    EXPECT_EQ(trial.take_back().data_dir, "/old");
}

TEST_F(Trial, KeepsTheLastThatWorkedWhenSettingsChangeAgain) {
    serve_with_old();
    change();
    trial.time_is_over();
    trial.begin();

    EXPECT_EQ(judge(State::starting), Verdict::none);
    EXPECT_EQ(judge(State::failed), Verdict::put_back);
    EXPECT_EQ(trial.take_back().data_dir, "/old");
}

TEST_F(Trial, GoesBackToNothingThatHasDiedMeanwhile) {
    serve_with_old();
    trial.judge(State::backoff, false, true, kOld);

    trial.begin();

    EXPECT_FALSE(trial.under_way());
}

TEST_F(Trial, EndsWhenAnOperatorStopsTheTenant) {
    serve_with_old();
    change();

    EXPECT_EQ(judge(State::stopping, true), Verdict::none);
    EXPECT_FALSE(trial.under_way());
    trial.begin();
    EXPECT_FALSE(trial.under_way());
}

}  // namespace
}  // namespace posta::supervisor
