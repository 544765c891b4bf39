#include "supervisor/lifecycle/loop_machinery.h"

#include <sys/wait.h>

#include <csignal>
#include <vector>

#include "common/loop/timer.h"
#include "common/loop/uv_handle.h"
#include "supervisor/lifecycle/child_process.h"

namespace posta::supervisor {

namespace {

// Most alarms of a tenant that is well are never started: the handle comes with the first start.
class LoopAlarm final : public Alarm {
public:
    LoopAlarm(EventLoop& loop, std::function<void()> on_due)
        : loop_(loop), on_due_(std::move(on_due)) {}
    void start_once(std::chrono::milliseconds delay) override { timer().start_once(delay); }
    void start_every(std::chrono::milliseconds interval) override { timer().start_every(interval); }
    void stop() override {
        if (timer_) timer_->stop();
    }

private:
    Timer& timer() {
        if (!timer_) timer_.emplace(loop_, std::move(on_due_));
        return *timer_;
    }

    EventLoop& loop_;
    std::function<void()> on_due_;  // until there is a timer
    std::optional<Timer> timer_;
};

class LoopFileWatch final : public FileWatch {
public:
    // `handle` has been initialised.
    LoopFileWatch(uv_fs_event_t* handle, std::function<void()> on_change)
        : on_change_(std::move(on_change)), handle_(handle) {
        handle_->data = this;
    }
    bool start(const std::string& path) {
        return uv_fs_event_start(
                   handle_.get(),
                   [](uv_fs_event_t* event, const char*, int, int) noexcept {
                       if (event->data != nullptr)
                           static_cast<LoopFileWatch*>(event->data)->on_event();
                   },
                   path.c_str(), 0) == 0;
    }

private:
    // A tenant that writes into its directory without end wakes us once, not each time.
    void on_event() {
        uv_fs_event_stop(handle_.get());
        on_change_();
    }

    std::function<void()> on_change_;
    UvHandle<uv_fs_event_t> handle_;
};

}  // namespace

LoopMachinery::LoopMachinery(EventLoop& loop, std::string executable, std::string previous_image)
    : loop_(loop),
      executable_(std::move(executable)),
      previous_image_(previous_image.empty() ? executable_ : std::move(previous_image)) {}

std::unique_ptr<Alarm> LoopMachinery::alarm(std::function<void()> on_due) {
    return std::make_unique<LoopAlarm>(loop_, std::move(on_due));
}

Result<std::unique_ptr<Child>> LoopMachinery::start_child(const ChildOrder& order,
                                                          ChildEvents& events) {
    const std::string& image = order.previous_image ? previous_image_ : executable_;
    std::unique_ptr<Child> child = TRY(ChildProcess::start(loop_, image, order, events));
    return child;
}

std::unique_ptr<Child> LoopMachinery::adopt_child(const HandedChild& handed, ChildEvents& events) {
    if (!child_signal_) child_signal_.emplace(loop_, SIGCHLD, [this] { wait_for_adopted(); });
    auto child =
        ChildProcess::adopt(loop_, handed, events, [this](int pid) { adopted_.erase(pid); });
    adopted_[handed.pid] = child.get();
    // It may have left while the images changed, and that signal was the other one's.
    if (!look_once_) look_once_ = alarm([this] { wait_for_adopted(); });
    look_once_->start_once(std::chrono::milliseconds(0));
    return child;
}

void LoopMachinery::wait_for_adopted() {
    std::vector<int> pids;
    for (const auto& [pid, child] : adopted_) pids.push_back(pid);
    for (const int pid : pids) {
        const auto found = adopted_.find(pid);
        int status = 0;
        if (found == adopted_.end() || ::waitpid(pid, &status, WNOHANG) != pid) continue;
        ChildProcess& child = *found->second;
        adopted_.erase(found);
        child.on_process_exit(WIFSIGNALED(status) ? Exit{0, WTERMSIG(status)}
                                                  : Exit{WEXITSTATUS(status), 0});
    }
    if (adopted_.empty()) child_signal_.reset();
}

std::unique_ptr<FileWatch> LoopMachinery::watch(const std::string& path,
                                                std::function<void()> on_change) {
    auto handle = std::make_unique<uv_fs_event_t>();
    if (uv_fs_event_init(loop_.raw(), handle.get()) != 0) return nullptr;
    auto watch = std::make_unique<LoopFileWatch>(handle.release(), std::move(on_change));
    if (!watch->start(path)) return nullptr;
    return watch;
}

}  // namespace posta::supervisor
