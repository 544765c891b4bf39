#include <cstdio>

#include "common/command.h"
#include "common/json/write.h"
#include "common/manifest/edit.h"
#include "worker/admin/identity.h"
#include "worker/admin/manifest_change.h"
#include "worker/admin/signal_daemon.h"
#include "worker/admin/workplace.h"

namespace posta::worker {
namespace {

Result<void> remove_entry(const std::string& manifest_path, const std::string& slug) {
    const FileLock lock = TRY(manifest::lock_manifest(manifest_path));
    return change_manifest(manifest_path, [&slug](std::string_view text) {
        return manifest::with_identity_removed(text, slug);
    });
}

}  // namespace

int identity_remove(const std::vector<std::string>& words) {
    Options options("identity remove", "--slug S [--apply]",
                    "Takes an identity out of the manifest. Its data stay.");
    options.required("slug", "S", "the identity")
        .flag("apply", "makes the running daemon load the manifest")
        .flag("json", "prints JSON")
        .manifest_options();
    if (const auto exit_code = options.parse(words)) return *exit_code;
    const Result<Tenant, ExitFailure> tenant = find_tenant(options, "identity remove");
    if (!tenant) return tenant.error();

    const std::string& slug = tenant->identity.slug;
    const Result<void> removed = remove_entry(options.manifest_path(), slug);
    if (!removed) return fail("identity remove", removed.error());
    if (options.has("json")) {
        json::Writer out;
        out.begin_object()
            .member("slug", slug)
            .member("url", tenant->identity.url)
            .member("directory", tenant->directory)
            .end_object();
        std::printf("%s\n", std::move(out).text().c_str());
    } else {
        std::printf("Removed %s (%s). Its data stay in %s.\n", slug.c_str(),
                    tenant->identity.url.c_str(), tenant->directory.c_str());
    }
    return finish_change(Loads::manifest, options.has("apply"), tenant->run_dir, slug,
                         "identity remove");
}

}  // namespace posta::worker
