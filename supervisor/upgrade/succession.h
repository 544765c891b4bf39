#pragma once
// After an upgrade the processes are still those of the version before: each is replaced by one of
// this version, one after the other, workers first.
//
// A worker that does not become ready in this version is put back to the one before (as settings
// are, settings_trial.h), and the rest then stay as they are: one tenant tells what all would
// suffer. Decisions only; the tenants do it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/log.h"
#include "supervisor/serve/front_pool.h"
#include "supervisor/tenants/tenant_table.h"

namespace posta::supervisor {

class Succession {
public:
    enum class State : std::uint8_t { none, under_way, done, halted };

    Succession(Log& log, TenantTable& tenants, FrontPool& fronts)
        : log_(log), tenants_(tenants), fronts_(fronts) {}

    // `slugs`: whose processes are of the other version.
    void begin(std::string from_version, std::vector<std::string> slugs);
    // To be called whenever something has changed.
    void look();
    void call_off();  // the server stops

    State state() const { return state_; }
    const std::string& from_version() const { return from_; }
    // Why it halted.
    const std::string& reason() const { return reason_; }
    // How many processes are still of the other version.
    std::size_t waiting() const { return slugs_.size() + fronts_left_; }

private:
    bool tenant_is_through();
    bool front_is_through();
    void halt(std::string reason);

    Log& log_;
    TenantTable& tenants_;
    FrontPool& fronts_;
    State state_ = State::none;
    std::string from_;
    std::string reason_;
    std::vector<std::string> slugs_;  // the last is next, or under way
    std::size_t fronts_left_ = 0;
    bool begun_ = false;  // the next one has been told
};

std::string_view name_of(Succession::State state);

}  // namespace posta::supervisor
