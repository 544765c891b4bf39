#include "worker/run_worker.h"

#include <csignal>

#include "common/base/footprint.h"
#include "common/command.h"
#include "common/confine/confine.h"
#include "common/confine/layers.h"
#include "common/confine/sanitizer.h"
#include "common/contracts/channel.h"
#include "common/contracts/child_channel.h"
#include "common/contracts/migrating_word.h"
#include "common/contracts/settings.h"
#include "common/options.h"
#include "common/url/canonical.h"
#include "worker/confinement.h"
#include "worker/identity/keys.h"
#include "worker/serving.h"
#include "worker/store/store.h"

namespace posta::worker {

namespace {

// What only a person can change: the supervisor shows it and waits (exit code 78). Everything else
// may be better the next time.
bool is_for_the_operator(const Error& error) {
    switch (error.code) {
        case ErrorCode::invalid:
        case ErrorCode::denied:
        case ErrorCode::not_found:
        case ErrorCode::conflict:
            return true;
        case ErrorCode::unavailable:
        case ErrorCode::io:
        case ErrorCode::internal:
            break;
    }
    return false;
}

int refuse_to_serve(Log& log, int channel_fd, const Error& error) {
    log.error("cannot serve", {{"error", error.message}});
    contracts::say_failed(channel_fd, error.message);
    return is_for_the_operator(error) ? kExitConfig : kExitFailed;
}

// What a person can do about a file of the identity's, where the message does not say it.
Error with_remedy(Error error, std::string_view file) {
    if (error.message.ends_with(')')) return error;
    if (is_for_the_operator(error))
        error.message.append(" (put a whole ")
            .append(file)
            .append(
                " in its place, of the directory's owner and with mode 0600; posta-server "
                "check looks at it)");
    else
        error.message += " (it is tried again by itself: the disk needs room and to be writable)";
    return error;
}

PublicIdentity public_identity(std::string_view url, const KeyRing& keys) {
    PublicIdentity identity;
    identity.url = url;
    for (const Key& key : keys.keys()) identity.keys.push_back({key.id, key.public_key});
    identity.signing_key_id = keys.signing_key().id;
    return identity;
}

// The manifest's URL is the one that is served. A database that names another was made for somebody
// else, or the identity has moved; either way its peers will not know it.
void compare_urls(Log& log, store::Store& store, std::string_view served) {
    const auto profile = store.identity().profile();
    if (!profile || !*profile) return;
    const auto kept = url::canonicalise((*profile)->url);
    if (kept && *kept != served)
        log.warn("the database names another URL", {{"database", *kept}, {"manifest", served}});
}

Result<KeyRing> load_keys(const std::string& directory) {
    Result<KeyRing> keys = KeyRing::load(directory + "/keys.json");
    if (!keys) return with_remedy(std::move(keys).error(), "keys.json");
    return keys;
}

Result<std::unique_ptr<store::Store>> open_store(const contracts::WorkerSettings& settings,
                                                 const Clock& clock, Log& log,
                                                 contracts::MigratingWord& migrating) {
    const std::string path = settings.data_dir + "/inbox.db";
    auto store = store::Store::serve(path, clock, log, [&migrating] { migrating.on_progress(); });
    if (!store) return with_remedy(std::move(store).error(), "inbox.db");
    TRY((*store)->database().limit_size(settings.tenant.database_limit_mb));
    TRY((*store)->database().expect_many_writes(settings.tenant.memory_limit_mb));
    compare_urls(log, **store, settings.url);
    return store;
}

Result<int> serve(const contracts::WorkerSettings& settings, const Clock& clock, Log& log,
                  UniqueFd& listening_socket, UniqueFd& channel) {
    if (!kHasSanitizer) keep_footprint_small();  // its stacks are larger, its heap its own
    SandboxReport sandbox = TRY(confine(confinement_of(settings)).within("sandbox"));
    log.info("confined", {{"layers", summary_of(sandbox)}});
    TRY(require_layers(sandbox, settings.tenant.require_layers));
    TRY(contracts::leave_with_supervisor(channel.get()));
    const KeyRing keys = TRY(load_keys(settings.data_dir));
    // Before the store: what waits for a turn's end may be the last to let go of its share.
    MemoryBudget memory(memory_for_requests(settings.tenant.memory_limit_mb));
    contracts::MigratingWord migrating(channel.get(), clock);
    const auto store = TRY(open_store(settings, clock, log, migrating));
    Serving serving({settings, clock, log, memory, *store, keys,
                     public_identity(settings.url, keys), std::move(listening_socket),
                     std::move(channel), std::move(sandbox)});
    return serving.run();
}

}  // namespace

int run_worker(const std::vector<std::string>& words) {
    if (words.size() != 1)
        return fail(kExitUsage,
                    "worker: it is started by the supervisor (use: posta-server serve)");
    // The supervisor's to act on: INT comes to the whole foreground group. There is no log file of
    // ours to open again.
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGUSR1, SIG_IGN);

    const SystemClock clock;
    UniqueFd listening_socket(contracts::kListenFd);
    UniqueFd channel(contracts::kChannelFd);
    Log log(clock, words[0], LogLevel::info, LogFormat::text);
    const Result<std::string> line = contracts::read_first_line(channel.get());
    if (!line) return refuse_to_serve(log, channel.get(), line.error());
    const auto settings = contracts::worker_settings_from(*line);
    if (!settings) return refuse_to_serve(log, channel.get(), settings.error());

    Log tenant_log(clock, settings->slug, settings->tenant.log_level, settings->log_format);
    const int channel_fd = channel.get();
    const Result<int> served = serve(*settings, clock, tenant_log, listening_socket, channel);
    if (!served) return refuse_to_serve(tenant_log, channel_fd, served.error());
    return *served;
}

}  // namespace posta::worker
