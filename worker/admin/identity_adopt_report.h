#pragma once
// The report of an adoption, for people and as JSON. Pure.

#include <chrono>
#include <string>

#include "worker/admin/identity_adopt_steps.h"

namespace posta::worker {

std::string describe(const AdoptRequest& request, const AdoptReport& report,
                     std::chrono::milliseconds duration);
std::string to_json(const AdoptRequest& request, const AdoptReport& report,
                    std::chrono::milliseconds duration);

}  // namespace posta::worker
