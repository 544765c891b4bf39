#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>

#include "common/base/unique_fd.h"
#include "common/contracts/channel.h"
#include "worker/selftest/attempts.h"

namespace posta::selftest {

namespace {

int outcome(long result) { return result >= 0 ? 0 : errno; }

int opens_socket(int family, int type, int protocol) {
    const UniqueFd socket(::socket(family, type, protocol));
    return socket ? 0 : errno;
}

int binds(int type) {
    const UniqueFd socket(::socket(AF_INET, type, 0));
    sockaddr_in any{};
    any.sin_family = AF_INET;
    return outcome(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any));
}

int makes_a_process(unsigned long flags) {
    const long child = ::syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
    if (child == 0) ::_exit(0);
    return outcome(child);
}

// Of memory that is never touched: the limit counts it when it is asked for.
int takes_memory(std::uint64_t limit_mb) {
    if (limit_mb == 0) return 0;
    constexpr std::uint64_t kPieces = 64;
    const std::size_t piece = std::max<std::uint64_t>(1, limit_mb / kPieces) * 1024 * 1024;
    for (std::uint64_t taken = 0; taken <= limit_mb * 1024 * 1024; taken += piece)
        if (::mmap(nullptr, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
            MAP_FAILED)
            return errno;
    return 0;
}

int takes_descriptors(std::uint64_t limit) {
    for (std::uint64_t taken = 0; taken <= limit; ++taken)
        if (::fcntl(contracts::kChannelFd, F_DUPFD_CLOEXEC, 0) < 0) return errno;
    return 0;
}

// Each waits for a lock that is never given.
int takes_threads() {
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    ::pthread_mutex_lock(&gate);
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    const auto smallest = static_cast<std::size_t>(PTHREAD_STACK_MIN);
    ::pthread_attr_setstacksize(&attributes, smallest);
    for (unsigned made = 0; made <= kMostThreads; ++made) {
        pthread_t thread{};
        const auto wait = [](void* lock) -> void* {
            ::pthread_mutex_lock(static_cast<pthread_mutex_t*>(lock));
            return nullptr;
        };
        if (const int error = ::pthread_create(&thread, &attributes, wait, &gate); error != 0)
            return error;
    }
    return 0;
}

int uses_a_foreign_descriptor() {
    constexpr int kLooked = 4096;
    for (int fd = contracts::kChannelFd + 1; fd < kLooked; ++fd)
        if (::fcntl(fd, F_GETFD) >= 0) return 0;
    return EBADF;
}

int makes_code_of_data() {
    void* const page =
        ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? errno : outcome(::mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

int is_dumpable() { return ::prctl(PR_GET_DUMPABLE) == 0 ? EPERM : 0; }

Attempt program() {
    static constexpr const char* kProgram = "/bin/true";
    return {"run a program",
            {{"seccomp"}, {"landlock"}},
            {{"execve",
              [] {
                  char* const words[] = {const_cast<char*>(kProgram), nullptr};
                  return outcome(::execve(kProgram, words, words + 1));
              }},
             {"execveat", [] {
                  char* const words[] = {const_cast<char*>(kProgram), nullptr};
                  return outcome(::syscall(SYS_execveat, AT_FDCWD, kProgram, words, words + 1, 0));
              }}}};
}

std::vector<Attempt> attempts_on_limits(const Confinement& limits) {
    return {
        {"exceed its memory",
         {{"limits"}, {"seccomp"}},
         {{"private", [&limits] { return takes_memory(limits.memory_limit_mb); }},
          {"shared",
           [] {
               const void* page =
                   ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
               return page == MAP_FAILED ? errno : 0;
           }}}},
        {"exceed its descriptors",
         {{"limits"}},
         {{"dup", [&limits] { return takes_descriptors(limits.descriptor_limit); }},
          {"raise the limit",
           [&limits] {
               const rlimit more{limits.descriptor_limit + 1, limits.descriptor_limit + 1};
               return outcome(::setrlimit(RLIMIT_NOFILE, &more));
           }}}},
        {"start a process",
         {{"seccomp"}},
         {{"fork", [] { return makes_a_process(0); }},
          {"vfork", [] { return makes_a_process(CLONE_VM | CLONE_VFORK); }}}},
        {"exceed its threads", {{"user"}}, {{"pthread_create", takes_threads}}},
    };
}

}  // namespace

std::vector<Attempt> attempts_on_the_system(const Confinement& limits) {
    std::vector<Attempt> attempts{
        program(),
        {"make a namespace",
         {{"seccomp"}},
         {{"unshare", [] { return outcome(::unshare(CLONE_NEWUSER)); }},
          {"clone", [] { return makes_a_process(CLONE_NEWUSER); }}}},
        {"open a raw socket",
         {{"seccomp"}},
         {{"raw", [] { return opens_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP); }},
          {"packet", [] { return opens_socket(AF_PACKET, SOCK_RAW, 0); }},
          {"netlink", [] { return opens_socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT); }}}},
        {"serve a port",
         {{"seccomp"}},
         {{"bind TCP", [] { return binds(SOCK_STREAM); }},
          {"bind UDP", [] { return binds(SOCK_DGRAM); }},
          {"listen",
           [] {
               const UniqueFd socket(::socket(AF_INET, SOCK_STREAM, 0));
               return outcome(::listen(socket.get(), 1));
           }}}},
        {"gain privileges",
         {{"seccomp"}},
         {{"setuid", [] { return outcome(::setresuid(0, 0, 0)); }},
          {"mount", [] { return outcome(::mount("none", "/tmp", "tmpfs", 0, nullptr)); }},
          {"bpf", [] { return outcome(::syscall(SYS_bpf, 0, nullptr, 0)); }}}},
        {"use an inherited descriptor", {{"descriptors"}}, {{"fcntl", uses_a_foreign_descriptor}}},
        {"be dumped", {{"undumpable"}}, {{"PR_GET_DUMPABLE", is_dumpable}}},
        {"turn data into code", {{"seccomp"}}, {{"mprotect", makes_code_of_data}}},
    };
    for (Attempt& attempt : attempts_on_limits(limits)) attempts.push_back(std::move(attempt));
    return attempts;
}

}  // namespace posta::selftest
