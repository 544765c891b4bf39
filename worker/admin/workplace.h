#pragma once
// Where a command works: the manifest that it was given and the directories that follow from it.
//
// What is wrong is printed here; commands only pass the exit code on.

#include <string>

#include "common/manifest/complaint.h"
#include "common/manifest/manifest.h"
#include "common/options.h"

namespace posta::worker {

struct Workplace {
    manifest::Manifest manifest;  // its server's directories are those of the options, if given

    std::string directory_of(const std::string& slug) const { return manifest.data_dir_of(slug); }
};

// The failure is an exit code; the complaint has been printed.
using ExitFailure = int;

// --manifest, --data-dir, --run-dir. All complaints about the manifest are printed.
Result<Workplace, ExitFailure> find_workplace(const Options& options);
// The same for a manifest that need not exist yet: it counts as empty.
Result<Workplace, ExitFailure> find_or_begin_workplace(const Options& options);

// Prints all complaints and how many they are; returns kExitInvalid.
int fail(const manifest::Complaints& complaints, const std::string& manifest_path);

struct Tenant {
    manifest::Identity identity;
    std::string directory;
    std::string run_dir;
};

// The identity that --slug names, with its directory. This process has become its owner: see
// become_owner.h.
Result<Tenant, ExitFailure> enter_tenant(const Options& options, const std::string& command);
// The same, still as root, for commands that signal the daemon afterwards.
Result<Tenant, ExitFailure> find_tenant(const Options& options, const std::string& command);

// Puts the command's name in front and prints it.
int fail(const std::string& command, Error error);

}  // namespace posta::worker
