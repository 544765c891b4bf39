#include "supervisor/front/upstream_pool.h"

#include <gtest/gtest.h>

namespace posta::supervisor {
namespace {

using std::chrono_literals::operator""ms;

class FakeConnection final : public PooledConnection {
public:
    explicit FakeConnection(UpstreamPool& pool) : pool_(pool) {
        pool_.make_room();
        pool_.opened();
    }
    ~FakeConnection() override {
        if (open) hang_up();
    }
    void hang_up() override {
        open = false;
        pool_.closed(*this);
    }
    void park() { pool_.park(*this); }
    void unpark() { pool_.unpark(*this); }

    bool open = true;

private:
    UpstreamPool& pool_;
};

class UpstreamPoolTest : public ::testing::Test {
protected:
    FrontLimits limits_;
    EventLoop loop_;
    UpstreamPool pool_{loop_, limits_};
};

TEST_F(UpstreamPoolTest, HangsUpTheLongestIdleForANewConnection) {
    limits_.descriptors = 4;
    pool_.set_clients(1);
    FakeConnection a(pool_), b(pool_), c(pool_);
    b.park();
    a.park();
    c.park();

    FakeConnection d(pool_);
    EXPECT_FALSE(b.open);
    EXPECT_TRUE(a.open);

    a.unpark();  // in use: the next one that is idle goes
    FakeConnection e(pool_);
    EXPECT_TRUE(a.open);
    EXPECT_FALSE(c.open);
    EXPECT_EQ(pool_.open(), 3U);
}

TEST_F(UpstreamPoolTest, MakesRoomForClientsFirst) {
    limits_.descriptors = 6;
    pool_.set_clients(2);
    FakeConnection a(pool_), b(pool_), c(pool_), d(pool_);
    a.park();
    b.park();

    pool_.set_clients(3);
    EXPECT_FALSE(a.open);
    EXPECT_TRUE(b.open);
    pool_.set_clients(pool_.most_clients());
    EXPECT_TRUE(b.open);
}

TEST_F(UpstreamPoolTest, NeverHangsUpWhatIsInUse) {
    limits_.descriptors = 2;
    pool_.set_clients(1);
    FakeConnection a(pool_), b(pool_);
    pool_.set_clients(2);
    EXPECT_TRUE(a.open);
    EXPECT_TRUE(b.open);
}

TEST_F(UpstreamPoolTest, ForgetsOneThatIsClosedWhileItIsIdle) {
    limits_.descriptors = 4;
    pool_.set_clients(1);
    FakeConnection a(pool_), c(pool_);
    {
        FakeConnection b(pool_);
        a.park();
        b.park();
        c.park();
    }
    EXPECT_EQ(pool_.open(), 2U);
    FakeConnection d(pool_), e(pool_);
    EXPECT_FALSE(a.open);
    EXPECT_TRUE(c.open);
}

TEST_F(UpstreamPoolTest, TakesWhatIsOpenForAllThereIsWhenThereAreNoMore) {
    limits_.descriptors = 1000;
    limits_.upstream_idle = 5ms;
    pool_.set_clients(5);
    FakeConnection a(pool_), b(pool_), c(pool_);
    a.park();
    b.park();
    int told = 0;
    pool_.on_ran_out([&] { ++told; });

    pool_.ran_out();
    EXPECT_EQ(told, 1);
    EXPECT_FALSE(a.open);  // so that there is one
    EXPECT_TRUE(b.open);
    EXPECT_EQ(pool_.most_clients(), 4U);
    pool_.set_clients(8);
    EXPECT_FALSE(b.open);
    EXPECT_TRUE(c.open);

    loop_.run();  // until no timer is left
    EXPECT_EQ(pool_.most_clients(), 500U);
}

TEST_F(UpstreamPoolTest, HasAlwaysAPlaceForAClientAndItsWorker) {
    pool_.ran_out();
    EXPECT_EQ(pool_.most_clients(), 1U);
}

TEST_F(UpstreamPoolTest, HangsUpWhatHasBeenIdleForTooLong) {
    limits_.upstream_idle = 5ms;
    FakeConnection a(pool_), used(pool_);
    a.park();
    used.park();
    used.unpark();
    loop_.run();  // until no timer is left
    EXPECT_FALSE(a.open);
    EXPECT_TRUE(used.open);
}

}  // namespace
}  // namespace posta::supervisor
