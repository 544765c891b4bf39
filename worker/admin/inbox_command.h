#pragma once
// What the commands on an identity's database (token, invite) have in common: its opening, and how
// an outcome is shown.

#include <string>
#include <string_view>
#include <type_traits>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/options.h"
#include "worker/store/store.h"

namespace posta::worker {

// Runs `work` on the open database of the directory, which is brought to the newest version if need
// be, which is told on standard error as a worker tells it in the log (files.md: each merge is
// logged). `work` takes a store::Store& and returns a Result, which must not refer to the store.
template <class Work>
std::invoke_result_t<Work, store::Store&> in_inbox(const std::string& directory,
                                                   std::string_view component, Work work) {
    const SystemClock clock;
    Log log(clock, std::string(component), LogLevel::info, LogFormat::text);
    const auto inbox = TRY(store::Store::open(directory + "/inbox.db", clock, log));
    return work(*inbox);
}

// The options that each of them has; --name or --id are its own.
Options inbox_options(const std::string& name, const std::string& synopsis,
                      const std::string& description);

// Whichever of the two --json asks for. `text` ends with a newline.
void show(const Options& options, std::string_view json, std::string_view text);

// The same with a picture of `link` below the text, unless --no-qr.
void show_with_code(const Options& options, std::string_view json, std::string_view text,
                    std::string_view link);

}  // namespace posta::worker
