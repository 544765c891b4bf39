#include "supervisor/front/upstream_set.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "common/base/unix_socket.h"
#include "tests/support/temp_folder.h"

namespace posta::supervisor {
namespace {

using std::chrono_literals::operator""ms;

class UpstreamSetTest : public ::testing::Test {
protected:
    testing::TempFolder folder_;
    FrontLimits limits_;
    EventLoop loop_;
    UpstreamPool pool_{loop_, limits_};
    UpstreamSet set_{4};
    Tenant tenant_;
    UniqueFd worker_;

    // One that is idle, and its worker's end in `worker_`.
    void keep_one() {
        tenant_.socket_path = folder_.path() + "/worker.sock";
        const UniqueFd listening = listen_unix(tenant_.socket_path, 0600, 4).value();
        auto upstream = Upstream::dial(loop_, pool_, tenant_);
        ASSERT_TRUE(upstream);
        worker_.reset(::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC));
        set_.keep(std::move(upstream).value());
    }
};

TEST_F(UpstreamSetTest, GivesBackWhatItKeeps) {
    limits_.trust_idle = 0ms;
    keep_one();

    EXPECT_NE(set_.take(tenant_), nullptr);
    EXPECT_EQ(set_.take(tenant_), nullptr);
}

// The loop has not turned since: nobody has told us that the worker has left.
TEST_F(UpstreamSetTest, TrustsNoLongIdleConnectionWhoseWorkerHasLeft) {
    limits_.trust_idle = 0ms;
    keep_one();

    worker_.reset();

    EXPECT_EQ(set_.take(tenant_), nullptr);
}

TEST_F(UpstreamSetTest, TrustsNoLongIdleConnectionThatHasSaidSomethingUnasked) {
    limits_.trust_idle = 0ms;
    keep_one();

    ASSERT_EQ(::send(worker_.get(), "x", 1, MSG_NOSIGNAL), 1);

    EXPECT_EQ(set_.take(tenant_), nullptr);
}

// The worker takes so many connections and no more.
TEST_F(UpstreamSetTest, KeepsNoIdleConnectionWhenThoseToTheWorkerAreMany) {
    tenant_.load->set_limits({.worker_connections = 1});
    keep_one();

    EXPECT_EQ(set_.size(), 0U);
    EXPECT_EQ(pool_.open(), 0U);
    EXPECT_TRUE(tenant_.load->may_dial(0));
}

}  // namespace
}  // namespace posta::supervisor
