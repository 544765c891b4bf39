#pragma once
// What `status`, `plan` and `reload` answer, as JSON. Reads the state of the supervisor and /proc,
// changes nothing.

#include <string>

#include "supervisor/lifecycle/keeper.h"
#include "supervisor/tenants/reload.h"

namespace posta::supervisor {

class Supervisor;

// Every process, fronts first. `slug`: that tenant's alone; `not_found` when there is none.
Result<std::string> status_json(Supervisor& supervisor, const std::string& slug);

std::string plan_json(const ReloadPlan& plan);

// The same with what has become of it: who was put back to old settings, and who is not ready.
std::string reload_outcome_json(const ReloadPlan& plan, Supervisor& supervisor);

}  // namespace posta::supervisor
