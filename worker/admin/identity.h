#pragma once
// `posta-server identity add|list|remove|purge`: the entries of the manifest and their directories.

#include <string>
#include <vector>

namespace posta::worker {

// Makes directory, key and database, then the manifest entry unless it is there (written first, as
// in cutover.md): an interrupted add can be repeated. What is there already is used when it is this
// identity's, and never overwritten.
int identity_add(const std::vector<std::string>& words);

int identity_list(const std::vector<std::string>& words);

// Takes the entry out of the manifest; the directory stays.
int identity_remove(const std::vector<std::string>& words);

// Deletes the directory of an identity that is in the manifest no longer and whose worker is gone.
int identity_purge(const std::vector<std::string>& words);

}  // namespace posta::worker
