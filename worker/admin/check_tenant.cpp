#include "worker/admin/check_tenant.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "common/base/text_table.h"
#include "common/url/canonical.h"
#include "worker/admin/become_owner.h"
#include "worker/identity/keys.h"
#include "worker/store/database.h"
#include "worker/store/identity_store.h"
#include "worker/store/migrate.h"
#include "worker/store/schema.h"

namespace posta::worker {
namespace {

using Level = Finding::Level;

std::string octal(mode_t mode) {
    std::string digits;
    for (mode_t rest = mode & 07777U; rest > 0; rest >>= 3U)
        digits.insert(digits.begin(), static_cast<char>('0' + (rest & 7U)));
    return "0" + digits;
}

// Nothing when `path` is a regular file of this user that nobody else may read.
std::optional<std::string> private_file_complaint(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) {
        if (errno != ENOENT) return error_from_errno(errno, "cannot look at " + path).message;
        return path + " is missing (restore it; identity adopt takes over an old one)";
    }
    if (!S_ISREG(status.st_mode)) return path + " is not a regular file";
    if (status.st_uid != ::geteuid())
        return path + " belongs to uid " + std::to_string(status.st_uid) + ", not to uid " +
               std::to_string(::geteuid()) + ", whose directory it is in (chown it)";
    if ((status.st_mode & 077U) != 0)
        return path + " has mode " + octal(status.st_mode) + ", allowed is 0600 (chmod 600 it)";
    return std::nullopt;
}

Finding check_keys(const std::string& slug, const std::string& directory) {
    const std::string path = directory + "/keys.json";
    if (const auto complaint = private_file_complaint(path))
        return {Level::error, slug, *complaint};
    const Result<KeyRing> ring = KeyRing::load(path);
    if (!ring) return {Level::error, slug, ring.error().message};
    const std::size_t count = ring->keys().size();
    return {Level::ok, slug,
            std::to_string(count) + (count == 1 ? " key, " : " keys, ") + ring->signing_key().id +
                " signs"};
}

Result<store::Database> open_to_look(const std::string& path) {
    const bool in_use = ::access((path + "-wal").c_str(), F_OK) == 0;
    return store::Database::open(
        path, in_use ? store::Database::Mode::read_only : store::Database::Mode::untouched);
}

Result<void> check_url(store::Database& database, const std::string& url) {
    const std::optional<store::Profile> profile = TRY(store::IdentityStore(database).profile());
    if (!profile) return Error{ErrorCode::invalid, "inbox.db has no row about its identity"};
    const auto stored = url::canonicalise(profile->url);
    if (stored && *stored == url) return {};
    return Error{ErrorCode::invalid,
                 "inbox.db belongs to " + printable(profile->url) + ", the manifest says " + url};
}

Result<std::string> look_at_database(const std::string& path, const std::string& url) {
    store::Database database = TRY(open_to_look(path));
    const int version = TRY(store::schema_version_of(database));
    if (version > store::kNewestVersion)
        return Error{ErrorCode::invalid, "inbox.db has version " + std::to_string(version) +
                                             ", this program knows " +
                                             std::to_string(store::kNewestVersion) +
                                             " and older (install a newer one)"};
    TRY(store::check_columns(database, version));
    TRY(database.quick_check());
    if (version < store::kNewestVersion)
        return "database of version " + std::to_string(version) + ", becomes " +
               std::to_string(store::kNewestVersion) + " at first use";
    TRY(check_url(database, url));
    return "database of version " + std::to_string(version);
}

Finding check_database(const std::string& slug, const std::string& directory,
                       const std::string& url) {
    const std::string path = directory + "/inbox.db";
    if (const auto complaint = private_file_complaint(path))
        return {Level::error, slug, *complaint};
    const Result<std::string> seen = look_at_database(path, url);
    if (!seen) return {Level::error, slug, seen.error().message};
    return {Level::ok, slug, *seen};
}

// Findings through as_owner(): a level's digit and a text, a line each.
std::string packed(const Finding& finding) {
    return std::to_string(static_cast<int>(finding.level)) + printable(finding.text) + "\n";
}

std::vector<Finding> unpacked(const std::string& slug, std::string_view lines) {
    std::vector<Finding> findings;
    while (!lines.empty()) {
        const std::size_t end = lines.find('\n');
        findings.push_back(
            {static_cast<Level>(lines[0] - '0'), slug, std::string(lines.substr(1, end - 1))});
        lines.remove_prefix(end + 1);
    }
    return findings;
}

std::optional<std::string> directory_complaint(const std::string& directory) {
    struct stat status {};
    if (::lstat(directory.c_str(), &status) != 0) {
        if (errno != ENOENT) return error_from_errno(errno, "cannot look at " + directory).message;
        return directory + " is missing (identity add makes it, identity adopt takes one over)";
    }
    const Result<FileOwner> owner = owner_of(directory);
    if (!owner) return owner.error().message;
    if ((status.st_mode & 07777U) != 0700)
        return directory + " has mode " + octal(status.st_mode) +
               ", allowed is 0700 (chmod 700 it)";
    return std::nullopt;
}

}  // namespace

std::string_view name_of(Finding::Level level) {
    switch (level) {
        case Level::ok:
            return "ok";
        case Level::warning:
            return "warning";
        case Level::error:
            return "error";
    }
    CHECK(false);
}

std::vector<Finding> check_tenant(const manifest::Identity& identity,
                                  const std::string& directory) {
    const std::string& slug = identity.slug;
    if (const auto complaint = directory_complaint(directory))
        return {{Level::error, slug, *complaint}};
    const Result<std::string> inside = as_owner(directory, [&]() -> Result<std::string> {
        return packed(check_keys(slug, directory)) +
               packed(check_database(slug, directory, identity.url));
    });
    if (!inside) return {{Level::error, slug, inside.error().message}};
    return unpacked(slug, *inside);
}

}  // namespace posta::worker
