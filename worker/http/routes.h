#pragma once
// Everything that a worker answers, in one table.

#include <span>

#include "worker/http/router.h"

namespace posta::worker {

std::span<const Route> routes();

}  // namespace posta::worker
