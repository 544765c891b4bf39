#pragma once
// Makes the running daemon read what a command changed.
//
// The pid comes from a file in the run directory. It may be stale, and the number may belong to
// another process by now: the process is pinned first (pidfd), then its command line is looked at,
// and only then is it signalled.

#include <string>

#include "common/base/result.h"

namespace posta::worker {

enum class Loads {
    manifest,  // SIGHUP to the supervisor: it reads the manifest again
    keys,      // one worker is restarted gracefully and reads its keys again
};

// For keys it returns when the new worker serves. `not_found`: no such process runs.
Result<void> apply_change(Loads what, const std::string& run_dir, const std::string& slug);

// Whether that worker's pid file names a process that is one.
bool is_worker_running(const std::string& run_dir, const std::string& slug);

// After a change: applies it when that was asked for, else tells on standard error how to. Returns
// the exit code, kExitNotRunning when there is no daemon to apply it.
int finish_change(Loads what, bool apply, const std::string& run_dir, const std::string& slug,
                  const std::string& command);

}  // namespace posta::worker
