#include "common/confine/policy.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "common/confine/sanitizer.h"

namespace posta {

namespace {

// What a worker reads outside its own directory. Directories rather than single files, because a
// rule holds for the file that was there: resolv.conf and the CA bundle are replaced by renaming.
// All of it is readable by any user of the machine anyway; secrets in /etc are guarded by their
// modes, and a worker is never root.
constexpr auto kWorkerReads = std::to_array<std::string_view>(
    {"/etc",  // resolv.conf, hosts, nsswitch.conf, gai.conf, localtime, ssl
     "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager",  // where resolv.conf points
     "/usr/share/ca-certificates", "/usr/local/share/ca-certificates",  // where /etc/ssl points
     "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib",      // NSS modules, when asked
     "/usr/share/zoneinfo", "/usr/share/publicsuffix", "/dev/urandom", "/dev/random", "/dev/zero",
     "/sys/devices/system/cpu", "/proc/sys/vm"});

// Calls of both roles: memory, threads, time, signals to itself, and descriptors that exist.
constexpr auto kBoth = std::to_array<std::string_view>(
    {"read", "write", "readv", "writev", "close", "close_range", "lseek", "fstat", "dup",
     // Waiting.
     "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll",
     "select", "pselect6", "eventfd2", "pipe2", "pipe", "timerfd_create", "timerfd_settime",
     "timerfd_gettime",
     // Sockets that exist.
     "connect", "accept", "accept4", "sendto", "sendmsg", "sendmmsg", "recvfrom", "recvmsg",
     "recvmmsg", "getsockname", "getpeername", "getsockopt", "setsockopt", "shutdown",
     // Memory; mmap and mprotect have rules of their own below.
     "munmap", "mremap", "madvise", "brk", "mlock", "mlock2", "munlock", "membarrier",
     // Threads and the end.
     "futex", "set_robust_list", "rseq", "sched_yield", "sched_getaffinity", "exit", "exit_group",
     "restart_syscall", "gettid", "getpid", "getppid",
     // Signals.
     "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "sigaltstack",
     // Time and chance.
     "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "getrandom"});

constexpr auto kBothAsking = std::to_array<std::string_view>(
    {"getuid", "geteuid", "getgid", "getegid", "getrusage", "getrlimit", "sysinfo", "uname",
     "getcpu", "time", "sched_getparam"});

// Calls of a worker alone: files (Landlock and the modes say which) and the netlink question that
// getaddrinfo asks about the machine's own addresses.
constexpr auto kWorkerFiles =
    std::to_array<std::string_view>({"open",       "openat",     "stat",
                                     "lstat",      "newfstatat", "statx",
                                     "access",     "faccessat",  "faccessat2",
                                     "readlink",   "readlinkat", "getcwd",
                                     "getdents64", "statfs",     "fstatfs",
                                     "pread64",    "pwrite64",   "preadv",
                                     "pwritev",    "sendfile",   "copy_file_range",
                                     "ftruncate",  "fallocate",  "fadvise64",
                                     "fsync",      "fdatasync",  "sync_file_range",
                                     "flock",      "unlink",     "unlinkat",
                                     "link",       "linkat",     "rename",
                                     "renameat",   "renameat2",  "mkdir",
                                     "mkdirat",    "rmdir",      "chmod",
                                     "fchmod",     "fchmodat",   "fchown",
                                     "umask",      "utimensat",  "sched_getscheduler"});

// Nothing in this program calls these once it is confined; who does is an intruder.
constexpr auto kFatal = std::to_array<std::string_view>(
    {"execve",      "execveat",        "ptrace",      "process_vm_readv", "process_vm_writev",
     "pidfd_getfd", "mount",           "umount2",     "move_mount",       "open_tree",
     "fsopen",      "fsconfig",        "fsmount",     "pivot_root",       "chroot",
     "unshare",     "setns",           "init_module", "finit_module",     "delete_module",
     "kexec_load",  "kexec_file_load", "reboot",      "swapon",           "swapoff",
     "bpf",         "perf_event_open", "userfaultfd", "setuid",           "setresuid",
     "setgid",      "capset"});

// What a sanitizer's report needs to name the lines; LeakSanitizer is off (confine.cpp). A release
// build has neither these calls nor the paths below.
constexpr auto kSanitizerCalls =
    std::to_array<std::string_view>({"open", "openat", "readlink", "fcntl", "newfstatat", "stat"});

constexpr scmp_datum_t datum(long value) { return static_cast<scmp_datum_t>(value); }

scmp_arg_cmp equals(unsigned index, long value) { return {index, SCMP_CMP_EQ, datum(value), 0}; }

scmp_arg_cmp masked(unsigned index, long mask, long value) {
    return {index, SCMP_CMP_MASKED_EQ, datum(mask), datum(value)};
}

void allow(std::vector<CallRule>& rules, std::span<const std::string_view> names) {
    for (const std::string_view name : names) rules.push_back({name, {}});
}

// Calls of both roles that pass with some arguments only.
void allow_narrowly(std::vector<CallRule>& rules) {
    // A new thread shares everything and enters no namespace. clone3 hides its flags in memory, so
    // it is not on the list and the libc falls back to this.
    constexpr long kNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
    constexpr long kThread = CLONE_THREAD | CLONE_VM | CLONE_SIGHAND;
    rules.push_back({"clone", {masked(0, kNamespaces | kThread, kThread)}});

    // Memory is writable or executable; what was data never becomes code. Memory that is shared and
    // has no file would be counted by no limit.
    rules.push_back({"mprotect", {masked(2, PROT_EXEC, 0)}});
    for (const scmp_arg_cmp& owned : {masked(3, MAP_SHARED, 0), masked(3, MAP_ANONYMOUS, 0)}) {
        rules.push_back({"mmap", {masked(2, PROT_EXEC, 0), owned}});
        rules.push_back({"mmap", {masked(2, PROT_EXEC | PROT_WRITE, PROT_EXEC), owned}});
    }

    const long self = ::getpid();
    rules.push_back({"kill", {equals(0, self)}});
    rules.push_back({"tgkill", {equals(0, self)}});
    rules.push_back({"prlimit64", {equals(0, 0), equals(2, 0)}});  // asks, changes nothing
    rules.push_back({"prlimit64", {equals(0, self), equals(2, 0)}});
    // To end with the supervisor; asked for after the user has changed, which would undo it.
    rules.push_back({"prctl", {equals(0, PR_SET_PDEATHSIG), equals(1, SIGKILL)}});
    rules.push_back({"prctl", {equals(0, PR_SET_NAME)}});
    rules.push_back({"prctl", {equals(0, PR_GET_NAME)}});
    rules.push_back({"prctl", {equals(0, PR_GET_DUMPABLE)}});

    for (const long request : {FIONBIO, FIONREAD, FIOCLEX})
        rules.push_back({"ioctl", {equals(1, request)}});
    // No F_SETOWN: it could send a signal to another process.
    for (const long command : {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL})
        rules.push_back({"fcntl", {equals(1, command)}});

    // A pair of stream sockets stays a pair; a datagram socket could be connected elsewhere.
    constexpr long kTypeBits = 0xf;
    rules.push_back({"socketpair", {equals(0, AF_UNIX), masked(1, kTypeBits, SOCK_STREAM)}});
}

void allow_sockets(std::vector<CallRule>& rules, ConfinedRole role) {
    constexpr long kTypeBits = 0xf;
    if (role == ConfinedRole::front) {
        rules.push_back({"socket", {equals(0, AF_UNIX), masked(1, kTypeBits, SOCK_STREAM)}});
        return;
    }
    for (const long family : {AF_INET, AF_INET6}) {
        rules.push_back({"socket", {equals(0, family), masked(1, kTypeBits, SOCK_STREAM)}});
        rules.push_back({"socket", {equals(0, family), masked(1, kTypeBits, SOCK_DGRAM)}});
    }
    rules.push_back({"socket", {equals(0, AF_NETLINK), equals(2, NETLINK_ROUTE)}});
    // Only a netlink socket can be bound by an address of that length, so no port of any protocol.
    rules.push_back({"bind", {equals(2, sizeof(sockaddr_nl))}});
}

void allow_file_locks(std::vector<CallRule>& rules) {
    for (const long command : {F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW})
        rules.push_back({"fcntl", {equals(1, command)}});
}

}  // namespace

LandlockPolicy landlock_policy(const Confinement& wanted) {
    LandlockPolicy policy;
    if (kHasSanitizer) {
        policy.paths.push_back({"/proc", false});
        policy.paths.push_back({"/proc/self/exe", false});  // follows the link: the program's file
    }
    if (wanted.role == ConfinedRole::front) return policy;
    policy.may_connect_tcp = true;
    for (const std::string_view path : kWorkerReads)
        policy.paths.push_back({std::string(path), false});
    for (const std::string& path : wanted.readable) policy.paths.push_back({path, false});
    policy.paths.push_back({"/dev/null", true});
    policy.paths.push_back({wanted.own_directory, true});
    return policy;
}

SeccompPolicy seccomp_policy(ConfinedRole role) {
    SeccompPolicy policy{{}, kFatal};
    allow(policy.allowed, kBoth);
    allow(policy.allowed, kBothAsking);
    allow_narrowly(policy.allowed);
    allow_sockets(policy.allowed, role);
    if (role == ConfinedRole::worker) {
        allow(policy.allowed, kWorkerFiles);
        allow_file_locks(policy.allowed);
    }
    if (kHasSanitizer) allow(policy.allowed, kSanitizerCalls);
    return policy;
}

}  // namespace posta
