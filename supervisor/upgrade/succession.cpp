#include "supervisor/upgrade/succession.h"

#include <algorithm>
#include <array>

namespace posta::supervisor {

void Succession::begin(std::string from_version, std::vector<std::string> slugs) {
    from_ = std::move(from_version);
    slugs_ = std::move(slugs);
    std::reverse(slugs_.begin(), slugs_.end());
    fronts_left_ = fronts_.all().size();
    state_ = State::under_way;
}

void Succession::look() {
    while (state_ == State::under_way) {
        if (!slugs_.empty()) {
            if (!tenant_is_through()) return;
            slugs_.pop_back();
        } else if (fronts_left_ > 0 && fronts_left_ <= fronts_.all().size()) {
            if (!front_is_through()) return;
            --fronts_left_;
        } else {
            fronts_left_ = 0;
            state_ = State::done;
            log_.info("upgraded", {{"from", from_}});
        }
        begun_ = false;
    }
}

// An operator may have stopped or removed it meanwhile: then there is nothing to replace.
bool Succession::tenant_is_through() {
    SupervisedTenant* const tenant = tenants_.find(slugs_.back());
    if (tenant == nullptr || !tenant->identity().enabled) return true;
    if (!begun_) {
        begun_ = true;
        tenant->replace_image();
    }
    if (tenant->on_trial()) return false;
    if (tenant->on_previous_image()) {
        halt(tenant->identity().slug + ": " + tenant->put_back_because());
        return false;
    }
    return true;
}

bool Succession::front_is_through() {
    Keeper& front = *fronts_.all()[fronts_left_ - 1];
    if (!begun_) {
        begun_ = true;
        front.order(Event::settings_changed);
    }
    if (front.state() == supervisor::State::backoff || front.state() == supervisor::State::faulty) {
        halt("front: " + front.history().reason);
        return false;
    }
    return front.state() == supervisor::State::ready;
}

void Succession::halt(std::string reason) {
    state_ = State::halted;
    reason_ = std::move(reason);
    log_.error("upgrade halted, the others stay as they are", {{"reason", reason_}});
}

void Succession::call_off() {
    if (state_ == State::under_way) halt("the server stops");
}

std::string_view name_of(Succession::State state) {
    constexpr std::array<std::string_view, 4> kNames{"none", "under_way", "done", "halted"};
    return kNames[static_cast<std::size_t>(state)];
}

}  // namespace posta::supervisor
