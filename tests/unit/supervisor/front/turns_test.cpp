#include "supervisor/front/turns.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace posta::supervisor {
namespace {

using std::chrono_literals::operator""h;

class Request final : public TurnWaiter {
public:
    explicit Request(std::function<void()> begin) : begin_(std::move(begin)) {}
    void on_turn() override { begin_(); }

private:
    std::function<void()> begin_;
};

class TurnsTest : public testing::Test {
protected:
    void SetUp() override { life_.start_once(1h); }

    // What has begun, turn by turn.
    void turn() {
        begun_.emplace_back();
        loop_.run_ready();
    }
    void wait(const std::shared_ptr<TurnQueue>& queue, char name, std::size_t steps = 1) {
        requests_.push_back(
            std::make_unique<Request>([this, name] { begun_.back().push_back(name); }));
        turns_.wait(queue, *requests_.back(), steps);
    }

    int steps_of(TurnQueue& queue) {
        int steps = 0;
        while (turns_.take(queue)) ++steps;
        return steps;
    }
    // Each turn's steps of a tenant that asks alone, for long enough to be known for it.
    void be_alone(TurnQueue& queue) {
        for (int count = 0; count < 300; ++count) {
            loop_.run_ready();
            EXPECT_GE(steps_of(queue), 2);
        }
        loop_.run_ready();
    }

    EventLoop loop_;
    Timer life_{loop_, [] {}};  // a loop with nothing to wait for does not turn
    std::size_t at_once_ = 2;
    Turns turns_{loop_, at_once_};
    std::shared_ptr<TurnQueue> arne_ = std::make_shared<TurnQueue>();
    std::shared_ptr<TurnQueue> marcus_ = std::make_shared<TurnQueue>();
    std::vector<std::unique_ptr<Request>> requests_;
    std::vector<std::string> begun_{{}};
};

TEST_F(TurnsTest, GivesEachTenantAFewStepsATurn) {
    EXPECT_TRUE(turns_.take(*arne_));
    EXPECT_TRUE(turns_.take(*arne_));
    EXPECT_FALSE(turns_.take(*arne_));
    EXPECT_TRUE(turns_.take(*marcus_));

    loop_.run_ready();

    EXPECT_TRUE(turns_.take(*arne_));
}

TEST_F(TurnsTest, GivesMoreToWhoHasBeenAloneForAWhile) {
    EXPECT_EQ(steps_of(*arne_), 2);

    be_alone(*arne_);

    EXPECT_EQ(steps_of(*arne_), 8);
}

TEST_F(TurnsTest, GivesTheUsualAgainAsSoonAsAnotherAsks) {
    be_alone(*arne_);

    EXPECT_TRUE(turns_.take(*marcus_));
    EXPECT_EQ(steps_of(*arne_), 2);
    loop_.run_ready();
    EXPECT_EQ(steps_of(*arne_), 2);
}

TEST_F(TurnsTest, LeavesWhoAsksNowAndThenTheUsual) {
    be_alone(*arne_);

    for (int count = 0; count < 300; ++count) {
        if (count % 100 == 0) {
            EXPECT_TRUE(turns_.take(*marcus_));
        }
        EXPECT_EQ(steps_of(*arne_), 2);
        loop_.run_ready();
    }
}

TEST_F(TurnsTest, LetsThoseThatWaitBeginInTheirOrderTurnByTurn) {
    for (const char name : {'a', 'b', 'c', 'd', 'e'}) wait(arne_, name);
    wait(marcus_, 'M');

    for (int count = 0; count < 4; ++count) turn();

    EXPECT_EQ(begun_, (std::vector<std::string>{"", "abM", "cd", "e", ""}));
}

TEST_F(TurnsTest, LetsNobodyOvertakeThoseThatWait) {
    for (const char name : {'a', 'b', 'c'}) wait(arne_, name);
    turn();

    EXPECT_FALSE(turns_.take(*arne_));

    turn();
    EXPECT_TRUE(turns_.take(*arne_));
}

TEST_F(TurnsTest, LetsFewerBeginOfThoseThatAreMoreWork) {
    at_once_ = 4;
    EXPECT_TRUE(turns_.take(*arne_, 3));
    EXPECT_TRUE(turns_.take(*arne_, 3));  // one step was left
    EXPECT_FALSE(turns_.take(*arne_, 1));
    for (const char name : {'a', 'b', 'c'}) wait(marcus_, name, steps_for(64 * 1024));
    for (const char name : {'d', 'e', 'f'}) wait(marcus_, name, steps_for(100));

    for (int count = 0; count < 4; ++count) turn();

    EXPECT_EQ(begun_, (std::vector<std::string>{"", "a", "b", "c", "def"}));
}

TEST_F(TurnsTest, CountsWhatIsDoneAlreadyAndHoldsUpTheRest) {
    turns_.charge(*arne_, 5);

    EXPECT_FALSE(turns_.take(*arne_, 0));
    loop_.run_ready();
    EXPECT_TRUE(turns_.take(*arne_, 0));
}

TEST_F(TurnsTest, TakesTheQueuesOfATenantForOneThatIsAlone) {
    TurnQueue flow;
    flow.of = arne_.get();
    for (int count = 0; count < 300; ++count) {
        loop_.run_ready();
        EXPECT_GE(steps_of(*arne_), 2);
        EXPECT_GE(steps_of(flow), 2);
    }
    loop_.run_ready();

    EXPECT_EQ(steps_of(*arne_), 8);
    EXPECT_EQ(steps_of(flow), 8);
}

TEST_F(TurnsTest, ForgetsWhoIsGone) {
    for (const char name : {'a', 'b', 'c'}) wait(arne_, name);
    requests_.erase(requests_.begin());
    requests_.front()->leave_queue();

    turn();
    turn();

    EXPECT_EQ(begun_, (std::vector<std::string>{"", "c", ""}));
}

TEST_F(TurnsTest, TakesInWhoComesWhileAnotherBegins) {
    requests_.push_back(std::make_unique<Request>([this] {
        requests_.erase(requests_.begin() + 1);
        wait(arne_, 'x');
        wait(marcus_, 'y');
    }));
    turns_.wait(arne_, *requests_.back());
    wait(arne_, 'b');

    turn();
    turn();

    EXPECT_EQ(begun_, (std::vector<std::string>{"", "x", "y"}));
}

}  // namespace
}  // namespace posta::supervisor
