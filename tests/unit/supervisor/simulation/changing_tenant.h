#pragma once
// One tenant of a whole supervisor, whose settings change. In virtual time.

#include <fcntl.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "supervisor/control/status_report.h"
#include "supervisor/serve/supervisor.h"
#include "tests/unit/supervisor/simulation/virtual_machinery.h"
#include "tests/unit/supervisor/simulation/virtual_premises.h"

namespace posta::test {

class ChangingTenant : public ::testing::Test {
protected:
    using Slugs = std::vector<std::string>;
    using Event = supervisor::Event;
    using State = supervisor::State;

    ChangingTenant() {
        machinery_.cast = [this](const PlayedProcess& process) { return cast(process); };
        manifest_.identities.emplace_back();
        manifest_.identities.front().slug = "arne";
        manifest_.identities.front().url = "https://arne.test";
    }
    void begin() {
        supervisor_ = new_supervisor();
        supervisor_->start();
    }
    std::unique_ptr<supervisor::Supervisor> new_supervisor() {
        return std::make_unique<supervisor::Supervisor>(
            around_, supervisor::Supervisor::Parts{[this] { return Result(manifest_); },
                                                   manifest_,
                                                   premises_,
                                                   {},
                                                   {},
                                                   LogFormat::text,
                                                   readiness_,
                                                   [] {}});
    }
    // The next image of the program takes over, in no time.
    void upgrade() {
        auto handover = supervisor::handover_from(supervisor::to_json(supervisor_->hand_over()));
        ASSERT_TRUE(handover.has_value());
        for (supervisor::HandedTenant& tenant : handover->tenants)
            tenant.socket = ::fcntl(tenant.socket, F_DUPFD_CLOEXEC, 0);
        machinery_.set_handing_over(true);
        supervisor_.reset();
        machinery_.set_handing_over(false);
        supervisor_ = new_supervisor();
        supervisor_->take_over(*handover);
    }
    ~ChangingTenant() override {
        supervisor_->stop_now();
        machinery_.run_for(std::chrono::seconds(6));
    }

    // A worker with an alias of that name: never ready, migrates, dies, fails, falls silent, or
    // does not leave when it is asked to.
    Result<Part> cast(const PlayedProcess& process) const {
        Part part;
        if (process.name == "front") return part;
        const auto has = [&](const char* alias) {
            return process.settings.find(alias) != std::string::npos;
        };
        part.ready_after = has("never.test") ? kNever : start_takes_;
        if (has("migrates.test")) part.migrates_every = std::chrono::seconds(1);
        if (has("dies.test")) part.end = Part::End::dies;
        if (has("fails.test")) part.end = Part::End::fails;
        if (has("silent.test")) part.end = Part::End::falls_silent;
        part.end_after = std::chrono::milliseconds(100);
        part.stubborn = has("stubborn.test");
        if (broken_version_ && !process.previous_image) part.ready_after = kNever;
        return part;
    }
    void start() {
        begin();
        machinery_.run_for(start_takes_ + std::chrono::seconds(1));
        ASSERT_EQ(tenant().keeper().state(), State::ready);
    }
    // What the reload says that changes.
    Slugs reload(const std::string& alias) {
        manifest_.identities.front().aliases = {alias};
        return supervisor_->reload()->changed;
    }
    supervisor::SupervisedTenant& tenant() { return *supervisor_->tenants().find("arne"); }
    // What it is run with.
    std::string runs_with() {
        const auto& aliases = tenant().entry().identity.aliases;
        return aliases.empty() ? "" : aliases.front();
    }
    bool serves_with(const std::string& alias) {
        return tenant().keeper().state() == State::ready && tenant().keeper().serving() &&
               runs_with() == alias;
    }
    std::string status() {
        const std::string text = *supervisor::status_json(*supervisor_, "arne");
        const std::size_t at = text.find("\"settings\":\"") + 12;
        return text.substr(at, text.find('"', at) - at);
    }

    static constexpr Milliseconds kNever = std::chrono::hours(24);
    const Slugs arne_{"arne"};
    Milliseconds start_takes_{std::chrono::seconds(2)};
    bool broken_version_ = false;
    VirtualMachinery machinery_{7};
    VirtualPremises premises_;
    Log log_{machinery_, "supervisor", LogLevel::error, LogFormat::text, -1};
    supervisor::KeeperSurroundings around_{machinery_, machinery_, log_, [] { return 0.5; }, {}};
    supervisor::Readiness readiness_{-1, "", machinery_};
    manifest::Manifest manifest_;
    std::unique_ptr<supervisor::Supervisor> supervisor_;
};

}  // namespace posta::test
