#pragma once
// What `status`, `plan` and `reload` answer, as JSON. Reads the state of the supervisor and /proc,
// changes nothing.

#include <string>
#include <vector>

#include "supervisor/lifecycle/keeper.h"
#include "supervisor/tenants/reload.h"

namespace posta::supervisor {

class Supervisor;

// Every process, fronts first. `slug`: that tenant's alone; `not_found` when there is none.
Result<std::string> status_json(Supervisor& supervisor, const std::string& slug);

std::string plan_json(const ReloadPlan& plan);

// The same with what has become of those tenants: who was put back to old settings, and who is not
// ready. To be asked when nothing waits any more.
std::string reload_outcome_json(const ReloadPlan& plan, const std::vector<std::string>& slugs,
                                Supervisor& supervisor);

}  // namespace posta::supervisor
