#include <dirent.h>
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "common/base/unique_fd.h"
#include "worker/selftest/attempts.h"

namespace posta::selftest {

namespace {

int opens(const std::string& path, int flags) {
    const UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC));
    return fd ? 0 : errno;
}

int creates(const std::string& directory) {
    const std::string path = directory + "/.posta-selftest-" + std::to_string(::getpid());
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd) return errno;
    ::unlink(path.c_str());
    return 0;
}

int lists(const std::string& directory) {
    DIR* const opened = ::opendir(directory.c_str());
    if (opened == nullptr) return errno;
    ::closedir(opened);
    return 0;
}

int looks_at(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? 0 : errno;
}

int connects_to(const std::string& path, int type) {
    const UniqueFd socket(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    if (!socket) return errno;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0
               ? 0
               : errno;
}

// The first of them that lets it, or the last one's refusal.
template <class Deed>
int any_of(const std::vector<pid_t>& processes, Deed deed) {
    int refusal = ESRCH;
    for (const pid_t process : processes) {
        if (deed(process) == 0) return 0;
        refusal = errno;
    }
    return refusal;
}

Attempt signals_to(const std::vector<pid_t>& processes) {
    return {"signal another process",
            {{"seccomp"}, {"user"}, {"landlock", 6}},
            {{"kill",
              [&processes] {
                  return any_of(processes, [](pid_t process) { return ::kill(process, 0); });
              }},
             {"kill all", [] { return ::kill(-1, 0) == 0 ? 0 : errno; }}}};
}

Attempt tracing_of(const std::vector<pid_t>& processes) {
    const auto reads_memory = [](pid_t process) {
        char byte = 0;
        iovec here{&byte, 1};
        iovec there{&byte, 1};  // forked from one of them: a place that it has, too
        return ::process_vm_readv(process, &here, 1, &there, 1, 0) < 0 ? -1 : 0;
    };
    const auto opens_memory = [](pid_t process) {
        return opens("/proc/" + std::to_string(process) + "/mem", O_RDONLY) == 0 ? 0 : -1;
    };
    return {"trace another process",
            {{"seccomp"}, {"landlock"}, {"user"}},
            {{"ptrace",
              [&processes] {
                  return any_of(processes, [](pid_t process) {
                      return static_cast<int>(::ptrace(PTRACE_SEIZE, process, nullptr, nullptr));
                  });
              }},
             {"read its memory",
              [&processes, reads_memory] { return any_of(processes, reads_memory); }},
             {"/proc/PID/mem",
              [&processes, opens_memory] { return any_of(processes, opens_memory); }}}};
}

Attempt writing_to(const std::vector<std::string>& places) {
    Attempt attempt{"write outside its directory", {{"landlock"}}, {}};
    for (const std::string& place : places)
        attempt.ways.push_back({place, [&place] { return creates(place); }});
    return attempt;
}

}  // namespace

std::vector<Attempt> attempts_on_others(const Targets& targets) {
    const std::string& neighbour = targets.neighbour;
    const auto keys = [&neighbour] { return neighbour + "/keys.json"; };
    std::vector<Attempt> attempts{
        {"open a neighbour's file",
         {{"user"}, {"landlock"}},
         {{"read", [keys] { return opens(keys(), O_RDONLY); }},
          {"write", [keys] { return opens(keys(), O_WRONLY); }},
          {"create", [&neighbour] { return creates(neighbour); }}}},
        {"list a neighbour's directory",
         {{"user"}, {"landlock"}},
         {{"list", [&neighbour] { return lists(neighbour); }}}},
        // Landlock does not cover it: where all tenants share one user, nothing refuses it.
        {"stat a neighbour's file", {{"user"}}, {{"stat", [keys] { return looks_at(keys()); }}}},
        {"read the manifest",
         {},
         {{"read", [&targets] { return opens(targets.manifest, O_RDONLY); }},
          {"list beside it",
           [&targets] {
               return lists(targets.manifest.substr(0, targets.manifest.rfind('/') + 1));
           }}}},
        writing_to(targets.places),
        signals_to(targets.processes),
        tracing_of(targets.processes),
    };
    for (const auto& [name, path] :
         {std::pair{"connect to a neighbour's socket", &targets.neighbour_socket},
          std::pair{"connect to the control socket", &targets.control_socket}})
        attempts.push_back(
            {name,
             {{"seccomp"}, {"user"}},
             {{"stream", [path = path] { return connects_to(*path, SOCK_STREAM); }},
              {"datagram", [path = path] { return connects_to(*path, SOCK_DGRAM); }}}});
    return attempts;
}

}  // namespace posta::selftest
