#pragma once
// `posta-server token create|list|revoke`: the bearer tokens of an identity's devices.
//
// A token is printed once, when it is made, and is nowhere else: not in a log, not in the database
// (which keeps its hash), not in the command line.

#include <string>
#include <vector>

#include "worker/store/token_store.h"

namespace posta::worker {

int token_create(const std::vector<std::string>& words);
int token_list(const std::vector<std::string>& words);
int token_revoke(const std::vector<std::string>& words);

// "posta+v1://arne.posta.no#token=mst_...": what a device's camera reads.
std::string pairing_uri(std::string_view canonical_url, std::string_view secret);

// What --name of a device may be: 1 to 128 bytes without control characters.
bool is_device_name(std::string_view name);

}  // namespace posta::worker
