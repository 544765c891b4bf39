#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "common/base/clock.h"
#include "common/base/encoding.h"
#include "common/base/file_lock.h"
#include "common/base/log.h"
#include "common/base/text_table.h"
#include "common/command.h"
#include "common/json/parse.h"
#include "common/json/write.h"
#include "common/manifest/edit.h"
#include "common/manifest/read.h"
#include "common/url/canonical.h"
#include "worker/admin/become_owner.h"
#include "worker/admin/delete_tree.h"
#include "worker/admin/identity.h"
#include "worker/admin/manifest_change.h"
#include "worker/admin/signal_daemon.h"
#include "worker/admin/tenant_owner.h"
#include "worker/admin/workplace.h"
#include "worker/identity/keys.h"
#include "worker/identity/keys_edit.h"
#include "worker/store/store.h"
#include "worker/store/summary.h"

namespace posta::worker {
namespace {

struct Wanted {
    std::string slug;
    std::string url;  // canonical
    std::string name;
    std::string user;
    bool with_token = false;
    bool is_in_manifest = false;  // its entry came first, as in the cutover, and has no files yet
};

// The first free name is that of the directory: made and given its owner at once. A directory that
// an interrupted add left to root is empty and is taken over.
Result<void> make_directory(const manifest::Server& server, const std::string& directory,
                            const std::string& user) {
    if (!user.empty() && ::geteuid() != 0)
        TRY(choose_tenant_owner(server.data_dir, server.uid_range, user));
    if (::mkdir(server.data_dir.c_str(), 0755) == 0)
        ::chmod(server.data_dir.c_str(), 0755);
    else if (errno != EEXIST)
        return error_from_errno(errno, "cannot make " + server.data_dir);

    const bool is_new = ::mkdir(directory.c_str(), 0700) == 0;
    if (!is_new && errno != EEXIST) return error_from_errno(errno, "cannot make " + directory);
    if (::geteuid() == 0) {
        struct stat status {};
        if (::lstat(directory.c_str(), &status) != 0)
            return error_from_errno(errno, "cannot look at " + directory);
        bool is_left_over = S_ISDIR(status.st_mode) && status.st_uid == 0;
        if (is_left_over) {
            const std::vector<TreeEntry> entries = TRY(list_tree(directory));
            is_left_over = entries.empty();
        }
        if (is_left_over) {
            const FileOwner owner =
                TRY(choose_tenant_owner(server.data_dir, server.uid_range, user));
            if (::lchown(directory.c_str(), owner.uid, owner.gid) != 0)
                return error_from_errno(errno, "cannot give " + directory + " to its owner");
        }
    }
    TRY(owner_of(directory));
    return sync_directory(server.data_dir);
}

Result<void> make_keys(const std::string& directory) {
    // Not around make_inbox(): a migration takes the same lock.
    const FileLock lock = TRY(FileLock::on_directory(directory));
    const std::string path = directory + "/keys.json";
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0) return {};  // never overwritten
    std::string text = TRY(new_keys_file(SystemClock().now()));
    Result<void> written = write_file_atomically(path, text, 0600);
    wipe(text);
    return written;
}

Result<std::string> make_inbox(const std::string& directory, const Wanted& wanted) {
    const SystemClock clock;
    Log log(clock, wanted.slug, LogLevel::warn, LogFormat::text);
    const auto inbox = TRY(store::Store::create(directory + "/inbox.db", clock, log));
    const std::optional<store::Profile> profile = TRY(inbox->identity().profile());
    if (profile) {
        const auto stored = url::canonicalise(profile->url);
        if (!stored || *stored != wanted.url)
            return Error{ErrorCode::conflict,
                         directory + " holds the data of " + printable(profile->url) +
                             " (take another slug, or delete them with identity purge)"};
    }
    const store::Summary held = TRY(store::summarise(inbox->database()));
    if (wanted.is_in_manifest && held.messages_in + held.messages_out > 0)
        return Error{ErrorCode::conflict,
                     directory +
                         " holds messages and no keys.json (restore it from a backup: a "
                         "fresh key would make it somebody else)"};
    TRY(inbox->identity().set_url(wanted.url));
    if (!wanted.name.empty()) TRY(inbox->identity().set_name(wanted.name));
    if (!wanted.with_token) return std::string();
    const store::TokenStore::Created created = TRY(inbox->tokens().create("identity add"));
    return created.secret;
}

// As the owner. What there is to report, as JSON members.
Result<std::string> make_contents(const std::string& directory, const Wanted& wanted) {
    const std::string token = TRY(make_inbox(directory, wanted));
    TRY(make_keys(directory));
    const KeyRing ring = TRY(KeyRing::load(directory + "/keys.json"));
    json::Writer out;
    out.begin_object()
        .member("slug", wanted.slug)
        .member("url", wanted.url)
        .member("name", wanted.name)
        .member("directory", directory)
        .member("uid", std::int64_t{::geteuid()})
        .member("keyId", ring.signing_key().id)
        .member("publicKey", base64_encode(ring.signing_key().public_key));
    if (wanted.with_token) out.member("token", token);
    out.end_object();
    return std::move(out).text();
}

bool has_key(const std::string& directory) {
    struct stat status {};
    return ::lstat((directory + "/keys.json").c_str(), &status) == 0 || errno != ENOENT;
}

// What the manifest would complain of, before anything is made.
Result<void> foresee(const Workplace& place, Wanted& wanted) {
    const manifest::Manifest& manifest = place.manifest;
    if (const manifest::Identity* taken = manifest.find(wanted.slug)) {
        wanted.is_in_manifest =
            taken->url == wanted.url && !has_key(place.directory_of(wanted.slug));
        if (wanted.is_in_manifest) return {};
        return Error{ErrorCode::conflict, "\"" + wanted.slug + "\" is in " + manifest.path +
                                              " already (line " + std::to_string(taken->line) +
                                              ", " + taken->url + ")"};
    }
    for (const manifest::Identity& other : manifest.identities)
        for (const std::string& host : other.hosts())
            if (host == url::host_of(wanted.url))
                return Error{ErrorCode::conflict,
                             "the host " + host + " is that of \"" + other.slug +
                                 "\" already (each identity needs a host of its own)"};
    return {};
}

Result<std::string> add(const Workplace& place, Wanted wanted) {
    TRY(foresee(place, wanted));
    const std::string directory = place.directory_of(wanted.slug);
    TRY(make_directory(place.manifest.server, directory, wanted.user));
    const std::string report =
        TRY(as_owner(directory, [&] { return make_contents(directory, wanted); }));
    if (wanted.is_in_manifest) return report;
    // Last: an identity is in the manifest only when all of it is there.
    TRY(change_manifest(place.manifest.path, [&wanted](std::string_view text) {
        return Result<std::string>(manifest::with_identity_added(text, wanted.slug, wanted.url));
    }));
    return report;
}

void print_report(const std::string& report, bool as_json) {
    if (as_json) {
        std::printf("%s\n", report.c_str());
        return;
    }
    const Result<json::Value, json::Fault> parsed = json::parse(report);
    CHECK(parsed);
    const auto text = [&parsed](std::string_view name) {
        const json::Value* member = parsed->find(name);
        return member ? printable(member->string().value_or(member->raw())) : std::string();
    };
    std::printf("Added %s: %s\n", text("slug").c_str(), text("url").c_str());
    TextTable table({"  directory", text("directory") + " (uid " + text("uid") + ")"});
    table.add({"  key", text("keyId") + "  " + text("publicKey")});
    std::fputs(table.text().c_str(), stdout);
    if (parsed->find("token")) std::printf("%s\n", text("token").c_str());
}

// Nothing: go on.
std::optional<int> complain_about(const Options& options, const Wanted& wanted) {
    if (!manifest::is_slug(wanted.slug))
        return options.misused("--slug is \"" + printable(wanted.slug) +
                               "\", allowed is 1 to 63 of a-z, 0-9 and '-', with no '-' at "
                               "either end");
    if (wanted.name.size() > 256 || printable(wanted.name) != wanted.name)
        return options.misused("--name is \"" + printable(wanted.name) +
                               "\", allowed are 256 bytes of UTF-8 without control characters");
    const auto canonical = url::canonicalise_typed(wanted.url);
    if (!canonical)
        return options.misused("--url is \"" + printable(wanted.url) + "\", which is " +
                               std::string(name_of(canonical.error())) + ": " +
                               std::string(advice_for(canonical.error())));
    return std::nullopt;
}

}  // namespace

int identity_add(const std::vector<std::string>& words) {
    Options options("identity add", "--slug S --url U [--name N] [--user NAME] [--apply]",
                    "Makes an identity: its directory, a fresh key, an empty inbox, its entry in "
                    "the manifest.\nAn add that was interrupted can be repeated.");
    options.required("slug", "S", "its name on this server: 1 to 63 of a-z, 0-9 and '-'")
        .required("url", "U", "its https URL, by which the world knows it")
        .value("name", "N", "its name for people")
        .value("user", "NAME", "as root: whose files they are (a uid of uid_range)")
        .flag("print-token", "makes a first token and prints it, this once")
        .flag("apply", "makes the running daemon load the manifest")
        .flag("json", "prints JSON")
        .manifest_options();
    if (const auto exit_code = options.parse(words)) return *exit_code;
    Wanted wanted{options.get("slug"), options.get("url"), options.get("name"), options.get("user"),
                  options.has("print-token")};
    if (const auto exit_code = complain_about(options, wanted)) return *exit_code;
    wanted.url = url::canonicalise_typed(wanted.url).value();

    const Result<FileLock> lock = manifest::lock_manifest(options.manifest_path());
    if (!lock) return fail("identity add", lock.error());
    const Result<Workplace, ExitFailure> place = find_or_begin_workplace(options);
    if (!place) return place.error();
    const Result<std::string> report = add(*place, wanted);
    if (!report) return fail("identity add", report.error());
    print_report(*report, options.has("json"));
    return finish_change(Loads::manifest, options.has("apply"), place->manifest.server.run_dir,
                         wanted.slug, "identity add");
}

}  // namespace posta::worker
