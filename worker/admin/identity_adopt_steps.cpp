#include "worker/admin/identity_adopt_steps.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "common/manifest/edit.h"
#include "common/url/canonical.h"
#include "worker/admin/identity_adopt_manifest.h"
#include "worker/admin/identity_adopt_source.h"
#include "worker/admin/identity_adopt_staging.h"
#include "worker/identity/keys.h"
#include "worker/store/backup.h"
#include "worker/store/migrate.h"
#include "worker/store/schema.h"

namespace posta::worker {
namespace {

using store::Database;

// The source's database, opened in the staging directory, once it has passed all checks.
class Source {
public:
    static Result<Source> open(const AdoptRequest& request, const Staging& staging,
                               AdoptReport& report) {
        Result<Database> opened =
            Database::open(staging.source() + "/inbox.db", Database::Mode::existing);
        // The path in the message is that of our copy; people know the original's.
        if (!opened)
            return Error{opened.error().code, request.source + "/inbox.db (seen in its copy): " +
                                                  opened.error().message};
        Source source(std::move(opened).value());
        TRY(source.check(request, report).within(request.source + "/inbox.db"));
        return source;
    }
    Database& database() { return database_; }

private:
    explicit Source(Database database) : database_(std::move(database)) {}

    Result<void> check(const AdoptRequest& request, AdoptReport& report) {
        TRY(check_version());
        TRY(database_.integrity_check());
        report.summary = TRY(store::summarise(database_));
        const std::optional<std::string>& url = report.summary.url;
        if (!url) return {};  // version 1 knows no identity; the keys are all there is
        const Result<std::string, url::Rejection> canonical = url::canonicalise_typed(*url);
        if (canonical && *canonical == request.url) return {};
        return Error{ErrorCode::invalid, "it belongs to " + *url + ", but --url is " + request.url +
                                             " (a different URL is a different identity; use the "
                                             "one of the database)"};
    }

    Result<void> check_version() {
        const int version = TRY(store::schema_version_of(database_));
        if (version == 0) return Error{ErrorCode::invalid, "it is empty"};
        if (version > store::kNewestVersion)
            return Error{ErrorCode::invalid, "it has schema version " + std::to_string(version) +
                                                 ", this posta-server knows versions up to " +
                                                 std::to_string(store::kNewestVersion)};
        const std::vector<std::string> missing = TRY(store::missing_columns(database_, version));
        if (missing.empty()) return {};
        std::string list;
        for (const std::string& name : missing) list += (list.empty() ? "" : ", ") + name;
        return Error{ErrorCode::invalid,
                     "schema version " + std::to_string(version) + " needs " + list};
    }

    Database database_;
};

Result<void> read_keys(const AdoptRequest& request, AdoptReport& report) {
    const KeyRing ring = TRY(KeyRing::load(request.source + "/keys.json"));
    for (const Key& key : ring.keys())
        report.keys.push_back({key.id, key.created_at_text, &key == &ring.signing_key()});
    return {};
}

Result<void> rebuild_search_index(const std::string& path) {
    Database copy = TRY(Database::open(path, Database::Mode::existing));
    TRY(copy.execute("INSERT INTO messages_fts (messages_fts) VALUES ('rebuild')"));
    return copy.execute("PRAGMA journal_mode = DELETE");
}

struct CopyProgress {
    const AdoptProgress& tell;
    static void told(void* context, int done, int total) {
        if (total > 0)
            static_cast<CopyProgress*>(context)->tell("writing inbox.db", done * 100 / total);
    }
};

// tenant/inbox.db from the opened source, and the proof that the two are the same.
Result<void> copy_database(Source& source, const Staging& staging, AdoptReport& report,
                           const AdoptProgress& progress) {
    const std::string path = staging.tenant() + "/inbox.db";
    CopyProgress context{progress};
    TRY(store::copy_to_file(source.database(), path, &CopyProgress::told, &context));
    progress("comparing row by row", -1);
    {
        Database copy = TRY(Database::open(path, Database::Mode::read_only));
        report.comparison =
            TRY(store::compare_databases(source.database(), copy).within("the copy"));
        TRY(copy.integrity_check());
    }
    const Result<void> searchable = store::check_search_index(source.database());
    if (!searchable) {
        TRY(rebuild_search_index(path));
        report.search_index_rebuilt = true;
    }
    TRY(store::sync_file(path));
    report.database_sha256 = TRY(sha256_of_file(path));
    report.database_bytes = std::filesystem::file_size(path);
    return {};
}

// keys.json and the public files: their staged bytes were compared with the source's already.
Result<void> take_other_files(const Staging& staging, const AdoptReport& report) {
    for (const AdoptReport::File& file : report.source_files) {
        if (file.name.starts_with("inbox.db")) continue;
        const std::string goal = staging.tenant() + "/" + file.name;
        if (::rename((staging.source() + "/" + file.name).c_str(), goal.c_str()) != 0)
            return error_from_errno(errno, "cannot move " + file.name);
        const std::string hash = TRY(sha256_of_file(goal));
        if (hash != file.sha256)
            return Error{ErrorCode::io, file.name + " is not what was written (failing disk?)"};
    }
    return {};
}

// An empty directory that somebody prepared says who shall own it.
Result<FileOwner> owner_for(const AdoptRequest& request, const std::string& directory,
                            Existing existing) {
    struct stat status {};
    if (existing == Existing::empty && request.user.empty() &&
        ::lstat(directory.c_str(), &status) == 0 && status.st_uid != 0 && ::geteuid() == 0)
        return FileOwner{status.st_uid, status.st_gid};
    return choose_tenant_owner(request.data_dir, request.uid_range, request.user);
}

Result<void> place(const AdoptRequest& request, Staging& staging, AdoptReport& report) {
    const FileLock lock = TRY(manifest::lock_manifest(request.manifest_path));
    const Existing existing = TRY(look_at_directory(report.directory));
    if (existing == Existing::filled)
        return Error{ErrorCode::conflict,
                     report.directory + " has appeared meanwhile (run this again)"};
    report.owner = TRY(owner_for(request, report.directory, existing));
    TRY(staging.place(report.directory, report.owner));
    report.manifest_entry_written = TRY(write_manifest_entry(request));
    return {};
}

Result<void> check_keys_are_there(const AdoptRequest& request, const AdoptReport& report) {
    const KeyRing wanted = TRY(KeyRing::load(request.source + "/keys.json"));
    const KeyRing found = TRY(KeyRing::load(report.directory + "/keys.json"));
    for (const Key& key : wanted.keys()) {
        bool is_there = false;
        for (const Key& other : found.keys())
            is_there = is_there || (other.id == key.id && other.public_key == key.public_key);
        if (!is_there)
            return Error{ErrorCode::conflict,
                         report.directory + "/keys.json does not have key \"" + key.id + "\""};
    }
    return {};
}

// The directory is there: from an earlier adopt of this source, or of something else.
Result<void> verify_existing(const AdoptRequest& request, Source& source, AdoptReport& report) {
    report.outcome = AdoptReport::Outcome::already_adopted;
    TRY(check_keys_are_there(request, report));
    const std::string path = report.directory + "/inbox.db";
    struct stat status {};
    if (::lstat(report.directory.c_str(), &status) != 0)
        return error_from_errno(errno, "cannot look at " + report.directory);
    report.owner = {status.st_uid, status.st_gid};
    {
        Database present = TRY(Database::open(path, Database::Mode::read_only));
        TRY(store::check_grew_out_of(source.database(), present)
                .within(path + " does not hold what " + request.source + " holds"));
    }
    if (request.dry_run) return check_manifest_entry(request);
    const FileLock lock = TRY(manifest::lock_manifest(request.manifest_path));
    report.manifest_entry_written = TRY(write_manifest_entry(request));
    return {};
}

Result<void> check_source_is_elsewhere(const std::string& source, const std::string& directory) {
    std::error_code ignored;  // what is not there is not the same
    if (!std::filesystem::equivalent(source, directory, ignored)) return {};
    return Error{ErrorCode::invalid, "--from is the identity's own directory " + directory +
                                         " (it names where the old daemon kept its files)"};
}

Result<Staging> begin_staging(const AdoptRequest& request) {
    Staging::remove_left_over();
    if (request.dry_run) return Staging::begin_temporary();
    std::error_code failed;
    std::filesystem::create_directories(request.data_dir, failed);
    if (failed) return error_from_errno(failed.value(), "cannot make " + request.data_dir);
    return Staging::begin(request.data_dir + "/.adopt-" + request.slug);
}

// Nobody is there yet: copies, compares, and puts the finished directory in its place.
Result<void> take_over(const AdoptRequest& request, Source& source, Staging& staging,
                       AdoptReport& report, const Clock& clock, const AdoptProgress& progress) {
    TRY(copy_database(source, staging, report, progress));
    report.peer_changes = TRY(
        store::preview_peer_changes(source.database(), clock).within(request.source + "/inbox.db"));
    if (request.dry_run) {
        report.outcome = AdoptReport::Outcome::would_be_adopted;
        return {};
    }
    TRY(take_other_files(staging, report));
    return place(request, staging, report);
}

}  // namespace

Result<AdoptReport> adopt(const AdoptRequest& request, const Clock& clock,
                          const AdoptProgress& progress) {
    AdoptReport report;
    report.directory = request.data_dir + "/" + request.slug;
    TRY(check_manifest_entry(request));
    TRY(check_source_is_elsewhere(request.source, report.directory));
    const std::vector<std::string> names = TRY(list_source(request.source));
    TRY(read_keys(request, report));
    TRY(check_nobody_has_it_open(request.source));

    Staging staging = TRY(begin_staging(request));
    const Copies copies = request.dry_run ? Copies::database_alone : Copies::everything;
    report.source_files =
        TRY(copy_source(request.source, names, staging.source(), copies, progress));
    TRY(check_nobody_has_it_open(request.source));
    progress("checking the database", -1);
    Source source = TRY(Source::open(request, staging, report));
    const Existing existing = TRY(look_at_directory(report.directory));
    if (existing == Existing::filled) {
        TRY(verify_existing(request, source, report));
    } else {
        TRY(take_over(request, source, staging, report, clock, progress));
    }
    return report;
}

}  // namespace posta::worker
