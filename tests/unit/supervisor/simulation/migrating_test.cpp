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
        machinery.cast = [this](const PlayedProcess&) { return Result<Part>(part); };
    }
    ~Migrating() override {
        keeper.kill_all();
        machinery.run_for(1s);
    }

    Part part;
    VirtualMachinery machinery{7};
    Log log{machinery, "supervisor", LogLevel::error, LogFormat::text, -1};
    supervisor::KeeperSurroundings around{machinery, machinery, log, [] { return 0.5; }, {}};
    Keeper keeper{around, Keeper::Kind::worker, "arne", *this};

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
    part.migrates_every = 9min;
    part.ready_after = 61min;

    keeper.order(supervisor::Event::start);
    machinery.run_for(62min);

    EXPECT_EQ(keeper.state(), State::ready);
    EXPECT_EQ(machinery.started(), 1);
}

// A sort or a commit is one step of SQLite's, in which nothing can be said and no ping answered.
TEST_F(Migrating, MayBeSilentForMinutesOnceItHasSaidSo) {
    part.migrates_every = 1s;
    part.end = Part::End::falls_silent;
    part.end_after = 1500ms;

    part.ready_after = 61min;
    keeper.order(supervisor::Event::start);
    machinery.run_for(9min);
    EXPECT_EQ(machinery.started(), 1);
    EXPECT_TRUE(keeper.migrating());

    machinery.run_for(2min);
    EXPECT_GT(machinery.started(), 1) << "but not for ever";
    EXPECT_EQ(keeper.history().last_exit_text, "killed by SIGKILL: no answer for 600 s");
}

TEST_F(Migrating, IsKilledWhenItSaysNoMoreThatItGetsOnThoughItAnswers) {
    part.migrates_every = 11min;
    part.ready_after = 61min;

    keeper.order(supervisor::Event::start);
    machinery.run_for(10min + 30s);

    EXPECT_GT(machinery.started(), 1);
    EXPECT_EQ(keeper.history().last_exit_text, "killed by SIGKILL: not ready within 600 s");
}

TEST_F(Migrating, IsOverWithItsProcess) {
    part.migrates_every = 1s;
    part.end = Part::End::dies;
    part.end_after = 1500ms;
    part.ready_after = 61min;
    keeper.order(supervisor::Event::start);
    machinery.run_for(1s + 200ms);
    EXPECT_TRUE(keeper.migrating());

    machinery.run_for(400ms);
    EXPECT_FALSE(keeper.migrating());

    part = {};
    part.ready_after = 61min;
    part.end = Part::End::falls_silent;
    part.end_after = 1ms;
    machinery.run_for(75s);
    EXPECT_EQ(keeper.history().last_exit_text, "killed by SIGKILL: no answer for 60 s");
}

}  // namespace
}  // namespace posta::test
