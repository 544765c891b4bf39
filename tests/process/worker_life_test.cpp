// How one real worker process starts, shows that it lives, and leaves.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/support/test_paths.h"
#include "tests/support/worker_process.h"

namespace posta::testing {
namespace {

using namespace std::chrono_literals;

class WorkerLifeTest : public ::testing::Test {
protected:
    WorkerProcess worker_{POSTA_SERVER, "https://arne.example"};
};

TEST_F(WorkerLifeTest, AnswersItsHeartbeat) {
    worker_.start();
    worker_.say("ping");
    EXPECT_EQ(worker_.hear(), "pong");
}

TEST_F(WorkerLifeTest, DrainsOnTermAndOnHup) {
    for (const int signal_number : {SIGTERM, SIGHUP}) {
        WorkerProcess worker(POSTA_SERVER, "https://arne.example");
        worker.start();
        RawClient client = worker.connect();
        EXPECT_EQ(client.ask("GET", "/").field("Connection"), "");

        worker.signal(signal_number);
        EXPECT_EQ(worker.hear(), "draining");
        const Answer last = client.ask("GET", "/");
        EXPECT_EQ(last.status, 200);
        EXPECT_EQ(last.field("Connection"), "close");
        EXPECT_TRUE(client.is_closed());
        client.close();
        EXPECT_EQ(worker.wait_for_exit(), 0);
    }
}

TEST_F(WorkerLifeTest, LeavesAtOnceWithoutConnections) {
    worker_.start();
    worker_.signal(SIGTERM);
    EXPECT_EQ(worker_.hear(), "draining");
    EXPECT_EQ(worker_.wait_for_exit(), 0);
}

TEST_F(WorkerLifeTest, LeavesByItselfAlsoWhenAConnectionStays) {
    worker_.start();
    RawClient client = worker_.connect();
    EXPECT_EQ(client.ask("GET", "/").status, 200);
    worker_.signal(SIGTERM);
    EXPECT_EQ(worker_.wait_for_exit(), 0);
}

TEST_F(WorkerLifeTest, LeavesWhenTheSupervisorIsGone) {
    worker_.start();
    worker_.let_go_of_channel();
    EXPECT_EQ(worker_.wait_for_exit(), 0);
}

TEST_F(WorkerLifeTest, SaysWhyItCannotServe) {
    std::filesystem::remove(worker_.data_dir() + "/keys.json");
    const std::string line = worker_.launch();

    EXPECT_TRUE(line.starts_with("failed ")) << line;
    EXPECT_TRUE(line.find("keys.json") != std::string::npos) << line;
    EXPECT_EQ(worker_.wait_for_exit(), 78);
}

TEST_F(WorkerLifeTest, RefusesToServeWithoutALayerThatIsRequired) {
    worker_.tenant.require_layers = {"descriptors", "walls"};

    EXPECT_EQ(
        worker_.launch(),
        "failed require_layers of the manifest is not met: walls is absent (mend that, or take "
        "the layer out of require_layers)");
    EXPECT_EQ(worker_.wait_for_exit(), 78);
}

TEST_F(WorkerLifeTest, RefusesADatabaseThatIsNone) {
    std::ofstream(worker_.data_dir() + "/inbox.db") << "this is no database, whatever it was";
    const std::string line = worker_.launch();

    EXPECT_TRUE(line.starts_with("failed ")) << line;
    EXPECT_EQ(worker_.wait_for_exit(), 78);
}

}  // namespace
}  // namespace posta::testing
