#pragma once
// What each role may do: the two tables to read when asking "what could a taken-over worker do?".
//
// Pure: it only says; landlock.cpp and seccomp_filter.cpp do.

#include "common/confine/confine.h"
#include "common/confine/landlock.h"
#include "common/confine/seccomp_filter.h"

namespace posta {

LandlockPolicy landlock_policy(const Confinement& wanted);
SeccompPolicy seccomp_policy(ConfinedRole role);

}  // namespace posta
