#include "worker/selftest/confined_child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>

#include "common/base/unique_fd.h"
#include "common/contracts/channel.h"
#include "worker/confinement.h"

namespace posta::selftest {

namespace {

constexpr std::chrono::seconds kLongestDeed{20};
// What the child sends: whether it is confined, then the answer.
constexpr char kConfined = 'c';
constexpr char kNotConfined = 'n';
constexpr char kAnswer = 'a';

struct Channel {
    UniqueFd ours;
    UniqueFd childs;
};

Result<Channel> channel() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return error_from_errno(errno, "cannot make a channel");
    return Channel{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

void send_all(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent =
            ::send(contracts::kChannelFd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0 && errno != EINTR) return;
        if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

// The contract's numbers, whatever has them now.
bool take_descriptors(int listening, int channel) {
    constexpr int kAboveAll = 64;
    const int listens = ::fcntl(listening, F_DUPFD_CLOEXEC, kAboveAll);
    const int speaks = ::fcntl(channel, F_DUPFD_CLOEXEC, kAboveAll);
    return listens >= 0 && speaks >= 0 && ::dup2(listens, contracts::kListenFd) >= 0 &&
           ::dup2(speaks, contracts::kChannelFd) >= 0;
}

[[noreturn]] void be_the_child(const contracts::WorkerSettings& settings, int listening,
                               int channel,
                               const std::function<std::string(const SandboxReport&)>& work) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (!take_descriptors(listening, channel)) ::_exit(1);
    const Result<SandboxReport> report = confine(worker::confinement_of(settings));
    if (!report) {
        send_all(kNotConfined + report.error().message);
        ::_exit(1);
    }
    send_all(std::string(1, kConfined));
    send_all(kAnswer + work(*report));
    ::_exit(0);
}

// Everything that the child says until it is gone or its time is over.
std::string listen_to(int channel) {
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + kLongestDeed;
    std::string said;
    while (true) {
        const auto left = duration_cast<milliseconds>(end - Clock::now()).count();
        pollfd wait{channel, POLLIN, 0};
        if (left <= 0 || ::poll(&wait, 1, static_cast<int>(left)) <= 0) return said;
        std::array<char, 4096> buffer{};
        const ssize_t count = ::recv(channel, buffer.data(), buffer.size(), 0);
        if (count <= 0) return said;
        said.append(buffer.data(), static_cast<std::size_t>(count));
    }
}

ChildsEnd end_from(std::string_view said, int status) {
    ChildsEnd end;
    if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
    end.confined = said.starts_with(kConfined);
    if (!said.empty()) said.remove_prefix(1);
    end.answered = end.confined && said.starts_with(kAnswer);
    if (end.answered) said.remove_prefix(1);
    end.said = said;
    return end;
}

}  // namespace

Result<ChildsEnd> in_workers_skin(const contracts::WorkerSettings& settings,
                                  const std::function<std::string(const SandboxReport&)>& work) {
    // A listening socket that is nobody's stands for the tenant's own, which its worker serves.
    const UniqueFd listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!listening) return error_from_errno(errno, "cannot make a socket");
    Channel ends = TRY(channel());
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child < 0) return error_from_errno(errno, "cannot start a process");
    if (child == 0) be_the_child(settings, listening.get(), ends.childs.get(), work);
    ends.childs.reset();
    const std::string said = listen_to(ends.ours.get());
    // Its end of the channel is closed, or its time is over: either way it has nothing more to say.
    // One that is leaving by itself is not cut short, because the end of file came with its end.
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) == 0) {
        pollfd gone{ends.ours.get(), POLLIN, 0};
        if (::poll(&gone, 1, 0) == 0) ::kill(child, SIGKILL);
        while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    }
    return end_from(said, status);
}

}  // namespace posta::selftest
