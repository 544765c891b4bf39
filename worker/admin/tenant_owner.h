#pragma once
// To whom the directory of a new identity belongs (operations.md, "Users").
//
// As root each identity gets a uid and gid of its own: the next free one of the range, which is
// found from the owners of the data directories, or those of a named user. The first of the range
// is the front's. Without root everything is the caller's.
//
// A uid is not free for good just because nobody has it now: the next one is above all that are in
// use, so that files a removed identity left somewhere do not become a new one's, until the range
// is used up. Ask while holding the manifest lock, and give a directory that owner before letting
// go: else two commands get the same.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/file.h"
#include "common/base/result.h"

namespace posta::worker {

using UidRange = std::pair<std::uint32_t, std::uint32_t>;  // both ends included

// Pure. Nothing when all are taken.
std::optional<std::uint32_t> next_free_uid(UidRange range, const std::vector<std::uint32_t>& taken);

// `user_name` empty: by the range. `denied` when a user is named without root and is not the
// caller; `not_found` when there is no such user; `conflict` when the range is used up or the user
// is root or owns another identity's directory in `data_dir`.
Result<FileOwner> choose_tenant_owner(const std::string& data_dir, UidRange range,
                                      const std::string& user_name);

}  // namespace posta::worker
