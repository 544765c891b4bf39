#pragma once
// Changes keys.json as text: keys that are not touched keep every byte, members included that this
// version does not know.
//
// Pure, apart from the randomness of a new key. The texts hold private keys: wipe() them after use.
// The caller writes the outcome with write_file_atomically(path, text, 0600, owner).

#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/result.h"

namespace posta::worker {

// A file with one new key.
Result<std::string> new_keys_file(WallTime now);

// Adds a new key, which signs from then on: its createdAt is `now`, or just after the newest key's
// when the clock is behind that. `conflict` when there are 16 already.
struct Rotated {
    std::string text;
    std::string key_id;
};
Result<Rotated> with_key_added(std::string_view text, WallTime now);

// `not_found` when there is no such key, `conflict` when it is the last one.
Result<std::string> with_key_removed(std::string_view text, std::string_view key_id);

}  // namespace posta::worker
