#pragma once
// A whole supervisor on virtual machinery, what happens to it by chance, and what must hold
// whatever happens. One object a seed.

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "supervisor/serve/supervisor.h"
#include "tests/unit/supervisor/simulation/expected_pace.h"
#include "tests/unit/supervisor/simulation/virtual_machinery.h"
#include "tests/unit/supervisor/simulation/virtual_premises.h"

namespace posta::test {

class SimulatedServer {
public:
    explicit SimulatedServer(std::uint64_t seed);
    ~SimulatedServer();

    // From the start through misfortune to calm, and to the end.
    void live();

    const std::string& broken() const { return broken_; }  // the first thing that did not hold
    const std::string& story() const { return story_; }
    int processes_started() const { return machinery_.started(); }

private:
    static constexpr std::array<const char*, 5> kSlugs{"arne", "marcus", "tarald", "ny", "gamle"};
    static manifest::Identity identity_named(const std::string& slug);
    using Event = supervisor::Event;
    using State = supervisor::State;
    struct Watched {
        bool stopped_by_operator = false;
    };

    Result<Part> cast(const PlayedProcess& process);
    Result<Part> draw(const PlayedProcess& process);
    Part bad_part(const PlayedProcess& process);
    void misfortune();
    void change_manifest();
    void reload();
    void command();
    void reload_often();
    void check_settings(const supervisor::SupervisedTenant& tenant);
    void check_newest(const supervisor::SupervisedTenant& tenant);
    std::set<int> starting_and_wanted() const;
    Part draw_changed(const PlayedProcess& process);
    void strike_process();
    void replace_fronts_often();
    void end_again_and_again();
    void strike_files();
    void strike_socket();
    void upgrade();
    std::unique_ptr<supervisor::Supervisor> new_supervisor();
    void calm_down();
    void check_calm();
    void stop();

    // What must hold after every event.
    void check();
    void check_tenant(const supervisor::SupervisedTenant& tenant);
    void check_process(const PlayedProcess& process);
    void judge_signal(const PlayedProcess& process, int signal_number);
    void check_company(const PlayedProcess& process);
    void check_fronts();
    void forget_spent_reasons();
    bool is_spent(const std::string& name, SteadyTime since) const;
    void judge_exit(const PlayedProcess& process, const supervisor::Exit& exit,
                    const std::function<void()>& tell_supervisor);
    void judge_front_exit(const PlayedProcess& process, const supervisor::Exit& exit,
                          const std::function<void()>& tell_supervisor);
    void touch(const std::string& slug) {
        touched_[slug] = machinery_.steady();
        failed_.erase(slug);
        forgive(slug);
    }
    ExpectedPace& pace_of(const PlayedProcess& process);
    void check_pace(const PlayedProcess& process);
    void judge_pace(const PlayedProcess& process, const supervisor::Exit& exit);
    void forgive(const std::string& name);
    void expect(bool holds, const std::string& what);
    void tell(const std::string& what);
    std::string any_slug();

    VirtualMachinery machinery_;
    VirtualPremises premises_;
    Log log_;
    supervisor::KeeperSurroundings around_;
    supervisor::Readiness readiness_{-1, "", machinery_};
    manifest::Manifest manifest_;
    bool manifest_broken_ = false;
    bool calm_ = false;
    bool gone_ = false;
    double misfortune_;  // how likely, in this life
    std::string story_;
    std::string broken_;
    std::map<std::string, Watched> watched_;
    std::map<std::string, SteadyTime> touched_;  // when there was a reason to restart or stop it
    std::set<std::string> failed_;               // and nobody has given a reason to try them again
    using KeeperName = std::pair<std::string, const void*>;  // there may be several fronts
    std::map<KeeperName, ExpectedPace> paces_;
    std::map<std::string, std::string> put_back_;  // why, when its last process was started
    bool taking_over_ = false;
    std::map<std::string, Part::End> ends_;  // of each process of that name, for now
    // Of the one whose settings change faster than it starts, for now.
    struct Changed {
        std::string slug;
        Milliseconds ready_after{0};
        Milliseconds at_most{0};  // without it serving
        SteadyTime served{};
    };
    std::optional<Changed> changed_;
    std::set<std::string> newer_waited_;  // those whose newer settings waited, when last looked at
    manifest::Manifest loaded_;           // the last that was no nonsense
    std::set<int> not_to_be_replaced_;    // pids, by the reload that is under way
    std::set<int> of_version_before_;     // pids
    std::set<std::string> aliases_started_;
    std::map<std::string, std::string> alias_on_trial_;  // of each tenant, when last looked at
    int aliases_ = 0;
    std::unique_ptr<supervisor::Supervisor> supervisor_;
};

}  // namespace posta::test
