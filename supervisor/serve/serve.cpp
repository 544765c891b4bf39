#include "supervisor/serve/serve.h"

#include <fcntl.h>
#include <sys/auxv.h>
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
#include "posta_version.h"
#include "supervisor/control/control_desk.h"
#include "supervisor/control/health_server.h"
#include "supervisor/lifecycle/loop_machinery.h"
#include "supervisor/metrics/metrics.h"
#include "supervisor/metrics/top_report.h"
#include "supervisor/serve/disk_premises.h"
#include "supervisor/serve/manifest_source.h"
#include "supervisor/serve/server_sockets.h"
#include "supervisor/serve/supervisor.h"
#include "supervisor/upgrade/memory_file.h"
#include "supervisor/upgrade/upgrader.h"

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
    return fail(
        kExitInvalid,
        path + ": it has " + std::to_string(complaints.size()) +
            (complaints.size() == 1 ? " problem" : " problems") +
            ", nothing was started (mend what stands above; posta-server check looks again)");
}

std::vector<SignalWatch> watch_signals(EventLoop& loop, Supervisor& supervisor, Upgrader& upgrader,
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
    on(SIGUSR2, [&upgrader] { upgrader.begin(std::nullopt, [](const Error&) {}); });
    return watches;
}

// The image before this one has held all signals back until now.
void let_signals_in() {
    sigset_t none;
    ::sigemptyset(&none);
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

Result<Handover> read_handover(int fd) {
    const std::string text = TRY(from_memory(fd));
    return handover_from(text);
}

// In the child that tries whether this program would take over: everything before the first step
// that changes anything.
int rehearse(int handover_fd) {
    const Result<Handover> handover = read_handover(handover_fd);
    if (!handover) return fail(handover.error());
    std::printf("%s%s\n", std::string(kRehearsed).c_str(), POSTA_VERSION);
    return kExitDone;
}

// What has been found right, before anybody is started.
struct Setup {
    const ManifestSource& source;
    manifest::Manifest manifest;
    RunAs front;
    ServerSockets sockets;
    std::optional<Handover> handover;
    const Clock& clock;
    LogFile& log_file;
    Log& log;
};

std::vector<HandedListener> handed(const std::vector<PublicListener>& listeners) {
    std::vector<HandedListener> all;
    for (const PublicListener& listener : listeners)
        all.push_back({listener.address, listener.socket.get()});
    return all;
}

std::string environment(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

// Of this process, and not of "self": it is a child that looks there.
std::string image_at(const std::optional<UniqueFd>& image) {
    return image ? "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(image->get())
                 : "";
}

int run(const ServeOrder& order, Setup setup) {
    ServerSockets& sockets = setup.sockets;
    std::optional<UniqueFd> previous_image;
    if (setup.handover) previous_image.emplace(setup.handover->image);
    EventLoop loop;
    LoopMachinery machinery(loop, order.executable, image_at(previous_image));
    TrafficTable traffic;
    LiveFeed feed(loop, setup.clock, order.log_format, setup.log_file.fd(), traffic);
    if (setup.handover) feed.take_over(setup.handover->outputs, setup.handover->lines);
    const KeeperSurroundings keeper{machinery,     setup.clock,  setup.log,
                                    random_chance, order.limits, &feed};
    DiskPremises premises(sockets.run_dir, setup.front, ::geteuid());
    Readiness readiness(setup.handover ? -1 : order.notify_fd, environment("NOTIFY_SOCKET"),
                        setup.clock);
    Supervisor supervisor(
        keeper, {[&setup] { return setup.source.load_or_explain(); }, std::move(setup.manifest),
                 premises, std::move(sockets.listeners), setup.front, LogFormat::json, readiness,
                 [&loop] { loop.stop(); }});
    Upgrader upgrader(
        loop, setup.log, supervisor, readiness,
        {order.program, order.words, sockets.run_dir.lock(), sockets.control.get(),
         handed(sockets.admin),
         [&setup]() -> Result<void> {
             TRY(setup.source.load_or_explain());
             return {};
         },
         [&feed] { return feed.hand_over(); }, [&feed] { return feed.hand_over_lines(); }});
    const ControlViews views{
        [&supervisor, &traffic, &feed] { return metrics_text(supervisor, traffic, feed); },
        [&supervisor, &traffic] { return top_json(supervisor, traffic); }};
    ControlDesk desk(loop, keeper, supervisor, upgrader, feed, setup.log_file, views,
                     std::move(sockets.control), ::geteuid());
    premises.set_on_control_socket([&desk](UniqueFd next) { desk.listen_on(std::move(next)); });
    const std::vector<SignalWatch> signals = watch_signals(loop, supervisor, upgrader, desk);
    if (setup.handover) let_signals_in();
    std::optional<HealthServer> health;
    for (PublicListener& listener : sockets.admin)
        health.emplace(loop, std::move(listener.socket), setup.log,
                       HealthSource{[&supervisor] { return supervisor.not_ready(); },
                                    [&desk] { return desk.metrics(); }});
    supervisor.set_on_change([&desk] { desk.look_at_waits(); });
    if (setup.handover) {
        readiness.take_over();
        supervisor.take_over(*setup.handover);
        if (setup.handover->asker) desk.take_over(*setup.handover->asker);
        readiness.tell_reloaded(setup.log);
    } else {
        supervisor.start();
    }
    loop.run();
    feed.drain_outputs();
    setup.log.info("stopped");
    return kExitDone;
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
        .value("take-over", "N", "made by an upgrade: go on from the handover in this descriptor")
        .value("rehearse", "N", "made by an upgrade: only say whether it would be taken over")
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
    const auto take_over = options.number("take-over", -1, 0, 1'000'000);
    const auto rehearsal = options.number("rehearse", -1, 0, 1'000'000);
    if (!notify_fd || !take_over || !rehearsal) return kExitUsage;

    ServeOrder order;
    order.manifest_path = options.manifest_path();
    order.data_dir = options.get("data-dir");
    order.run_dir = options.get("run-dir");
    order.listen = options.all("listen");
    order.admin_listen = options.get("admin-listen");
    order.log_format = format == "json" ? LogFormat::json : LogFormat::text;
    order.log_file = options.get("log-file");
    order.notify_fd = static_cast<int>(*notify_fd);
    order.take_over = static_cast<int>(*take_over);
    order.rehearse = static_cast<int>(*rehearsal);
    set_up_for_upgrade(order, words);
    return run_supervisor(order);
}

void set_up_for_upgrade(ServeOrder& order, const std::vector<std::string>& words) {
    const auto* const path = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
    std::error_code error;
    order.program = std::filesystem::absolute(path == nullptr ? "" : path, error).string();
    for (std::size_t at = 0; at < words.size(); ++at)
        if (words[at] == "--take-over")
            ++at;
        else
            order.words.push_back(words[at]);
    order.words.insert(order.words.begin(), "serve");
}

int run_supervisor(const ServeOrder& order) {
    close_inherited_on_exec();
    const ManifestSource source(order.manifest_path, order.data_dir, order.run_dir);
    auto manifest = source.load();
    if (!manifest) return refuse(manifest.error(), order.manifest_path);
    const Result<RunAs> front = front_user(manifest->server, ::geteuid());
    if (!front) return fail(kExitInvalid, "serve: " + front.error().message);

    if (order.rehearse >= 0) return rehearse(order.rehearse);

    const SystemClock clock;
    Result<LogFile> log_file = LogFile::open(absolute_path(order.log_file));
    if (!log_file) return fail(kExitFailed, "serve: --log-file: " + log_file.error().message);
    Log log(clock, "supervisor", manifest->server.log_level, order.log_format, log_file->fd());
    std::optional<Handover> handover;
    if (order.take_over >= 0) {
        Result<Handover> read = read_handover(order.take_over);
        ::close(order.take_over);
        if (!read) return fail(read.error());
        handover = std::move(read).value();
    }
    const std::string& directory = manifest->server.run_dir;
    Result<ServerSockets> sockets =
        handover ? take_over_sockets(directory, *handover, log)
                 : open_sockets(directory, order.listen, order.admin_listen, log);
    if (!sockets)
        return fail(sockets.error().code == ErrorCode::invalid ? kExitUsage : kExitFailed,
                    "serve: " + sockets.error().message);
    raise_descriptor_limit();
    return run(order, {source, std::move(manifest).value(), *front, std::move(sockets).value(),
                       std::move(handover), clock, *log_file, log});
}

}  // namespace posta::supervisor
