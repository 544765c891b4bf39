#include "supervisor/serve/serve.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>

#include "common/base/random_id.h"
#include "common/command.h"
#include "common/loop/signal_watch.h"
#include "common/options.h"
#include "supervisor/control/control_desk.h"
#include "supervisor/control/health_server.h"
#include "supervisor/lifecycle/loop_machinery.h"
#include "supervisor/metrics/metrics.h"
#include "supervisor/metrics/top_report.h"
#include "supervisor/serve/disk_premises.h"
#include "supervisor/serve/manifest_source.h"
#include "supervisor/serve/supervisor.h"

namespace posta::supervisor {

namespace {

double random_chance() {
    std::uint32_t number = 0;
    const std::string bytes = random_bytes(sizeof number);
    std::memcpy(&number, bytes.data(), sizeof number);
    return number / 4294967296.0;
}

// Whoever started us may have left descriptors open; no child may see them. Through syscall():
// musl has no wrapper.
void close_inherited_on_exec() {
    constexpr unsigned kFirst = 3;
    constexpr unsigned kCloexec = 4;  // CLOSE_RANGE_CLOEXEC, Linux 5.11
    if (::syscall(SYS_close_range, kFirst, ~0U, kCloexec) == 0) return;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
        const int fd = std::atoi(entry.path().filename().c_str());
        if (fd >= static_cast<int>(kFirst)) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
}

// Two descriptors a tenant here, many connections in the fronts: the soft limit is of no use to us.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

// The log file is opened again later, and a relative path would mean another file by then.
std::string absolute_path(const std::string& path) {
    std::error_code error;
    return path.empty() ? path : std::filesystem::absolute(path, error).string();
}

int refuse(const manifest::Complaints& complaints, const std::string& path) {
    std::fputs(manifest::describe(complaints, path).c_str(), stderr);
    std::fprintf(stderr, "%zu %s; nothing was started.\n", complaints.size(),
                 complaints.size() == 1 ? "problem" : "problems");
    return kExitInvalid;
}

Result<std::vector<PublicListener>> bind_all(const std::vector<std::string>& addresses) {
    std::vector<PublicListener> listeners;
    for (const std::string& address : addresses) {
        PublicListener listener = TRY(listen_public(address));
        listeners.push_back(std::move(listener));
    }
    return listeners;
}

std::vector<SignalWatch> watch_signals(EventLoop& loop, Log& log, Supervisor& supervisor,
                                       ControlDesk& desk) {
    std::vector<SignalWatch> watches;
    const auto on = [&](int number, std::function<void()> act) {
        watches.emplace_back(loop, number, std::move(act));
    };
    on(SIGHUP, [&supervisor] { supervisor.reload_and_log(); });
    on(SIGTERM, [&supervisor] { supervisor.stop_gracefully(); });
    on(SIGINT, [&supervisor] { supervisor.stop_gracefully(); });
    on(SIGQUIT, [&supervisor] { supervisor.stop_now(); });
    on(SIGUSR1, [&desk] { (void)desk.reopen_log(); });
    on(SIGUSR2, [&log] { log.warn("this version cannot upgrade itself; restart it"); });
    return watches;
}

}  // namespace

int serve(const std::vector<std::string>& words) {
    const std::string in_manifest = "the manifest holds it, one [[identity]] for each";
    Options options("serve",
                    "--listen ADDR:PORT [--listen ...] --manifest FILE [--data-dir D] "
                    "[--run-dir D] [--admin-listen ADDR:PORT] [--log-format text|json] "
                    "[--log-file FILE] [--notify-fd N]",
                    "Runs the supervisor in the foreground.");
    options.manifest_options()
        .repeated("listen", "ADDR:PORT", "serve HTTP here; [ADDR]:PORT for IPv6; may be repeated")
        .value("admin-listen", "ADDR:PORT",
               "answer /healthz, /readyz and /metrics here, for a monitor")
        .value("log-format", "text|json", "how log lines look (default: text)")
        .value("log-file", "FILE", "append the log to this file; USR1 opens it again")
        .value("notify-fd", "N", "write a newline to this descriptor when all is ready")
        .refused("url", in_manifest)
        .refused("keys", in_manifest)
        .refused("db", in_manifest)
        .refused("name", in_manifest);
    if (const auto code = options.parse(words)) return *code;
    if (options.all("listen").empty())
        return fail(kExitUsage, "serve: no --listen (give an address, as --listen 127.0.0.1:8080)");
    const std::string format = options.get("log-format", "text");
    if (format != "text" && format != "json")
        return fail(kExitUsage, "serve: --log-format is \"" + format + "\" (write text or json)");
    const auto notify_fd = options.number("notify-fd", -1, 0, 1'000'000);
    if (!notify_fd) return kExitUsage;

    ServeOrder order;
    order.manifest_path = options.manifest_path();
    order.data_dir = options.get("data-dir");
    order.run_dir = options.get("run-dir");
    order.listen = options.all("listen");
    order.admin_listen = options.get("admin-listen");
    order.log_format = format == "json" ? LogFormat::json : LogFormat::text;
    order.log_file = options.get("log-file");
    order.notify_fd = static_cast<int>(*notify_fd);
    return run_supervisor(order);
}

int run_supervisor(const ServeOrder& order) {
    close_inherited_on_exec();
    const ManifestSource source(order.manifest_path, order.data_dir, order.run_dir);
    auto manifest = source.load();
    if (!manifest) return refuse(manifest.error(), order.manifest_path);
    const Result<RunAs> front = front_user(manifest->server, ::geteuid());
    if (!front) return fail(kExitInvalid, "serve: " + front.error().message);

    const SystemClock clock;
    Result<LogFile> log_file = LogFile::open(absolute_path(order.log_file));
    if (!log_file) return fail(kExitFailed, "serve: --log-file: " + log_file.error().message);
    Log log(clock, "supervisor", manifest->server.log_level, order.log_format, log_file->fd());
    Result<RunDir> run_dir = RunDir::take(manifest->server.run_dir, log);
    if (!run_dir) return fail(kExitFailed, "serve: " + run_dir.error().message);
    auto listeners = bind_all(order.listen);
    if (!listeners)
        return fail(listeners.error().code == ErrorCode::invalid ? kExitUsage : kExitFailed,
                    "serve: " + listeners.error().message);
    for (const PublicListener& listener : *listeners)
        log.info("listening", {{"address", listener.address}});
    auto admin = bind_all(order.admin_listen.empty() ? std::vector<std::string>{}
                                                     : std::vector{order.admin_listen});
    if (!admin)
        return fail(admin.error().code == ErrorCode::invalid ? kExitUsage : kExitFailed,
                    "serve: --admin-listen: " + admin.error().message);
    for (const PublicListener& listener : *admin)
        log.info("admin listening", {{"at", listener.address}});
    auto control = run_dir->listen_for_control();
    if (!control) return fail(kExitFailed, "serve: " + control.error().message);
    raise_descriptor_limit();

    EventLoop loop;
    LoopMachinery machinery(loop, order.executable);
    TrafficTable traffic;
    LiveFeed feed(loop, clock, order.log_format, log_file->fd(), traffic);
    const KeeperSurroundings keeper{machinery, clock, log, random_chance, order.limits, &feed};
    DiskPremises premises(*run_dir, *front, ::geteuid());
    Readiness readiness(order.notify_fd);
    Supervisor supervisor(
        keeper, {[&source] { return source.load_or_explain(); }, std::move(manifest).value(),
                 premises, std::move(listeners).value(), *front, LogFormat::json, readiness,
                 [&loop] { loop.stop(); }});
    const ControlViews views{
        [&supervisor, &traffic, &feed] { return metrics_text(supervisor, traffic, feed); },
        [&supervisor, &traffic] { return top_json(supervisor, traffic); }};
    ControlDesk desk(loop, keeper, supervisor, feed, *log_file, views, std::move(control).value(),
                     ::geteuid());
    const std::vector<SignalWatch> signals = watch_signals(loop, log, supervisor, desk);
    std::optional<HealthServer> health;
    for (PublicListener& listener : *admin)
        health.emplace(loop, std::move(listener.socket), log,
                       HealthSource{[&supervisor] { return supervisor.not_ready(); },
                                    [&desk] { return desk.metrics(); }});
    supervisor.set_on_change([&desk] { desk.look_at_waits(); });
    supervisor.start();
    loop.run();
    feed.drain_outputs();
    log.info("stopped");
    return kExitDone;
}

}  // namespace posta::supervisor
