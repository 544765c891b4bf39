#include "supervisor/front/upstream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "common/base/unix_socket.h"
#include "tests/support/temp_folder.h"

namespace posta::supervisor {
namespace {

// A worker that takes so many connections, of which some are open already.
class UpstreamTest : public ::testing::Test {
protected:
    testing::TempFolder folder_;
    FrontLimits limits_;
    EventLoop loop_;
    UpstreamPool pool_{loop_, limits_};
    Tenant tenant_;
    UniqueFd listening_;
    TenantLoad& load_ = *tenant_.load;

    std::unique_ptr<Upstream> dial_with_limit(std::size_t most) {
        load_.set_limits({.worker_connections = most});
        tenant_.socket_path = folder_.path() + "/worker.sock";
        listening_ = listen_unix(tenant_.socket_path, 0600, 4).value();
        return Upstream::dial(loop_, pool_, tenant_).value();
    }
    // More than are open now.
    void expect_room_for(int more) {
        for (int number = 0; number < more; ++number) {
            EXPECT_TRUE(load_.may_dial(0)) << number << " of " << more;
            load_.worker_opened();
        }
        EXPECT_FALSE(load_.may_dial(0));
        for (int number = 0; number < more; ++number) load_.worker_closed();
    }
};

TEST_F(UpstreamTest, CountsAmongItsWorkersConnectionsUntilItEnds) {
    auto upstream = dial_with_limit(2);
    expect_room_for(1);

    upstream.reset();

    expect_room_for(2);
}

TEST_F(UpstreamTest, TakesNoPlaceOfTheOthersWhileItCarriesAStream) {
    auto upstream = dial_with_limit(2);

    upstream->carry_stream();
    expect_room_for(2);
    upstream->carry_stream();  // of the same answer
    expect_room_for(2);

    upstream.reset();
    expect_room_for(2);
}

TEST_F(UpstreamTest, TakesItsPlaceAgainWhenTheStreamIsOver) {
    auto upstream = dial_with_limit(4);
    upstream->carry_stream();
    expect_room_for(4);

    upstream->release();

    EXPECT_TRUE(upstream->alive());
    expect_room_for(3);
}

}  // namespace
}  // namespace posta::supervisor
