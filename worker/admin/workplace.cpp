#include "worker/admin/workplace.h"

#include <unistd.h>

#include <cstdio>

#include "common/base/nearest_name.h"
#include "common/base/text_table.h"
#include "common/command.h"
#include "common/manifest/read.h"
#include "worker/admin/become_owner.h"

namespace posta::worker {
namespace {

Workplace at(manifest::Manifest manifest, const Options& options) {
    manifest.server.data_dir = options.get("data-dir", manifest.server.data_dir);
    manifest.server.run_dir = options.get("run-dir", manifest.server.run_dir);
    return {std::move(manifest)};
}

Error unknown_identity(const manifest::Manifest& manifest, const std::string& slug) {
    std::vector<std::string_view> known;
    for (const manifest::Identity& identity : manifest.identities) known.push_back(identity.slug);
    const std::string hint = did_you_mean(slug, known);
    return {ErrorCode::not_found,
            "no identity \"" + printable(slug) + "\" in " + manifest.path +
                (hint.empty() ? " (posta-server identity list shows them)" : hint)};
}

}  // namespace

Result<Workplace, ExitFailure> find_workplace(const Options& options) {
    Result<manifest::Manifest, manifest::Complaints> manifest =
        manifest::read(options.manifest_path());
    if (!manifest) return fail(manifest.error(), options.manifest_path());
    return at(std::move(manifest).value(), options);
}

Result<Workplace, ExitFailure> find_or_begin_workplace(const Options& options) {
    if (::access(options.manifest_path().c_str(), F_OK) == 0) return find_workplace(options);
    manifest::Manifest empty;
    empty.path = options.manifest_path();
    return at(std::move(empty), options);
}

int fail(const manifest::Complaints& complaints, const std::string& manifest_path) {
    std::fputs(manifest::describe(complaints, manifest_path).c_str(), stderr);
    const std::size_t count = complaints.size();
    return posta::fail(kExitInvalid, manifest_path + ": it has " + std::to_string(count) +
                                         (count == 1 ? " problem" : " problems") +
                                         ", nothing was done (mend what stands above, then run "
                                         "this again)");
}

Result<Tenant, ExitFailure> find_tenant(const Options& options, const std::string& command) {
    const std::string slug = options.get("slug");
    if (!manifest::is_slug(slug))
        return options.misused("--slug is \"" + printable(slug) +
                               "\", allowed is 1 to 63 of a-z, 0-9 and '-', with no '-' at "
                               "either end");
    Result<Workplace, ExitFailure> place = find_workplace(options);
    if (!place) return place.error();
    const manifest::Identity* identity = place->manifest.find(slug);
    if (!identity) return fail(command, unknown_identity(place->manifest, slug));
    return Tenant{*identity, place->directory_of(slug), place->manifest.server.run_dir};
}

Result<Tenant, ExitFailure> enter_tenant(const Options& options, const std::string& command) {
    Result<Tenant, ExitFailure> tenant = find_tenant(options, command);
    if (!tenant) return tenant;
    Result<void> became = become_owner(tenant->directory);
    if (!became) return fail(command, std::move(became).error().within(tenant->identity.slug));
    return tenant;
}

int fail(const std::string& command, Error error) {
    return posta::fail(std::move(error).within(command));
}

}  // namespace posta::worker
