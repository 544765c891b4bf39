#include <sys/stat.h>

#include <cstdio>

#include "common/base/text_table.h"
#include "common/command.h"
#include "common/json/write.h"
#include "worker/admin/identity.h"
#include "worker/admin/workplace.h"

namespace posta::worker {
namespace {

// Looks at the directory from outside only: whether it is there and whose it is.
struct DirectoryState {
    bool is_there;
    uid_t owner;
};

DirectoryState state_of(const std::string& directory) {
    struct stat status {};
    const bool is_there = ::lstat(directory.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
    return {is_there, status.st_uid};
}

void append(json::Writer& out, const manifest::Identity& identity, const std::string& directory,
            const DirectoryState& state) {
    out.begin_object()
        .member("slug", identity.slug)
        .member("url", identity.url)
        .member("enabled", identity.enabled)
        .key("aliases")
        .begin_array();
    for (const std::string& alias : identity.aliases) out.string(alias);
    out.end_array().member("directory", directory).key("uid");
    if (state.is_there)
        out.number(state.owner);
    else
        out.null();
    out.end_object();
}

}  // namespace

int identity_list(const std::vector<std::string>& words) {
    Options options("identity list", "", "Shows the identities that the manifest holds.");
    options.flag("json", "prints JSON").manifest_options();
    if (const auto exit_code = options.parse(words)) return *exit_code;
    const Result<Workplace, ExitFailure> place = find_workplace(options);
    if (!place) return place.error();

    TextTable table({"SLUG", "URL", "ENABLED", "UID", "DIRECTORY"});
    json::Writer out;
    out.begin_object().key("identities").begin_array();
    for (const manifest::Identity& identity : place->manifest.identities) {
        const std::string directory = place->directory_of(identity.slug);
        const DirectoryState state = state_of(directory);
        table.add({identity.slug, identity.url, identity.enabled ? "yes" : "no",
                   state.is_there ? std::to_string(state.owner) : "-",
                   state.is_there ? directory : directory + " (missing)"});
        append(out, identity, directory, state);
    }
    out.end_array().end_object();
    const std::string shown = options.has("json") ? std::move(out).text() + "\n" : table.text();
    std::fputs(shown.c_str(), stdout);
    return kExitDone;
}

}  // namespace posta::worker
