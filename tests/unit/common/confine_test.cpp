#include "common/confine/confine.h"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "common/base/unix_socket.h"
#include "common/confine/landlock.h"

namespace posta {
namespace {

constexpr uid_t kOwner = 700'123;
constexpr uid_t kOrdinaryUser = 700'124;
constexpr int kKilled = 1000;  // and the signal's number
constexpr int kNotConfined = 99;

// How the confined process comes about: root gives it a user, or somebody ordinary starts it.
enum class Starter { root, ordinary };

// 0, or the errno with which the kernel refused.
int outcome(long result) { return result >= 0 ? 0 : errno; }

// Two tenants' directories, each with a key file and a socket; what a deed comes to is seen in a
// child that is confined first.
class Confine : public testing::TestWithParam<Starter> {
protected:
    void SetUp() override {
        if (::geteuid() != 0 && GetParam() == Starter::root)
            GTEST_SKIP() << "needs root to give the child a user of its own";
        std::string name = std::filesystem::temp_directory_path() / "posta-confine-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        root_ = name;
        ::chmod(name.c_str(), 0755);
        own_socket_ = make_tenant("own");
        other_socket_ = make_tenant("other");
    }

    void TearDown() override {
        if (!root_.empty()) std::filesystem::remove_all(root_);
    }

    UniqueFd make_tenant(const std::string& tenant) {
        std::filesystem::create_directory(root_ / tenant);
        std::ofstream(root_ / tenant / "keys.json") << "[]";
        Result<UniqueFd> socket = listen_unix(path(tenant + "/sock"), 0666, 4);
        if (::geteuid() == 0) {
            const uid_t owner = GetParam() == Starter::root ? kOwner : kOrdinaryUser;
            for (const char* file : {"", "/keys.json", "/sock"})
                EXPECT_EQ(::chown(path(tenant + file).c_str(), owner, owner), 0);
        }
        return std::move(socket).value();
    }

    std::string path(const std::string& name) const { return root_ / name; }

    Confinement confinement(ConfinedRole role) const {
        Confinement wanted;
        wanted.role = role;
        wanted.memory_limit_mb = 256;
        if (GetParam() == Starter::root) wanted.uid = kOwner;
        if (role == ConfinedRole::worker) wanted.own_directory = path("own");
        return wanted;
    }

    static bool become_ordinary() {
        if (::geteuid() != 0) return true;
        return ::setgroups(0, nullptr) == 0 &&
               ::setresgid(kOrdinaryUser, kOrdinaryUser, kOrdinaryUser) == 0 &&
               ::setresuid(kOrdinaryUser, kOrdinaryUser, kOrdinaryUser) == 0;
    }

    // The exit code of the child that does `deed`, or kKilled and a signal.
    static int in_child(const Confinement& wanted, bool is_ordinary,
                        const std::function<int(const SandboxReport&)>& deed) {
        const pid_t child = ::fork();
        if (child == 0) {
            if (is_ordinary && !become_ordinary()) ::_exit(kNotConfined);
            const Result<SandboxReport> report = confine(wanted);
            ::_exit(report ? deed(*report) : kNotConfined);
        }
        int status = 0;
        EXPECT_EQ(::waitpid(child, &status, 0), child);
        return WIFEXITED(status) ? WEXITSTATUS(status) : kKilled + WTERMSIG(status);
    }

    int comes_to(ConfinedRole role, const std::function<int()>& deed) const {
        return in_child(confinement(role), GetParam() == Starter::ordinary,
                        [&deed](const SandboxReport&) { return deed(); });
    }
    int worker(const std::function<int()>& deed) const {
        return comes_to(ConfinedRole::worker, deed);
    }
    int front(const std::function<int()>& deed) const {
        return comes_to(ConfinedRole::front, deed);
    }

    int connects_to(const std::string& name) const {
        const Result<UniqueFd> connection = connect_unix(path(name));
        return connection ? 0 : 1;
    }

    std::filesystem::path root_;
    UniqueFd own_socket_;
    UniqueFd other_socket_;
};

INSTANTIATE_TEST_SUITE_P(StartedBy, Confine, testing::Values(Starter::root, Starter::ordinary),
                         [](const testing::TestParamInfo<Starter>& starter) {
                             return starter.param == Starter::root ? "Root" : "AnOrdinaryUser";
                         });

TEST_P(Confine, WorkerReadsAndWritesItsOwnDirectory) {
    EXPECT_EQ(worker([this] { return outcome(::open(path("own/keys.json").c_str(), O_RDONLY)); }),
              0);
    EXPECT_EQ(worker([this] {
                  const std::string draft = path("own/draft");
                  const UniqueFd file(::open(draft.c_str(), O_RDWR | O_CREAT, 0600));
                  if (!file || ::ftruncate(file.get(), 10) != 0 || ::fsync(file.get()) != 0)
                      return errno;
                  if (::rename(draft.c_str(), path("own/final").c_str()) != 0) return errno;
                  return outcome(::unlink(path("own/final").c_str()));
              }),
              0);
}

TEST_P(Confine, WorkerCannotOpenAnotherTenantsFile) {
    if (landlock_version() < 1) GTEST_SKIP() << "this kernel has no Landlock";
    EXPECT_EQ(worker([this] { return outcome(::open(path("other/keys.json").c_str(), O_RDONLY)); }),
              EACCES);
    EXPECT_EQ(worker([this] {
                  return outcome(::open(path("other/new").c_str(), O_WRONLY | O_CREAT, 0600));
              }),
              EACCES);
    EXPECT_EQ(worker([this] { return outcome(::truncate(path("other/keys.json").c_str(), 0)); }),
              ENOSYS);
}

TEST_P(Confine, WorkerWritesNowhereElse) {
    if (landlock_version() < 1) GTEST_SKIP() << "this kernel has no Landlock";
    EXPECT_EQ(worker([] { return outcome(::open("/tmp/posta-escape", O_WRONLY | O_CREAT, 0600)); }),
              EACCES);
    EXPECT_EQ(worker([] { return outcome(::open("/etc/hosts", O_WRONLY)); }), EACCES);
}

TEST_P(Confine, WorkerConnectsToNoUnixSocket) {
    EXPECT_EQ(worker([this] { return connects_to("other/sock"); }), 1);
    EXPECT_EQ(worker([] { return outcome(::socket(AF_UNIX, SOCK_STREAM, 0)); }), ENOSYS);
}

TEST_P(Confine, WorkerResolvesNamesAndReachesTcp) {
    EXPECT_EQ(worker([] {
                  addrinfo* found = nullptr;
                  const addrinfo hints{AI_ADDRCONFIG, AF_UNSPEC, SOCK_STREAM, 0, 0, {}, {}, {}};
                  return ::getaddrinfo("localhost", "443", &hints, &found) == 0 ? 0 : 1;
              }),
              0);
    EXPECT_EQ(worker([] {
                  const UniqueFd tcp(::socket(AF_INET, SOCK_STREAM, 0));
                  sockaddr_in nobody{};
                  nobody.sin_family = AF_INET;
                  nobody.sin_port = htons(1);
                  nobody.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
                  return outcome(
                      ::connect(tcp.get(), reinterpret_cast<sockaddr*>(&nobody), sizeof nobody));
              }),
              ECONNREFUSED);
}

TEST_P(Confine, NobodyServesAPort) {
    const auto bind_tcp = [] {
        const UniqueFd tcp(::socket(AF_INET, SOCK_STREAM, 0));
        if (!tcp) return errno;
        sockaddr_in any{};
        any.sin_family = AF_INET;
        any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return outcome(::bind(tcp.get(), reinterpret_cast<sockaddr*>(&any), sizeof any));
    };
    EXPECT_EQ(worker(bind_tcp), ENOSYS);
    EXPECT_EQ(front(bind_tcp), ENOSYS);
    EXPECT_EQ(worker([] {
                  const UniqueFd tcp(::socket(AF_INET, SOCK_STREAM, 0));
                  return outcome(::listen(tcp.get(), 1));
              }),
              ENOSYS);
    EXPECT_EQ(worker([] {
                  const UniqueFd udp(::socket(AF_INET, SOCK_DGRAM, 0));
                  sockaddr_in any{};
                  any.sin_family = AF_INET;
                  return outcome(::bind(udp.get(), reinterpret_cast<sockaddr*>(&any), sizeof any));
              }),
              ENOSYS);
}

TEST_P(Confine, NobodyOpensARawOrPacketSocket) {
    for (const auto& role : {ConfinedRole::worker, ConfinedRole::front}) {
        EXPECT_EQ(comes_to(role, [] { return outcome(::socket(AF_INET, SOCK_RAW, 1)); }), ENOSYS);
        EXPECT_EQ(comes_to(role, [] { return outcome(::socket(AF_PACKET, SOCK_RAW, 0)); }), ENOSYS);
        EXPECT_EQ(
            comes_to(role, [] { return outcome(::socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT)); }),
            ENOSYS);
    }
}

TEST_P(Confine, AnIntrudersCallsEndTheProcess) {
    const std::vector<std::function<int()>> deeds{
        [] { return outcome(::execl("/bin/true", "true", nullptr)); },
        [] { return outcome(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); },
        [] { return outcome(::mount("none", "/tmp", "tmpfs", 0, nullptr)); },
        [] { return outcome(::unshare(CLONE_NEWUSER)); },
        [] { return outcome(::setns(0, 0)); },
        [] { return outcome(::chroot("/")); },
    };
    for (const auto& role : {ConfinedRole::worker, ConfinedRole::front}) {
        for (const auto& deed : deeds) EXPECT_EQ(comes_to(role, deed), kKilled + SIGSYS);
    }
}

TEST_P(Confine, ForkFailsAndThreadsWork) {
    for (const auto& role : {ConfinedRole::worker, ConfinedRole::front}) {
        EXPECT_EQ(comes_to(role, [] { return outcome(::fork()); }), ENOSYS);
        EXPECT_EQ(comes_to(role,
                           [] {
                               int answer = 1;
                               std::thread([&answer] { answer = 0; }).join();
                               return answer;
                           }),
                  0);
    }
}

TEST_P(Confine, NobodySignalsAnotherProcess) {
    const pid_t parent = ::getpid();
    EXPECT_EQ(worker([parent] { return outcome(::kill(parent, 0)); }), ENOSYS);
    EXPECT_EQ(worker([] { return outcome(::kill(::getpid(), 0)); }), 0);
}

TEST_P(Confine, DataNeverBecomesCode) {
    EXPECT_EQ(worker([] {
                  void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                  return outcome(::mprotect(page, 4096, PROT_READ | PROT_EXEC));
              }),
              ENOSYS);
}

// Such memory would be outside of the memory limit.
TEST_P(Confine, NobodySharesMemoryWithoutAFile) {
    EXPECT_EQ(worker([] {
                  const void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
                  return page == MAP_FAILED ? errno : 0;
              }),
              ENOSYS);
}

TEST_P(Confine, FrontConnectsToTenantsAndOpensNoFile) {
    EXPECT_EQ(front([this] { return connects_to("other/sock"); }), 0);
    EXPECT_NE(front([this] { return outcome(::open(path("own/keys.json").c_str(), O_RDONLY)); }),
              0);
    EXPECT_NE(front([] { return outcome(::open("/etc/hosts", O_RDONLY)); }), 0);
    EXPECT_EQ(front([] { return outcome(::socket(AF_INET, SOCK_STREAM, 0)); }), ENOSYS);
}

TEST_P(Confine, OnlyTheNamedDescriptorsStay) {
    Confinement wanted = confinement(ConfinedRole::worker);
    const UniqueFd kept(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    wanted.descriptors = {kept.get()};

    const int result = in_child(wanted, GetParam() == Starter::ordinary, [&](const auto&) {
        for (int fd = 3; fd < 200; ++fd) {
            const bool is_open = ::fcntl(fd, F_GETFD) >= 0;
            if (is_open != (fd == kept.get())) return fd;
        }
        return 0;
    });

    EXPECT_EQ(result, 0);
}

TEST_P(Confine, LeavesNoCoreAndCannotBeDumped) {
    EXPECT_EQ(worker([] {
                  rlimit core{};
                  ::getrlimit(RLIMIT_CORE, &core);
                  return core.rlim_max == 0 && ::prctl(PR_GET_DUMPABLE) == 0 ? 0 : 1;
              }),
              0);
}

TEST_P(Confine, ReportsEachLayer) {
    const bool is_ordinary = GetParam() == Starter::ordinary;
    const auto as_expected = [is_ordinary](const SandboxReport& report) {
        for (const SandboxLayer& layer : report) {
            const bool may_be_less = layer.name == "limits" || layer.name == "landlock";
            const LayerStrength expected = layer.name == "user" && is_ordinary
                                               ? LayerStrength::absent
                                               : LayerStrength::enforced;
            if (!may_be_less && layer.strength != expected) return 1;
            if ((layer.strength == LayerStrength::enforced) != layer.remark.empty()) return 2;
        }
        return report.size() == 6 ? 0 : 3;
    };
    EXPECT_EQ(in_child(confinement(ConfinedRole::worker), is_ordinary, as_expected), 0);
}

TEST(ConfineAsRoot, IsRefusedWithoutAnotherUser) {
    if (::geteuid() != 0) GTEST_SKIP() << "not root";
    const pid_t child = ::fork();
    if (child == 0) {
        const Result<SandboxReport> report = confine({.role = ConfinedRole::front});
        ::_exit(!report && report.error().code == ErrorCode::denied ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

TEST(SandboxReport, IsOneLineForTheLog) {
    EXPECT_EQ(summary_of({{"user", LayerStrength::absent, "one user"},
                          {"seccomp", LayerStrength::enforced, {}}}),
              "user=absent (one user) seccomp=enforced");
}

}  // namespace
}  // namespace posta
