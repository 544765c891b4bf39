#include "supervisor/tenants/settings_trial.h"

#include <gtest/gtest.h>

namespace posta::supervisor {
namespace {

using Verdict = SettingsTrial::Verdict;
using std::chrono_literals::operator""ms;

constexpr int kPid = 7;

TenantEntry entry_in(const std::string& data_dir) {
    TenantEntry entry;
    entry.data_dir = data_dir;
    return entry;
}

const TenantEntry kOld = entry_in("/old");
const TenantEntry kNew = entry_in("/new");

class Trial : public testing::Test {
protected:
    SettingsTrial trial_;

    void serve_with_old() { trial_.judge(State::ready, true, true, kOld); }
    void change() {
        trial_.begin();
        trial_.judge(State::restarting, true, false, kNew);
    }
    void let_time_pass() {
        while (trial_.on_time_passed(kPid, 0ms) > 0ms) {
        }
    }
    Verdict judge(State state, bool serving = false) {
        return trial_.judge(state, serving, true, kNew);
    }
};

TEST_F(Trial, HasNothingToGoBackToForATenantThatNeverServed) {
    trial_.judge(State::starting, false, true, kOld);

    trial_.begin();

    EXPECT_FALSE(trial_.under_way());
    EXPECT_EQ(judge(State::failed), Verdict::none);
}

TEST_F(Trial, AcceptsWhatServes) {
    serve_with_old();
    change();
    ASSERT_TRUE(trial_.under_way());

    EXPECT_EQ(judge(State::starting), Verdict::none);
    EXPECT_EQ(judge(State::ready, true), Verdict::accepted);
    EXPECT_FALSE(trial_.under_way());
}

TEST_F(Trial, IsNotWonByTheOldWorkerThatStillServes) {
    serve_with_old();
    change();

    EXPECT_EQ(trial_.judge(State::restarting, true, false, kNew), Verdict::none);
    EXPECT_TRUE(trial_.under_way());
}

TEST_F(Trial, PutsBackAtOnceWhatFails) {
    serve_with_old();
    change();

    EXPECT_EQ(judge(State::failed), Verdict::put_back);
    EXPECT_EQ(trial_.take_back().data_dir, "/old");
    EXPECT_FALSE(trial_.under_way());
}

TEST_F(Trial, GivesOneThatDiesTheWholeTime) {
    serve_with_old();
    change();
    EXPECT_EQ(judge(State::backoff), Verdict::none);
    EXPECT_EQ(judge(State::starting), Verdict::none);

    let_time_pass();

    EXPECT_EQ(judge(State::backoff), Verdict::put_back);
    EXPECT_EQ(trial_.take_back().data_dir, "/old");
}

TEST_F(Trial, KeepsTheLastThatWorkedWhenSettingsChangeAgain) {
    serve_with_old();
    change();
    let_time_pass();
    trial_.begin();

    EXPECT_EQ(judge(State::starting), Verdict::none);
    EXPECT_EQ(judge(State::failed), Verdict::put_back);
    EXPECT_EQ(trial_.take_back().data_dir, "/old");
}

TEST_F(Trial, GoesBackToNothingThatHasDiedMeanwhile) {
    serve_with_old();
    trial_.judge(State::backoff, false, true, kOld);

    trial_.begin();

    EXPECT_FALSE(trial_.under_way());
}

TEST_F(Trial, EndsWhenAnOperatorStopsTheTenant) {
    serve_with_old();
    change();

    EXPECT_EQ(judge(State::stopping, true), Verdict::none);
    EXPECT_FALSE(trial_.under_way());
    trial_.begin();
    EXPECT_FALSE(trial_.under_way());
}

// Its answer may lie unread when the one who waits for it was held up.
TEST_F(Trial, LooksOnceMoreBeforeItsTimeIsOver) {
    serve_with_old();
    change();

    EXPECT_EQ(trial_.on_time_passed(kPid, 0ms), 1ms);
    EXPECT_EQ(judge(State::starting), Verdict::none);
    EXPECT_EQ(judge(State::ready, true), Verdict::accepted);
}

TEST_F(Trial, GivesAProcessTheTimeThatTheMachineHadNotForIt) {
    serve_with_old();
    trial_.begin();

    EXPECT_EQ(trial_.on_time_passed(kPid + 1, 8000ms), 8000ms);
    EXPECT_EQ(trial_.on_time_passed(kPid + 1, 9000ms), 1000ms);
    EXPECT_EQ(judge(State::starting), Verdict::none);
    EXPECT_EQ(trial_.on_time_passed(kPid + 1, 9010ms), 0ms);
    EXPECT_EQ(judge(State::starting), Verdict::put_back);
}

TEST_F(Trial, CountsItsTimeFromTheFirstStartWithTheNewSettings) {
    EXPECT_FALSE(trial_.has_started()) << "there is none";
    serve_with_old();
    change();

    EXPECT_TRUE(trial_.has_started());
    EXPECT_FALSE(trial_.has_started()) << "that is the next try with the same";

    trial_.begin();
    EXPECT_TRUE(trial_.has_started()) << "others";
    EXPECT_EQ(judge(State::ready, true), Verdict::accepted);
    EXPECT_FALSE(trial_.has_started());
}

}  // namespace
}  // namespace posta::supervisor
