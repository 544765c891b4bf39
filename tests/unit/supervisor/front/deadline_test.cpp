#include "supervisor/front/deadline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>

namespace posta::supervisor {
namespace {

using std::chrono::milliseconds;

struct Note final : DeadlineOwner {
    Note(Deadlines& all, std::vector<int>& seen, int name)
        : seen_(seen), name_(name), deadline(all, *this) {}
    void on_deadline() override {
        seen_.push_back(name_);
        if (then) then();
    }

    std::vector<int>& seen_;
    int name_;
    std::function<void()> then;
    Deadline deadline;
};

class DeadlineTest : public ::testing::Test {
protected:
    std::unique_ptr<Note> note(int name) { return std::make_unique<Note>(all_, seen_, name); }

    EventLoop loop_;
    Deadlines all_{loop_};
    std::vector<int> seen_;
};

TEST_F(DeadlineTest, ComesInTheOrderOfTime) {
    std::vector<std::unique_ptr<Note>> notes;
    std::vector<int> expected;
    for (int name = 0; name < 200; ++name) {
        notes.push_back(note(name));
        expected.push_back(name);
    }
    std::vector<int> order = expected;
    std::shuffle(order.begin(), order.end(), std::mt19937(7));

    for (const int name : order)
        notes[static_cast<std::size_t>(name)]->deadline.set(milliseconds(10 + name));
    loop_.run();

    EXPECT_EQ(seen_, expected);
    EXPECT_EQ(all_.waiting(), 0U);
}

TEST_F(DeadlineTest, IsPutOffAndBroughtForward) {
    const auto off = note(1);
    const auto forward = note(2);
    const auto between = note(3);
    off->deadline.set(milliseconds(5));
    forward->deadline.set(milliseconds(10'000));
    between->deadline.set(milliseconds(40));

    off->deadline.set(milliseconds(80));
    forward->deadline.set(milliseconds(20));
    loop_.run();

    EXPECT_EQ(seen_, (std::vector<int>{2, 3, 1}));
}

TEST_F(DeadlineTest, MayDestroyOthersAndBeSetAgainWhenItComes) {
    auto first = note(1);
    auto second = note(2);
    auto third = note(3);
    for (const auto& one : {first.get(), second.get(), third.get()})
        one->deadline.set(milliseconds(5));
    int rounds = 0;
    const auto end_others = [&](Note& self) {
        for (auto* other : {&first, &second, &third})
            if (other->get() != &self) other->reset();
        if (++rounds < 3) self.deadline.set(milliseconds(1));
    };
    for (const auto& one : {first.get(), second.get(), third.get()})
        one->then = [&, one] { end_others(*one); };

    loop_.run();

    ASSERT_EQ(seen_.size(), 3U);
    EXPECT_EQ(seen_[0], seen_[1]);
    EXPECT_EQ(seen_[0], seen_[2]);
    EXPECT_EQ(all_.waiting(), 0U);
}

TEST_F(DeadlineTest, IsForgottenWithItsOwner) {
    std::vector<std::unique_ptr<Note>> notes;
    for (int name = 0; name < 50; ++name) {
        notes.push_back(note(name));
        notes.back()->deadline.set(milliseconds(10 + name % 7));
    }
    for (std::size_t at = 0; at < notes.size(); at += 2) notes[at].reset();
    EXPECT_EQ(all_.waiting(), 25U);

    loop_.run();

    EXPECT_EQ(seen_.size(), 25U);
}

}  // namespace
}  // namespace posta::supervisor
