#include "tests/unit/supervisor/simulation/virtual_machinery.h"

#include <algorithm>
#include <csignal>
#include <optional>
#include <utility>

namespace posta::test {

using std::chrono_literals::operator""ms;

class VirtualAlarm final : public supervisor::Alarm {
public:
    VirtualAlarm(VirtualMachinery& machinery, std::function<void()> on_due)
        : machinery_(machinery),
          on_due_(std::make_shared<std::function<void()>>(std::move(on_due))) {}
    ~VirtualAlarm() override { stop(); }

    void start_once(Milliseconds delay) override { start(delay, std::nullopt); }
    void start_every(Milliseconds interval) override { start(interval, interval); }
    void stop() override {
        if (key_) machinery_.queue_.erase(*key_);
        key_.reset();
    }

private:
    // The function is held while it runs: it may destroy this alarm.
    void start(Milliseconds delay, std::optional<Milliseconds> interval) {
        stop();
        key_ = machinery_.at(delay, [this, interval, function = on_due_] {
            key_.reset();
            if (interval) start(*interval, interval);
            (*function)();
        });
    }

    VirtualMachinery& machinery_;
    std::shared_ptr<std::function<void()>> on_due_;
    std::optional<VirtualMachinery::Key> key_;
};

class PlayedChild final : public supervisor::Child {
public:
    PlayedChild(VirtualMachinery& machinery, Process process)
        : machinery_(machinery), process_(std::move(process)) {
        process_->child = this;
    }
    ~PlayedChild() override {
        process_->child = nullptr;
        const auto& living = machinery_.living_;
        if (std::find(living.begin(), living.end(), process_) != living.end())
            machinery_.lost_ += machinery_.handing_over_ ? 0 : 1;
    }

    int pid() const override { return process_->pid; }
    void send(std::string_view line) override {
        if (line == "ping" && process_->alive && !process_->silent)
            machinery_.at(1ms, [&machinery = machinery_, process = process_] {
                machinery.say(process, "pong");
            });
        machinery_.hear(process_, line);
    }
    bool sending() const override { return false; }
    Milliseconds kept_waiting() const override { return Milliseconds(0); }
    void signal(int signal_number) override {
        if (!process_->alive) return;
        machinery_.on_signalled(*process_, signal_number);
        machinery_.deliver(process_, signal_number);
    }
    void kill(std::string_view reason) override {
        set_reason(reason);
        signal(SIGKILL);
    }
    const std::string& reason() const override { return reason_; }
    void set_reason(std::string_view reason) override {
        if (reason_.empty()) reason_ = reason;
    }
    void allow_more_lines() override {}
    supervisor::HandedChild hand_over() const override { return {process_->pid, 3, ""}; }

private:
    VirtualMachinery& machinery_;
    Process process_;
    std::string reason_;
};

namespace {

class VirtualWatch final : public supervisor::FileWatch {
public:
    explicit VirtualWatch(std::shared_ptr<std::function<void()>> on_change)
        : on_change_(std::move(on_change)) {}
    ~VirtualWatch() override { *on_change_ = nullptr; }

private:
    std::shared_ptr<std::function<void()>> on_change_;
};

}  // namespace

std::unique_ptr<supervisor::Alarm> VirtualMachinery::alarm(std::function<void()> on_due) {
    return std::make_unique<VirtualAlarm>(*this, std::move(on_due));
}

std::unique_ptr<supervisor::FileWatch> VirtualMachinery::watch(const std::string& path,
                                                               std::function<void()> on_change) {
    auto function = std::make_shared<std::function<void()>>(std::move(on_change));
    watches_.emplace(path, function);
    return std::make_unique<VirtualWatch>(function);
}

Result<std::unique_ptr<supervisor::Child>> VirtualMachinery::start_child(
    const supervisor::ChildOrder& order, supervisor::ChildEvents& events) {
    auto process = std::make_shared<PlayedProcess>();
    process->name = order.words.back();
    process->settings = order.lines.front();
    process->previous_image = order.previous_image;
    process->started = process->got_on = process->last_sign = now_;
    process->events = &events;
    process->part = TRY(cast(*process));
    process->pid = next_pid_++;
    ++started_;
    process->had_company = std::any_of(living_.begin(), living_.end(), [&](const Process& one) {
        return one->name == process->name;
    });
    living_.push_back(process);
    auto child = std::make_unique<PlayedChild>(*this, process);
    play(process);
    return std::unique_ptr<supervisor::Child>(std::move(child));
}

std::unique_ptr<supervisor::Child> VirtualMachinery::adopt_child(
    const supervisor::HandedChild& handed, supervisor::ChildEvents& events) {
    for (const Process& process : living_)
        if (process->pid == handed.pid) {
            process->events = &events;
            return std::make_unique<PlayedChild>(*this, process);
        }
    return nullptr;
}

void VirtualMachinery::play(const Process& process) {
    const Part& part = process->part;
    at(part.ready_after, [this, process] {
        if (!process->alive || process->silent || process->draining) return;
        process->ready = true;
        process->ready_since = now_;
        say(process, "ready");
    });
    if (part.migrates_every > 0ms) migrate(process);
    if (part.end == Part::End::serves) return;
    at(part.end_after, [this, process] {
        switch (process->part.end) {
            case Part::End::serves:
                return;
            case Part::End::dies:
                return die(process, {process->part.exit_code, 0});
            case Part::End::fails:
                say(process, "failed no key");
                return die(process, {78, 0});
            case Part::End::falls_silent:
                process->silent = true;
                return;
            case Part::End::drains:
                return drain(process);
        }
    });
}

void VirtualMachinery::say(const Process& process, const std::string& line) {
    if (!process->alive || process->child == nullptr) return;
    process->last_sign = now_;
    process->events->on_line(*process->child, line);
}

void VirtualMachinery::migrate(const Process& process) {
    at(process->part.migrates_every, [this, process] {
        if (!process->alive || process->silent || process->ready || process->draining) return;
        process->migrating = true;
        process->got_on = now_;
        say(process, "migrating");
        migrate(process);
    });
}

void VirtualMachinery::drain(const Process& process) {
    if (!process->alive || process->silent || process->draining) return;
    process->draining = true;
    process->draining_since = now_;
    at(1ms, [this, process] { say(process, "draining"); });
    at(2ms + process->part.drain_takes, [this, process] { die(process, {0, 0}); });
}

void VirtualMachinery::hear(const Process& process, std::string_view line) {
    if (line == "alone") process->told_alone = true;
    if (line != "leave") return;
    process->told_to_leave = true;
    process->told_to_leave_at = now_;
    at(1ms, [this, process] {
        if (process->part.stubborn || process->silent) return;
        drain(process);
        at(pick(0ms, 3000ms), [this, process] { die(process, {0, 0}); });
    });
}

void VirtualMachinery::die(const Process& process, const supervisor::Exit& exit) {
    if (!process->alive) return;
    process->alive = false;
    at(pick(0ms, 3ms), [this, process, exit] {
        std::erase(living_, process);
        for (const Process& one : living_)
            if (one->name == process->name) one->others_left = now_;
        if (process->child == nullptr) return;
        on_reaped(*process, exit, [&] { process->events->on_exit(*process->child, exit); });
    });
}

void VirtualMachinery::deliver(const Process& process, int signal_number) {
    process->asked_to_drain = std::min(process->asked_to_drain, now_);
    at(1ms, [this, process, signal_number] {
        if (!process->alive) return;
        const bool listens = now_ - process->started >= process->part.listens_after;
        if (signal_number == SIGKILL || !listens) return die(process, {0, signal_number});
        if (!process->part.stubborn) drain(process);
    });
}

void VirtualMachinery::signal(const std::string& name, int signal_number) {
    for (const Process& process : std::vector<Process>(living_))
        if (process->name == name && process->alive) return deliver(process, signal_number);
}

void VirtualMachinery::touch(const std::string& path) {
    const auto [first, last] = watches_.equal_range(path);
    for (auto at_path = first; at_path != last; ++at_path)
        at(0ms, [function = at_path->second] {
            if (*function) std::exchange(*function, nullptr)();
        });
    watches_.erase(path);
}

VirtualMachinery::Key VirtualMachinery::at(Milliseconds delay, std::function<void()> act) {
    const Key key{now_ + delay, serial_++};
    queue_.emplace(key, std::move(act));
    return key;
}

void VirtualMachinery::run_for(Milliseconds time) {
    const SteadyTime end = now_ + time;
    while (!queue_.empty() && queue_.begin()->first.first <= end) {
        const auto next = queue_.begin();
        now_ = std::max(now_, next->first.first);
        const std::function<void()> act = std::move(next->second);
        queue_.erase(next);
        act();
        after_each_event();
    }
    now_ = end;
}

WallTime VirtualMachinery::now() const {
    return WallTime{std::chrono::duration_cast<Milliseconds>(now_.time_since_epoch())};
}

double VirtualMachinery::chance() {
    return static_cast<double>(random_() >> 11U) / 9007199254740992.0;
}

int VirtualMachinery::pick(int below) { return static_cast<int>(chance() * below); }

Milliseconds VirtualMachinery::pick(Milliseconds from, Milliseconds to) {
    return from +
           Milliseconds(static_cast<long>(chance() * static_cast<double>((to - from).count())));
}

}  // namespace posta::test
