#include "worker/serving.h"

#include <csignal>
#include <utility>

#include "common/base/footprint.h"
#include "common/command.h"
#include "common/contracts/child_report.h"
#include "common/url/canonical.h"
#include "worker/http/routes.h"

namespace posta::worker {

Serving::Serving(Parts parts)
    : clock_(parts.clock),
      log_(parts.log),
      store_(parts.store),
      sandbox_(std::move(parts.sandbox)),
      vitals_(parts.clock, parts.store.database(), parts.settings.data_dir),
      memory_(parts.memory),
      events_(loop_, parts.clock, parts.log, parts.store, memory_),
      post_office_(
          {loop_, parts.clock, parts.log, parts.store, parts.keys, parts.settings, events_}),
      app_(parts.clock, parts.log, parts.store, events_, post_office_, std::move(parts.identity),
           most_bytes_of_a_page(parts.settings.tenant.memory_limit_mb)),
      callers_(parts.store),
      gate_({parts.clock, parts.log,
             Router(routes(), std::string(url::path_of(parts.settings.url))), parts.settings.hosts,
             callers_, parts.settings.tenant.rate_per_minute_address}),
      dispatcher_(app_, gate_, callers_, memory_),
      end_of_turn_(loop_, [this] { return commit_turn(); }),
      drain_deadline_(loop_, [this] { loop_.stop(); }),
      term_(loop_, SIGTERM, [this] { leave(); }),
      hup_(loop_, SIGHUP, [this] { leave(); }),
      channel_(loop_, std::move(parts.channel), *this),
      server_(loop_, std::move(parts.listening_socket), dispatcher_, parts.clock, parts.log,
              memory_, limits_with(parts.settings.tenant.descriptor_limit)) {}

Result<int> Serving::run() {
    TRY(events_.start());
    TRY(post_office_.start());
    channel_.say_ready();
    log_.info("ready");
    loop_.run();
    log_.info("left", {{"connections_cut", std::uint64_t{server_.open_connections()}}});
    return kExitDone;
}

void Serving::on_order(std::string_view line) {
    constexpr std::string_view kLevel = "level ";
    if (line.starts_with(kLevel)) {
        if (const auto level = log_level_from(line.substr(kLevel.size())))
            return log_.set_level(*level);
    }
    if (line == "alone" || line == "wake") {
        if (line == "alone") events_.on_alone();
        events_.check_tokens();
        return post_office_.look_again();
    }
    log_.warn("an order that is not known", {{"order", line.substr(0, 80)}});
}

void Serving::on_supervisor_gone() {
    log_.warn("the supervisor is gone");
    leave();
}

std::string Serving::report() {
    const auto changes = static_cast<std::uint64_t>(store_.database().total_changes());
    if (quiet_time_.begins(server_.requests() + changes)) {
        store_.database().rest();
        give_back_free_memory();
    }
    contracts::Vitals vitals = vitals_.read();
    vitals.refused_for_memory = static_cast<std::int64_t>(memory_.refused());
    return contracts::to_json(
        {server_.open_connections(), server_.requests(), sandbox_, trouble(), vitals});
}

// What it cannot keep, or could not take in since it was last asked.
std::string Serving::trouble() {
    const std::uint64_t before = std::exchange(refused_before_, memory_.refused());
    if (const auto& lost = store_.turn().trouble()) return lost->message;
    if (before == refused_before_) return {};
    return "requests are refused: what is under way needs more than memory_limit_mb leaves";
}

void Serving::leave() {
    if (leaving_) return;
    leaving_ = true;
    log_.info("draining", {{"connections", std::uint64_t{server_.open_connections()}}});
    post_office_.stop();  // first: the successor, which starts at that word, sends from here on
    events_.stop();
    channel_.say_draining();
    drain_deadline_.start_once(kLongestDrain);
    server_.drain([this] { loop_.stop(); });
}

bool Serving::commit_turn() {
    post_office_.end_turn();  // first: signatures are verified while the disk writes
    if (!store_.turn().is_open()) return false;
    const SteadyTime began = clock_.steady();
    if (gathering_.waits(post_office_.inbox().expects_more(), began)) return false;
    if (const Result<void> committed = store_.turn().finish(); !committed)
        log_.error("a turn's writes are lost", {{"error", committed.error().message}});
    else
        vitals_.on_commit();
    gathering_.committed(began, clock_.steady());
    post_office_.end_turn();  // an answer lets in the request that waited behind it
    return store_.turn().is_open();
}

}  // namespace posta::worker
