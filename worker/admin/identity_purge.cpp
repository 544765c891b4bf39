#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "common/base/file.h"
#include "common/base/text_table.h"
#include "common/command.h"
#include "common/json/write.h"
#include "common/manifest/edit.h"
#include "worker/admin/become_owner.h"
#include "worker/admin/delete_tree.h"
#include "worker/admin/identity.h"
#include "worker/admin/signal_daemon.h"
#include "worker/admin/workplace.h"

namespace posta::worker {
namespace {

struct Purge {
    std::string slug;
    std::string data_dir;
    std::string directory;
};

Result<void> allow(const Workplace& place, const std::string& slug) {
    if (place.manifest.find(slug))
        return Error{ErrorCode::conflict, "\"" + slug + "\" is still in " + place.manifest.path +
                                              " (identity remove first)"};
    if (is_worker_running(place.manifest.server.run_dir, slug))
        return Error{ErrorCode::conflict,
                     "the worker of \"" + slug + "\" still runs (posta-server ctl reload first)"};
    return {};
}

// One line a file.
Result<std::string> listing(const Purge& purge) {
    return as_owner(purge.directory, [&]() -> Result<std::string> {
        std::string lines;
        const std::vector<TreeEntry> entries = TRY(list_tree(purge.directory));
        for (const TreeEntry& entry : entries)
            lines += printable(purge.directory + "/" + entry.path) +
                     (entry.is_directory ? "/" : "  " + std::to_string(entry.bytes) + " bytes") +
                     "\n";
        return lines;
    });
}

Result<void> delete_all(const Purge& purge) {
    const auto empty = [&purge]() -> Result<std::string> {
        TRY(empty_directory(purge.directory));
        return std::string();
    };
    TRY(as_owner(purge.directory, empty));
    if (::rmdir(purge.directory.c_str()) != 0)
        return error_from_errno(errno, "cannot delete " + purge.directory);
    return sync_directory(purge.data_dir);
}

// Under the lock of the manifest: nobody adds the identity again meanwhile.
Result<std::string> run(const Workplace& place, const Purge& purge, const Options& options) {
    TRY(allow(place, purge.slug));
    const std::string files = TRY(listing(purge));
    const bool dry = options.has("dry-run");
    if (!dry) TRY(delete_all(purge));
    if (options.has("json")) {
        json::Writer out;
        out.begin_object()
            .member("slug", purge.slug)
            .member("directory", purge.directory)
            .member("deleted", !dry)
            .end_object();
        return std::move(out).text() + "\n";
    }
    return files + purge.directory + "/\n" +
           (dry ? "Nothing was deleted; --yes deletes all of this for good.\n"
                : "All of this is deleted.\n");
}

}  // namespace

int identity_purge(const std::vector<std::string>& words) {
    Options options("identity purge", "--slug S (--yes | --dry-run)",
                    "Deletes the data of an identity that was removed: its key, messages, tokens.");
    options.required("slug", "S", "the identity; not in the manifest any more")
        .flag("yes", "deletes for good")
        .flag("dry-run", "shows what would be deleted")
        .flag("json", "prints JSON")
        .manifest_options();
    if (const auto exit_code = options.parse(words)) return *exit_code;
    const std::string slug = options.get("slug");
    if (!manifest::is_slug(slug))
        return options.misused("--slug is \"" + printable(slug) + "\", which is not a slug");
    if (options.has("yes") == options.has("dry-run"))
        return options.misused("either --yes or --dry-run is needed");
    const Result<FileLock> lock = manifest::lock_manifest(options.manifest_path());
    if (!lock) return fail("identity purge", lock.error());
    const Result<Workplace, ExitFailure> place = find_workplace(options);
    if (!place) return place.error();

    const Purge purge{slug, place->manifest.server.data_dir, place->directory_of(slug)};
    const Result<std::string> report = run(*place, purge, options);
    if (!report) return fail("identity purge", report.error());
    std::fputs(report->c_str(), stdout);
    return kExitDone;
}

}  // namespace posta::worker
