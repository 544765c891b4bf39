#pragma once
// What a worker asks of the sandbox, from its settings: one place for the worker itself and for
// `selftest`, which tries the walls from inside. Pure.

#include "common/confine/confine.h"
#include "common/contracts/settings.h"

namespace posta::worker {

Confinement confinement_of(const contracts::WorkerSettings& settings);

}  // namespace posta::worker
