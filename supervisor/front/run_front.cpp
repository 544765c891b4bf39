#include "supervisor/front/run_front.h"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "common/command.h"
#include "common/confine/confine.h"
#include "common/confine/layers.h"
#include "common/contracts/channel.h"
#include "common/contracts/child_channel.h"
#include "common/contracts/child_report.h"
#include "common/contracts/settings.h"
#include "common/loop/signal_watch.h"
#include "supervisor/front/front_server.h"

namespace posta::supervisor {

namespace {

// Log, channel, loop, listeners.
constexpr rlim_t kReservedDescriptors = 64;

Confinement confinement_of(const contracts::FrontSettings& settings) {
    Confinement wanted;
    wanted.role = ConfinedRole::front;
    wanted.descriptors = {contracts::kChannelFd};
    for (int index = 0; index < settings.listeners; ++index)
        wanted.descriptors.push_back(contracts::kFrontListenFd + index);
    wanted.uid = settings.uid;
    wanted.gid = settings.gid;
    return wanted;
}

// Confinement has made the soft limit the hard one.
FrontLimits limits_here(const manifest::ClientBounds& bounds) {
    using std::chrono::seconds;
    FrontLimits limits;
    limits.head = seconds(bounds.head_seconds);
    limits.crowded_head = std::min(limits.crowded_head, limits.head);
    limits.preface = std::min(limits.preface, limits.head);
    limits.body_idle = seconds(bounds.body_idle_seconds);
    limits.keep_alive_idle = seconds(bounds.keep_alive_seconds);
    limits.settle = std::min(limits.settle, limits.keep_alive_idle);
    limits.hold = seconds(bounds.hold_seconds);
    limits.answer = seconds(bounds.answer_seconds);
    limits.connections_per_address = bounds.connections_per_address;
    limits.head_size = {static_cast<std::size_t>(bounds.head_bytes),
                        static_cast<std::size_t>(bounds.head_fields)};
    rlimit allowed{};
    if (::getrlimit(RLIMIT_NOFILE, &allowed) != 0) return limits;
    const rlim_t free = allowed.rlim_cur - std::min(allowed.rlim_cur, kReservedDescriptors);
    limits.descriptors = static_cast<std::size_t>(std::max<rlim_t>(2, free));
    return limits;
}

// The process from its settings to its end; members in order of dependence.
class FrontProcess final : private contracts::ChildChannelEvents {
public:
    FrontProcess(const contracts::FrontSettings& settings, AddressSet trusted_proxies,
                 SandboxReport sandbox)
        : listeners_(settings.listeners),
          sandbox_(std::move(sandbox)),
          log_(clock_, "front", settings.log_level, settings.log_format),
          context_{loop_, log_, limits_here(settings.bounds), std::move(trusted_proxies), {}, false,
                   false, 0,    settings.proxy_protocol},
          server_(context_, [this] { leave(); }),
          on_term_(loop_, SIGTERM, [this] { drain(FrontServer::Drain::patient); }),
          channel_(loop_, UniqueFd(contracts::kChannelFd), *this) {
        context_.access_log.set_strangers(settings.access_log);
        log_.info("confined", {{"layers", summary_of(sandbox_)}});
    }

    int run() {
        loop_.run();
        log_.info("leaving", {{"clients", static_cast<std::uint64_t>(server_.clients())}});
        return kExitDone;
    }

private:
    void on_order(std::string_view line) override {
        constexpr std::string_view kLevel = "level ";
        if (line.starts_with("routes ")) {
            const auto routes = contracts::routes_from(line);
            if (routes) return take_routes(*routes);
            log_.warn("routes not understood", {{"reason", routes.error().message}});
            return;
        }
        if (line.starts_with(kLevel)) {
            if (const auto level = log_level_from(line.substr(kLevel.size())))
                return log_.set_level(*level);
        }
        if (line == contracts::kLeaveOrder) return drain(FrontServer::Drain::prompt);
        log_.warn("order not understood");
    }

    // Nobody is accepted before the first table: a front that knows no routes answers 404.
    void take_routes(const std::vector<contracts::Route>& routes) {
        server_.replace_routes(routes);
        for (; listeners_ > 0; --listeners_)
            server_.listen(UniqueFd(contracts::kFrontListenFd + listeners_ - 1));
        if (std::exchange(ready_, true)) return;
        channel_.say_ready();
        log_.info("ready");
    }

    void on_supervisor_gone() override {
        log_.warn("the supervisor is gone");
        loop_.stop();
    }

    std::string report() override {
        return contracts::to_json(
            {server_.clients(), context_.requests, sandbox_, {}, std::nullopt, server_.ledger()});
    }

    std::string lines_with_report() override {
        std::string lines;
        for (const std::string& line : contracts::traffic_lines(context_.traffic.take()))
            lines += line + "\n";
        return lines;
    }

    void drain(FrontServer::Drain how) {
        log_.info("draining", {{"clients", static_cast<std::uint64_t>(server_.clients())},
                               {"prompt", how == FrontServer::Drain::prompt ? "yes" : "no"}});
        if (!std::exchange(draining_, true)) channel_.say_draining();
        server_.drain(how);
    }

    void leave() {
        channel_.say_report();
        loop_.stop();
    }

    int listeners_;  // that are not served yet
    SandboxReport sandbox_;
    bool ready_ = false;
    bool draining_ = false;
    SystemClock clock_;
    EventLoop loop_;
    Log log_;
    FrontContext context_;
    FrontServer server_;
    SignalWatch on_term_;
    contracts::ChildChannel channel_;
};

Result<int> serve_as_front() {
    const std::string line = TRY(contracts::read_first_line(contracts::kChannelFd));
    const contracts::FrontSettings settings = TRY(contracts::front_settings_from(line));
    AddressSet trusted_proxies = TRY(AddressSet::from(settings.trusted_proxies));
    SandboxReport sandbox = TRY(confine(confinement_of(settings)).within("sandbox"));
    TRY(require_layers(sandbox, settings.require_layers));
    TRY(contracts::leave_with_supervisor(contracts::kChannelFd));
    FrontProcess process(settings, std::move(trusted_proxies), std::move(sandbox));
    return process.run();
}

}  // namespace

int run_front() {
    const Result<int> left = serve_as_front();
    if (left) return *left;
    contracts::say_failed(contracts::kChannelFd, left.error().message);
    return kExitConfig;
}

}  // namespace posta::supervisor
