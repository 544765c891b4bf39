#pragma once
// The three directories that single-tenant containers leave (arne, marcus, tarald), made once a run
// by tests/data/legacy/make.py.
//
// They are made in memory (/dev/shm) where that exists: the script commits every row by itself.

#include <map>
#include <string>

namespace posta::testing {

// The folder that holds arne/, marcus/, tarald/ and tokens.json. Treat it as read-only.
const std::string& legacy_folder();

// A folder for scratch files on the same file system, removed at the end of the run.
std::string legacy_scratch(const std::string& name);

// Copies the directory of `slug` to `destination`, which must not exist, times included.
void copy_legacy(const std::string& slug, const std::string& destination);

// The bearer tokens of `slug` by name, in plain text.
std::map<std::string, std::string> legacy_tokens(const std::string& slug);

}  // namespace posta::testing
