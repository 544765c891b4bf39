#include "supervisor/lifecycle/child_process.h"

#include <gtest/gtest.h>
#include <linux/sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <optional>

#include "common/base/check.h"
#include "common/base/unix_socket.h"

namespace posta::supervisor {
namespace {

// Another process that was given a chosen number: no child of ours, as most are.
class Namesake {
public:
    // Empty when the number is taken, or this system lets nobody choose.
    static std::optional<Namesake> with(pid_t pid) {
        std::array<int, 2> begun{};
        CHECK(::pipe2(begun.data(), O_CLOEXEC) == 0);
        const pid_t parent = ::fork();
        if (parent == 0) be_its_parent(pid, begun[1]);
        ::close(begun[1]);
        char byte = 0;
        const bool lives = ::read(begun[0], &byte, 1) == 1;
        ::close(begun[0]);
        if (lives) return Namesake(pid, parent);
        ::waitpid(parent, nullptr, 0);
        return std::nullopt;
    }
    // Ends it by SIGTERM, unless another signal was first. Which one it was.
    int end() {
        ::kill(pid_, SIGTERM);
        int status = 0;
        ::waitpid(parent_, &status, 0);
        return WEXITSTATUS(status);
    }

private:
    Namesake(pid_t pid, pid_t parent) : pid_(pid), parent_(parent) {}

    [[noreturn]] static void be_its_parent(pid_t pid, int begun) {
        clone_args wanted{};
        wanted.exit_signal = SIGCHLD;
        wanted.set_tid = reinterpret_cast<std::uintptr_t>(&pid);
        wanted.set_tid_size = 1;
        const long made = ::syscall(SYS_clone3, &wanted, sizeof wanted);
        if (made == 0) {
            const bool told = ::write(begun, "x", 1) == 1;
            while (told) ::pause();
            ::_exit(1);
        }
        int status = 0;
        if (made > 0) ::waitpid(static_cast<pid_t>(made), &status, 0);
        ::_exit(WTERMSIG(status));
    }

    pid_t pid_;
    pid_t parent_;
};

class Listener final : public ChildEvents {
public:
    void on_line(Child& child, std::string_view) override { child.kill("it says so"); }
    void on_drained(Child&) override {}
    void on_exit(Child&, const Exit&) override { told = true; }
    bool told = false;
};

class ChildProcessOfThePast : public testing::Test {
protected:
    EventLoop loop_;
    Listener events_;
    std::unique_ptr<ChildProcess> child_;
    std::optional<Namesake> namesake_;

    // A child that has said something nobody has read, has ended, has been waited for, and whose
    // number is another's by now. A number may be taken by somebody else meanwhile: then another.
    void SetUp() override {
        constexpr int kTries = 20;
        for (int tries = 0; tries < kTries && !namesake_; ++tries) {
            auto ends = socket_pair();
            ASSERT_TRUE(ends.has_value());
            const pid_t pid = ::fork();
            ASSERT_GE(pid, 0);
            if (pid == 0) ::_exit(::write(ends->second.get(), "surrender\n", 10) == 10 ? 0 : 1);
            ASSERT_EQ(::waitpid(pid, nullptr, 0), pid);
            const int channel = ends->first.release();
            child_ = ChildProcess::adopt(loop_, {pid, channel, ""}, events_, [](int) {});
            namesake_ = Namesake::with(pid);
        }
        if (!namesake_) GTEST_SKIP() << "this system lets nobody choose a process's number";
    }
};

TEST_F(ChildProcessOfThePast, IsNotKilledForItsLastWords) {
    child_->on_process_exit({0, 0});

    EXPECT_TRUE(events_.told);
    EXPECT_EQ(child_->reason(), "it says so");
    EXPECT_EQ(namesake_->end(), SIGTERM);
}

TEST_F(ChildProcessOfThePast, IsNotKilledBeforeItsEndIsTold) {
    child_->kill("it is too late");

    EXPECT_EQ(namesake_->end(), SIGTERM);
}

}  // namespace
}  // namespace posta::supervisor
