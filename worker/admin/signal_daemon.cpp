#include "worker/admin/signal_daemon.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>

#include "common/base/file.h"
#include "common/base/unique_fd.h"
#include "common/command.h"
#include "common/options.h"
#include "worker/admin/order_server.h"

namespace posta::worker {

using std::chrono_literals::operator""s;

namespace {

constexpr auto kRestartAtMost = 130s;  // longer than the server's own patience

std::optional<pid_t> pid_in(const std::string& path) {
    const Result<std::string> text = read_file(path, 64);
    if (!text) return std::nullopt;
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), pid);
    const bool is_line = end == text->data() + text->size() || *end == '\n';
    if (error != std::errc() || !is_line || pid <= 1) return std::nullopt;
    return pid;
}

// Whether /proc says that the process runs `posta-server ROLE`. The file has no size: plain stdio.
bool has_role(pid_t pid, std::string_view role) {
    struct Closer {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };
    const std::string path = "/proc/" + std::to_string(pid) + "/cmdline";
    const std::unique_ptr<std::FILE, Closer> file(std::fopen(path.c_str(), "re"));
    if (!file) return false;
    char buffer[4096];
    const std::string words(buffer, std::fread(buffer, 1, sizeof buffer, file.get()));
    const std::size_t second = words.find('\0');
    if (second == std::string::npos) return false;
    const std::string_view program = std::string_view(words).substr(0, second);
    const std::string_view name = program.substr(program.rfind('/') + 1);
    const std::string_view rest = std::string_view(words).substr(second + 1);
    return name == "posta-server" && rest.substr(0, rest.find('\0')) == role;
}

struct Pinned {
    UniqueFd fd;
    pid_t pid;
};

std::optional<Pinned> pin(const std::string& pid_file, std::string_view role) {
    const std::optional<pid_t> pid = pid_in(pid_file);
    if (!pid) return std::nullopt;
    UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0)));
    if (!fd || !has_role(*pid, role)) return std::nullopt;
    return Pinned{std::move(fd), *pid};
}

Result<void> hang_up_process(const std::string& pid_file, std::string_view role) {
    const std::optional<Pinned> target = pin(pid_file, role);
    if (!target)
        return Error{ErrorCode::not_found, "no " +
                                               std::string(role == "serve" ? "daemon" : "worker") +
                                               " runs (" + pid_file + " names none)"};
    if (::syscall(SYS_pidfd_send_signal, target->fd.get(), SIGHUP, nullptr, 0) != 0)
        return error_from_errno(errno, "cannot signal process " + std::to_string(target->pid));
    return {};
}

std::string worker_pid_file(const std::string& run_dir, const std::string& slug) {
    return run_dir + "/" + slug + ".pid";
}

// Through the server, which answers when the new worker serves. The tenant's own user may not
// speak to the server, but may hang up its worker.
Result<void> restart_worker(const std::string& run_dir, const std::string& slug) {
    if (!pin(worker_pid_file(run_dir, slug), "worker"))
        return hang_up_process(worker_pid_file(run_dir, slug), "worker");
    Result<void> restarted = order_server(run_dir, "restart " + slug, kRestartAtMost);
    if (restarted || restarted.error().code != ErrorCode::denied) return restarted;
    return hang_up_process(worker_pid_file(run_dir, slug), "worker");
}

}  // namespace

Result<void> apply_change(Loads what, const std::string& run_dir, const std::string& slug) {
    switch (what) {
        case Loads::manifest:
            return hang_up_process(run_dir + "/supervisor.pid", "serve");
        case Loads::keys:
            return restart_worker(run_dir, slug);
    }
    CHECK(false);
}

bool is_worker_running(const std::string& run_dir, const std::string& slug) {
    return pin(worker_pid_file(run_dir, slug), "worker").has_value();
}

int finish_change(Loads what, bool apply, const std::string& run_dir, const std::string& slug,
                  const std::string& command) {
    std::fflush(stdout);  // what was done stands before what is left to do
    if (!apply) {
        const std::string order = what == Loads::manifest ? "reload" : "restart " + slug;
        std::fprintf(stderr, "Not loaded yet: run \"posta-server ctl %s\".\n", order.c_str());
        return kExitDone;
    }
    const Result<void> applied = apply_change(what, run_dir, slug);
    if (applied) return kExitDone;
    const bool is_absent = applied.error().code == ErrorCode::not_found;
    return fail(is_absent ? kExitNotRunning : kExitFailed,
                command + ": the change is made but not loaded: " + applied.error().message);
}

}  // namespace posta::worker
