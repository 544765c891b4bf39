#include "worker/admin/check.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>

#include "common/base/text_table.h"
#include "common/command.h"
#include "common/json/write.h"
#include "common/manifest/read.h"
#include "worker/admin/check_tenant.h"
#include "worker/admin/workplace.h"
#include "worker/outbox/curl_library.h"

namespace posta::worker {
namespace {

using Level = Finding::Level;
using Findings = std::vector<Finding>;

std::string count_of(std::size_t count, const std::string& one, const std::string& many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

void check_manifest_file(const Workplace& place, Findings& findings) {
    findings.push_back({Level::ok, "manifest",
                        place.manifest.path + ": " +
                            count_of(place.manifest.identities.size(), "identity", "identities")});
    struct stat status {};
    if (::stat(place.manifest.path.c_str(), &status) == 0 && (status.st_mode & 022U) != 0)
        findings.push_back({Level::warning, "manifest",
                            place.manifest.path + " can be written by others (chmod go-w it)"});
    const std::string& user = place.manifest.server.front_user;
    if (user.empty()) return;
    const bool is_number = user.find_first_not_of("0123456789") == std::string::npos;
    const passwd* entry = is_number ? nullptr : ::getpwnam(user.c_str());
    if (entry == nullptr && !is_number)
        findings.push_back({Level::error, "manifest",
                            "front_user \"" + user + "\" is no user (make it, or leave it out)"});
    const bool is_root = is_number ? user.find_first_not_of('0') == std::string::npos
                                   : entry && (entry->pw_uid == 0 || entry->pw_gid == 0);
    if (is_root && ::geteuid() == 0)
        findings.push_back(
            {Level::error, "manifest",
             "front_user \"" + user + "\" is root or in its group, allowed is any other user"});
}

void check_sharing(const Workplace& place, Findings& findings) {
    std::map<uid_t, std::string> first_of;
    for (const manifest::Identity& identity : place.manifest.identities) {
        struct stat status {};
        if (::lstat(place.directory_of(identity.slug).c_str(), &status) != 0) continue;
        const auto [first, is_new] = first_of.emplace(status.st_uid, identity.slug);
        if (!is_new && ::geteuid() == 0)
            findings.push_back({Level::warning, identity.slug,
                                "uid " + std::to_string(status.st_uid) + " is that of \"" +
                                    first->second +
                                    "\" too: the two are not kept from each other's files"});
    }
}

void check_identity(const Workplace& place, const manifest::Identity& identity,
                    Findings& findings) {
    for (Finding& finding : check_tenant(identity, place.directory_of(identity.slug))) {
        // What is switched off cannot fail to start.
        if (!identity.enabled && finding.level == Level::error) finding.level = Level::warning;
        findings.push_back(std::move(finding));
    }
    const std::string& bundle = identity.settings.ca_bundle;
    if (::access(bundle.c_str(), R_OK) != 0)
        findings.push_back({Level::warning, identity.slug,
                            "ca_bundle " + bundle + " cannot be read: sending will fail"});
}

Findings findings_from(const manifest::Complaints& complaints, const std::string& path) {
    Findings findings;
    for (const manifest::Complaint& complaint : complaints) {
        std::string text = manifest::describe({complaint}, path);
        text.pop_back();
        findings.push_back({Level::error, "manifest", std::move(text)});
    }
    return findings;
}

std::size_t count_level(const Findings& findings, Level level) {
    return static_cast<std::size_t>(
        std::count_if(findings.begin(), findings.end(),
                      [level](const Finding& finding) { return finding.level == level; }));
}

void print_json(const Findings& findings) {
    json::Writer out;
    out.begin_object().member("ok", count_level(findings, Level::error) == 0);
    out.key("findings").begin_array();
    for (const Finding& finding : findings)
        out.begin_object()
            .member("level", name_of(finding.level))
            .member("subject", finding.subject)
            .member("text", finding.text)
            .end_object();
    out.end_array().end_object();
    std::printf("%s\n", std::move(out).text().c_str());
}

void print_text(const Findings& findings) {
    TextTable table({"RESULT", "SUBJECT", "FINDING"});
    for (const Finding& finding : findings)
        table.add({std::string(name_of(finding.level)), finding.subject, finding.text});
    std::fputs(table.text().c_str(), stdout);
    std::printf("%s, %s\n",
                count_of(count_level(findings, Level::error), "error", "errors").c_str(),
                count_of(count_level(findings, Level::warning), "warning", "warnings").c_str());
}

}  // namespace

int check(const std::vector<std::string>& words) {
    Options options("check", "[--manifest FILE] [--manifest-only]",
                    "Looks at manifest, directories, owners, modes, keys and databases, and "
                    "changes nothing.\nExit code 3 when there is an error.");
    options.flag("manifest-only", "looks at the manifest alone, not at the identities' directories")
        .flag("json", "prints JSON")
        .manifest_options();
    if (const auto exit_code = options.parse(words)) return *exit_code;

    Findings findings;
    if (options.has("json")) {
        const auto manifest = manifest::read(options.manifest_path());
        if (!manifest) {
            print_json(findings_from(manifest.error(), options.manifest_path()));
            return kExitInvalid;
        }
    }
    const Result<Workplace, ExitFailure> place = find_workplace(options);
    if (!place) return place.error();
    check_manifest_file(*place, findings);
    if (!options.has("manifest-only")) {
        for (const manifest::Identity& identity : place->manifest.identities)
            check_identity(*place, identity, findings);
        check_sharing(*place, findings);
        if (const Result<void> loaded = load_curl(); !loaded)
            findings.push_back({Level::error, "libcurl", loaded.error().message});
    }
    if (options.has("json"))
        print_json(findings);
    else
        print_text(findings);
    return count_level(findings, Level::error) == 0 ? kExitDone : kExitInvalid;
}

}  // namespace posta::worker
