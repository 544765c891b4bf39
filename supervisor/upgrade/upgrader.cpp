#include "supervisor/upgrade/upgrader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "posta_version.h"
#include "supervisor/upgrade/memory_file.h"

namespace posta::supervisor {

using std::chrono_literals::operator""ms;

namespace {

// What must be quiet for a moment (a line half written, a tenant that leaves) has its own limit of
// 10 s; this is more.
constexpr auto kBetweenAttempts = 50ms;
constexpr int kMostAttempts = 300;

// Returns only when it has failed, and then nothing has changed. Signals are held back from here
// until the new image listens to them: none is lost, and none finds a process without handlers.
Error become(const std::string& program, std::vector<std::string> words,
             const std::vector<int>& descriptors) {
    words.insert(words.begin(), program);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    for (const int descriptor : descriptors) ::fcntl(descriptor, F_SETFD, 0);
    ::execv(program.c_str(), argv.data());
    const int reason = errno;
    for (const int descriptor : descriptors) ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return error_from_errno(reason, "cannot become " + program);
}

}  // namespace

Upgrader::Upgrader(EventLoop& loop, Log& log, Supervisor& supervisor, Readiness& readiness,
                   Parts parts)
    : loop_(loop),
      log_(log),
      supervisor_(supervisor),
      readiness_(readiness),
      parts_(std::move(parts)),
      image_(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)),
      next_attempt_(loop, [this] { attempt(); }) {}

void Upgrader::begin(std::optional<HandedAsker> asker, Refused on_refused) {
    if (under_way_) {
        on_refused({ErrorCode::conflict, "an upgrade is under way"});
        if (asker) ::close(asker->connection);
        return;
    }
    under_way_ = true;
    attempts_ = 0;
    asker_ = asker;
    on_refused_ = std::move(on_refused);
    if (const Result<void> begun = rehearse(); !begun) refuse(begun.error());
}

Result<void> Upgrader::rehearse() {
    if (const std::string reason = supervisor_.no_upgrade_because(); !reason.empty())
        return Error{ErrorCode::unavailable, reason};
    const UniqueFd file = TRY(to_memory(to_json(handover())));
    rehearsed_ = identity();
    std::vector<std::string> words = parts_.words;
    words.insert(words.end(), {"--rehearse", std::to_string(kRehearsalFd)});
    rehearsal_ = TRY(
        Rehearsal::begin(loop_, parts_.program, std::move(words), file.get(),
                         [this](const Result<std::string>& version) { on_rehearsed(version); }));
    log_.info("upgrade: the program is tried", {{"program", parts_.program}});
    return {};
}

void Upgrader::on_rehearsed(const Result<std::string>& version) {
    if (!version) return refuse(version.error());
    log_.info("upgrade: it would take over", {{"version", *version}});
    next_attempt_.start_once(0ms);
}

void Upgrader::attempt() {
    if (supervisor_.no_upgrade_because().empty() && !supervisor_.unrest().empty() &&
        ++attempts_ <= kMostAttempts)
        return next_attempt_.start_once(kBetweenAttempts);
    const Result<void> failed = hand_over();
    refuse(failed.error());
}

// Returns only with an error.
Result<void> Upgrader::hand_over() {
    for (const std::string& reason : {supervisor_.no_upgrade_because(), supervisor_.unrest()})
        if (!reason.empty()) return Error{ErrorCode::unavailable, reason};
    if (identity() != rehearsed_)
        return Error{ErrorCode::conflict, parts_.program + " has changed since it was tried"};
    TRY(parts_.check_manifest());
    Handover what = handover();
    what.asker = asker_;
    what.lines = parts_.lines();
    const UniqueFd file = TRY(to_memory(to_json(what)));
    std::vector<std::string> words = parts_.words;
    words.insert(words.end(), {"--take-over", std::to_string(file.get())});
    std::vector<int> descriptors = descriptors_of(what);
    descriptors.push_back(file.get());
    readiness_.tell_reloading(log_);
    log_.info("upgrade: hands over", {{"program", parts_.program}});
    Error failed = become(parts_.program, std::move(words), descriptors);
    readiness_.tell_reloaded(log_);
    return failed;
}

void Upgrader::refuse(const Error& reason) {
    under_way_ = false;
    log_.error("upgrade refused, the running version stays", {{"reason", reason.message}});
    const std::optional<HandedAsker> asker = std::exchange(asker_, std::nullopt);
    const Refused tell = std::exchange(on_refused_, nullptr);
    tell(reason);
    if (asker) ::close(asker->connection);
}

// Of the file that the path names now, links followed.
std::string Upgrader::identity() const {
    struct stat status {};
    if (::stat(parts_.program.c_str(), &status) != 0) return "";
    return std::to_string(status.st_dev) + " " + std::to_string(status.st_ino) + " " +
           std::to_string(status.st_size) + " " + std::to_string(status.st_mtim.tv_sec) + "." +
           std::to_string(status.st_mtim.tv_nsec);
}

Handover Upgrader::handover() const {
    Handover what = supervisor_.hand_over();
    what.version = POSTA_VERSION;
    what.program = parts_.program;
    what.lock = parts_.lock;
    what.control = parts_.control;
    what.image = image_.get();
    what.admin_listeners = parts_.admin_listeners;
    what.outputs = parts_.outputs();
    return what;
}

}  // namespace posta::supervisor
