#include "tests/support/front_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>

#include "common/base/check.h"
#include "common/contracts/channel.h"
#include "tests/support/eventually.h"
#include "tests/support/http_client.h"
#include "tests/support/test_paths.h"

namespace posta::test {

namespace {

UniqueFd listen_on_loopback(int& port) {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    CHECK(::bind(fd.get(), generic, size) == 0 && ::listen(fd.get(), 512) == 0);
    CHECK(::getsockname(fd.get(), generic, &size) == 0);
    port = ntohs(address.sin_port);
    return fd;
}

// In the child, between fork and exec.
[[noreturn]] void become_front(int channel, int listener, int log) {
    const int high_channel = ::fcntl(channel, F_DUPFD, 20);
    const int high_listener = ::fcntl(listener, F_DUPFD, 20);
    ::dup2(log, 1);
    ::dup2(log, 2);
    ::dup2(high_channel, contracts::kChannelFd);
    ::dup2(high_listener, contracts::kFrontListenFd);
    ::close(high_channel);
    ::close(high_listener);
    // What a sanitizer keeps of freed memory, to find its late use, is no memory of the front's:
    // with the usual 256 MiB of it a bound on the front's size would measure the sanitizer.
    const char* const environment[] = {"ASAN_OPTIONS=quarantine_size_mb=1", nullptr};
    ::execle(POSTA_SERVER, POSTA_SERVER, "front", nullptr, environment);
    ::_exit(127);
}

}  // namespace

FrontProcess::FrontProcess(const std::vector<contracts::Route>& routes,
                           std::vector<std::string> trusted_proxies)
    : FrontProcess(routes, [&] {
          contracts::FrontSettings settings;
          settings.trusted_proxies = std::move(trusted_proxies);
          return settings;
      }()) {}

FrontProcess::FrontProcess(const std::vector<contracts::Route>& routes,
                           contracts::FrontSettings settings)
    : listener_(listen_on_loopback(port_)) {
    start();
    settings.listeners = 1;
    constexpr uid_t kFrontUid = 700'000;
    if (::geteuid() == 0) settings.uid = settings.gid = kFrontUid;  // it never runs as root
    settings.log_level = LogLevel::debug;
    CHECK(send_all(channel_.get(), contracts::to_line(settings) + "\n"));
    send_routes(routes);
    std::string line(5, '\0');
    CHECK(wait_readable(channel_.get(), std::chrono::seconds(60)));
    CHECK(::recv(channel_.get(), line.data(), line.size(), 0) > 0);
    EXPECT_EQ(line, "ready") << read_text(folder_ / "log");
}

void FrontProcess::start() {
    std::array<int, 2> ends{};
    CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    const UniqueFd log(
        ::open((folder_ / "log").c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600));
    channel_.reset(ends[0]);
    const UniqueFd theirs(ends[1]);
    pid_ = ::fork();
    CHECK(pid_ >= 0);
    if (pid_ == 0) become_front(theirs.get(), listener_.get(), log.get());
}

FrontProcess::~FrontProcess() {
    if (pid_ > 0) {
        signal(SIGTERM);
        EXPECT_EQ(wait_for_exit(), 0);
    }
    if (pid_ > 0) {
        signal(SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    const std::string log = read_text(folder_ / "log");
    const bool clean = log.find("Sanitizer") == std::string::npos &&
                       log.find("runtime error") == std::string::npos;
    EXPECT_TRUE(clean) << log;
    if (::testing::Test::HasFailure()) std::fprintf(stderr, "front's log:\n%s\n", log.c_str());
}

std::string FrontProcess::log() const { return read_text(folder_ / "log"); }

void FrontProcess::send_routes(const std::vector<contracts::Route>& routes) {
    CHECK(send_all(channel_.get(), contracts::to_line(routes) + "\n"));
}

void FrontProcess::send_order(std::string_view line) {
    CHECK(send_all(channel_.get(), std::string(line) + "\n"));
}

void FrontProcess::signal(int number) const { ::kill(pid_, number); }

int FrontProcess::wait_for_exit(std::chrono::milliseconds deadline) {
    int status = 0;
    if (!eventually([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }, deadline)) return -1;
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::size_t FrontProcess::resident_bytes() const {
    std::ifstream statm("/proc/" + std::to_string(pid_) + "/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    statm >> total >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace posta::test
