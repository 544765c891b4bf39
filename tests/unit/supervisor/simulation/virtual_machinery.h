#pragma once
// Time that passes when a test says so, and children that are only played: the machinery of the
// simulation. Everything it does follows from its seed.
//
// A played child does what its part says, drawn by chance when it starts: it becomes ready or not,
// dies, falls silent, drains by itself, ignores TERM. Its lines and its end are told a moment after
// they happen, as by a real kernel.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "supervisor/lifecycle/machinery.h"

namespace posta::test {

using Milliseconds = std::chrono::milliseconds;

// What a process will do. Times count from its start.
struct Part {
    enum class End { serves, dies, fails, falls_silent, drains };
    Milliseconds listens_after{5};  // a TERM before it kills
    Milliseconds ready_after{20};
    Milliseconds migrates_every{0};  // says so, until it is ready; 0: it does not
    End end = End::serves;
    Milliseconds end_after{0};
    int exit_code = 1;
    bool stubborn = false;  // ignores TERM
    Milliseconds drain_takes{50};
};

class VirtualMachinery;

struct PlayedProcess {
    std::string name;  // the slug, or "front"
    std::string settings;
    bool previous_image = false;  // of the version before the last upgrade
    int pid = 0;
    Part part;
    SteadyTime started{};
    bool alive = true;
    bool silent = false;
    bool ready = false;
    bool migrating = false;
    SteadyTime got_on{};  // when it started, or last said that it migrates
    SteadyTime ready_since{};
    bool draining = false;
    bool told_to_leave = false;  // a front that keeps no clients any more
    SteadyTime told_to_leave_at{};
    bool had_company = false;  // there was another of its name when it started
    bool told_alone = false;
    SteadyTime others_left{};  // when the last other one of its name was gone
    SteadyTime asked_to_drain{SteadyTime::max()};
    SteadyTime draining_since{};
    SteadyTime last_sign{};              // of life, as the supervisor could see it
    supervisor::Child* child = nullptr;  // null once the supervisor has let go of the object
    supervisor::ChildEvents* events = nullptr;
};
using Process = std::shared_ptr<PlayedProcess>;

class VirtualMachinery final : public supervisor::Machinery, public Clock {
public:
    explicit VirtualMachinery(std::uint64_t seed) : random_(seed) {}

    std::unique_ptr<supervisor::Alarm> alarm(std::function<void()> on_due) override;
    Result<std::unique_ptr<supervisor::Child>> start_child(
        const supervisor::ChildOrder& order, supervisor::ChildEvents& events) override;
    std::unique_ptr<supervisor::Child> adopt_child(const supervisor::HandedChild& handed,
                                                   supervisor::ChildEvents& events) override;
    std::unique_ptr<supervisor::FileWatch> watch(const std::string& path,
                                                 std::function<void()> on_change) override;
    WallTime now() const override;
    SteadyTime steady() const override { return now_; }

    // Told "leave", "alone".
    void hear(const Process& process, std::string_view line);

    // In [0, 1), and in [0, below).
    double chance();
    int pick(int below);
    Milliseconds pick(Milliseconds from, Milliseconds to);

    void run_for(Milliseconds time);
    // The world does something at that path.
    void touch(const std::string& path);
    // A signal from outside, to a process by name.
    void signal(const std::string& name, int signal_number);

    // While one supervisor goes and the next comes its processes are nobody's.
    void set_handing_over(bool handing_over) { handing_over_ = handing_over; }

    // What a process that starts now will do; an error refuses it.
    std::function<Result<Part>(const PlayedProcess&)> cast;
    std::function<void()> after_each_event = [] {};
    // The supervisor has signalled it. Called before anything follows from it.
    std::function<void(const PlayedProcess&, int signal_number)> on_signalled =
        [](const PlayedProcess&, int) {};
    // Around the call that tells the supervisor of its end.
    std::function<void(const PlayedProcess&, const supervisor::Exit&, std::function<void()> tell)>
        on_reaped = [](const PlayedProcess&, const supervisor::Exit&,
                       const std::function<void()>& tell) { tell(); };

    const std::vector<Process>& processes() const { return living_; }  // not reaped yet
    int lost() const { return lost_; }
    int started() const { return started_; }

private:
    friend class PlayedChild;
    friend class VirtualAlarm;
    using Key = std::pair<SteadyTime, std::uint64_t>;
    Key at(Milliseconds delay, std::function<void()> act);
    void play(const Process& process);
    void say(const Process& process, const std::string& line);
    void migrate(const Process& process);
    void drain(const Process& process);
    void die(const Process& process, const supervisor::Exit& exit);
    void deliver(const Process& process, int signal_number);

    std::mt19937_64 random_;
    SteadyTime now_{std::chrono::hours{1}};
    std::uint64_t serial_ = 0;
    std::map<Key, std::function<void()>> queue_;
    std::multimap<std::string, std::shared_ptr<std::function<void()>>> watches_;
    std::vector<Process> living_;
    int next_pid_ = 1000;
    int started_ = 0;
    int lost_ = 0;
    bool handing_over_ = false;
};

}  // namespace posta::test
