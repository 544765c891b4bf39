// A worker that brings a large database to a newer version: minutes, in which nothing may kill it
// as long as it gets on. In virtual time.

#include <gtest/gtest.h>

#include "supervisor/lifecycle/keeper.h"
#include "tests/unit/supervisor/simulation/virtual_machinery.h"

namespace posta::test {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;
using supervisor::Keeper;
using supervisor::State;

class Migrating : public ::testing::Test, private supervisor::KeeperOwner {
protected:
    Migrating() {
        machinery_.cast = [this](const PlayedProcess&) { return Result<Part>(part_); };
    }
    ~Migrating() override {
        keeper_.kill_all();
        machinery_.run_for(1s);
    }

    Part part_;
    VirtualMachinery machinery_{7};
    Log log_{machinery_, "supervisor", LogLevel::error, LogFormat::text, -1};
    supervisor::KeeperSurroundings around_{machinery_, machinery_, log_, [] { return 0.5; }, {}};
    Keeper keeper_{around_, Keeper::Kind::worker, "arne", *this};

private:
    Result<supervisor::ChildOrder> order_for(Keeper&) override {
        supervisor::ChildOrder order;
        order.words = {"worker", "arne"};
        order.lines = {"{}"};
        return order;
    }
    void on_keeper_changed(Keeper&) override {}
    void on_keeper_drained(Keeper&) override {}
};

TEST_F(Migrating, MayTakeAnHourWhenItGetsOn) {
    part_.migrates_every = 9min;
    part_.ready_after = 61min;

    keeper_.order(supervisor::Event::start);
    machinery_.run_for(62min);

    EXPECT_EQ(keeper_.state(), State::ready);
    EXPECT_EQ(machinery_.started(), 1);
}

// A sort or a commit is one step of SQLite's, in which nothing can be said and no ping answered.
TEST_F(Migrating, MayBeSilentForMinutesOnceItHasSaidSo) {
    part_.migrates_every = 1s;
    part_.end = Part::End::falls_silent;
    part_.end_after = 1500ms;

    part_.ready_after = 61min;
    keeper_.order(supervisor::Event::start);
    machinery_.run_for(9min);
    EXPECT_EQ(machinery_.started(), 1);
    EXPECT_TRUE(keeper_.migrating());

    machinery_.run_for(2min);
    EXPECT_GT(machinery_.started(), 1) << "but not for ever";
    EXPECT_EQ(keeper_.history().last_exit_text, "killed by SIGKILL: no answer for 600 s");
}

TEST_F(Migrating, IsKilledWhenItSaysNoMoreThatItGetsOnThoughItAnswers) {
    part_.migrates_every = 11min;
    part_.ready_after = 61min;

    keeper_.order(supervisor::Event::start);
    machinery_.run_for(10min + 30s);

    EXPECT_GT(machinery_.started(), 1);
    EXPECT_EQ(keeper_.history().last_exit_text, "killed by SIGKILL: not ready within 600 s");
}

TEST_F(Migrating, IsOverWithItsProcess) {
    part_.migrates_every = 1s;
    part_.end = Part::End::dies;
    part_.end_after = 1500ms;
    part_.ready_after = 61min;
    keeper_.order(supervisor::Event::start);
    machinery_.run_for(1s + 200ms);
    EXPECT_TRUE(keeper_.migrating());

    machinery_.run_for(400ms);
    EXPECT_FALSE(keeper_.migrating());

    part_ = {};
    part_.ready_after = 61min;
    part_.end = Part::End::falls_silent;
    part_.end_after = 1ms;
    machinery_.run_for(75s);
    EXPECT_EQ(keeper_.history().last_exit_text, "killed by SIGKILL: no answer for 60 s");
}

}  // namespace
}  // namespace posta::test
