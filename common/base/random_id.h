#pragma once
// Identifiers and secrets from the system's random generator (libsodium).

#include <cstddef>
#include <string>

#include "common/base/clock.h"

namespace posta {

// `count` unpredictable bytes. sodium_init() must have succeeded in this process (see
// start_crypto).
std::string random_bytes(std::size_t count);

// A ULID: 26 characters of Crockford base32, the first ten from the time in milliseconds.
std::string make_ulid(WallTime now);

// Initialises libsodium; ends the process when that fails. Call once, first thing in main.
void start_crypto();

}  // namespace posta
