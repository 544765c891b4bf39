#include "tests/support/call_tracer.h"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <utility>

#include "common/base/check.h"

namespace posta::test {

namespace {

// What leaves nothing behind when the caller dies next.
constexpr std::array kWithoutTrace{
    SYS_mmap,
    SYS_munmap,
    SYS_mprotect,
    SYS_mremap,
    SYS_madvise,
    SYS_brk,
    SYS_read,
    SYS_readv,
    SYS_pread64,
    SYS_lseek,
    SYS_fstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_fstatfs,
    SYS_statfs,
    SYS_readlinkat,
    SYS_faccessat,
    SYS_getdents64,
    SYS_getcwd,
    SYS_getpid,
    SYS_getppid,
    SYS_gettid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_getrandom,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_prctl,
    SYS_prlimit64,
    SYS_futex,
    SYS_sysinfo,
    SYS_uname,
    SYS_sched_yield,
    SYS_getsockname,
    SYS_getsockopt,
    SYS_recvfrom,
    SYS_recvmsg,
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    SYS_ppoll,
    SYS_wait4,
    SYS_waitid,
    SYS_eventfd2,
    SYS_sched_getaffinity,
    SYS_set_tid_address,
    SYS_set_robust_list,
    SYS_rseq,
    SYS_personality,
    SYS_restart_syscall,
#ifdef SYS_stat  // calls that newer machines do without
    SYS_stat,
    SYS_lstat,
    SYS_access,
    SYS_readlink,
    SYS_poll,
    SYS_epoll_wait,
    SYS_getdents,
    SYS_getrlimit,
    SYS_arch_prctl,
    SYS_time,
#endif
};

constexpr std::array<std::pair<long, const char*>, 22> kNames{{
    {SYS_execve, "execve"},         {SYS_clone, "clone"},       {SYS_write, "write"},
    {SYS_writev, "writev"},         {SYS_sendto, "sendto"},     {SYS_sendmsg, "sendmsg"},
    {SYS_socketpair, "socketpair"}, {SYS_socket, "socket"},     {SYS_bind, "bind"},
    {SYS_listen, "listen"},         {SYS_accept4, "accept4"},   {SYS_close, "close"},
    {SYS_fcntl, "fcntl"},           {SYS_ioctl, "ioctl"},       {SYS_memfd_create, "memfd_create"},
    {SYS_pipe2, "pipe2"},           {SYS_kill, "kill"},         {SYS_openat, "openat"},
    {SYS_renameat2, "renameat2"},   {SYS_unlinkat, "unlinkat"}, {SYS_flock, "flock"},
    {SYS_ftruncate, "ftruncate"},
}};

struct Call {
    bool entered = false;  // a stop on the way in, and not out or for another reason
    long number = -1;
    bool leaves_trace = false;
};

Call call_of(pid_t pid) {
    __ptrace_syscall_info info{};
    const long size = ::ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info);
    if (size <= 0 || info.op != PTRACE_SYSCALL_INFO_ENTRY) return {};
    const auto number = static_cast<long>(info.entry.nr);
    const bool opens = number == SYS_openat
#ifdef SYS_open
                       || number == SYS_open
#endif
        ;
    const std::uint64_t flags = info.entry.args[number == SYS_openat ? 2 : 1];
    const bool known =
        std::find(kWithoutTrace.begin(), kWithoutTrace.end(), number) != kWithoutTrace.end();
    return {true, number, opens ? (flags & O_CREAT) != 0 : !known};
}

std::string name_of_call(long number) {
    for (const auto& [known, name] : kNames)
        if (known == number) return name;
    return "call " + std::to_string(number);
}

}  // namespace

std::optional<CallTracer> CallTracer::seize(pid_t pid) {
    const std::intptr_t options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC;
    if (::ptrace(PTRACE_SEIZE, pid, nullptr, options) != 0) return std::nullopt;
    CHECK(::ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr) == 0);
    int status = 0;
    CHECK(::waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status));
    return CallTracer(pid);
}

CallTracer::CallTracer(CallTracer&& other) noexcept
    : pid_(other.pid_),
      stopped_(std::exchange(other.stopped_, false)),
      pending_signal_(other.pending_signal_) {}

CallTracer::~CallTracer() {
    if (stopped_) ::ptrace(PTRACE_DETACH, pid_, nullptr, std::intptr_t{pending_signal_});
}

CallTracer::End CallTracer::run_to(int step, const std::function<bool()>& is_over) {
    End end;
    while (true) {
        const std::intptr_t signal_number = std::exchange(pending_signal_, 0);
        if (::ptrace(PTRACE_SYSCALL, pid_, nullptr, signal_number) != 0) break;
        siginfo_t news{};
        // Its end is left for whoever waits for it.
        if (::waitid(P_PID, static_cast<id_t>(pid_), &news,
                     WEXITED | WSTOPPED | WNOWAIT | __WALL) != 0 ||
            news.si_code != CLD_TRAPPED)
            break;
        int status = 0;
        if (::waitpid(pid_, &status, __WALL) != pid_) break;
        const bool of_call = WSTOPSIG(status) == (SIGTRAP | 0x80);
        if (!of_call && status >> 16 == 0) pending_signal_ = WSTOPSIG(status);
        if (!of_call) continue;
        const Call call = call_of(pid_);
        if (!call.entered || !call.leaves_trace) continue;
        ++end.steps;
        end.call = name_of_call(call.number);
        if (end.steps >= step || is_over()) return end;
    }
    stopped_ = false;
    end.gone = true;
    return end;
}

}  // namespace posta::test
