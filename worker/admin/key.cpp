#include "worker/admin/key.h"

#include <cstdio>
#include <functional>

#include "common/base/clock.h"
#include "common/base/encoding.h"
#include "common/base/file.h"
#include "common/base/file_lock.h"
#include "common/base/text_table.h"
#include "common/command.h"
#include "common/json/write.h"
#include "worker/admin/become_owner.h"
#include "worker/admin/signal_daemon.h"
#include "worker/admin/workplace.h"
#include "worker/identity/keys.h"
#include "worker/identity/keys_edit.h"

namespace posta::worker {
namespace {

struct Changed {
    std::string text;    // the new file
    std::string report;  // what is printed
};
using Change = std::function<Result<Changed>(std::string_view text)>;

// As the owner, one command at a time. Returns the report.
Result<std::string> change_keys(const std::string& directory, const Change& change) {
    return as_owner(directory, [&]() -> Result<std::string> {
        const FileLock lock = TRY(FileLock::on_directory(directory));
        const std::string path = directory + "/keys.json";
        std::string text = TRY(read_keys_file(path));
        Result<Changed> changed = change(text);
        wipe(text);
        if (!changed) return changed.error();
        const Result<void> written = write_file_atomically(path, changed->text, 0600);
        wipe(changed->text);
        TRY(written);
        return std::move(changed->report);
    });
}

}  // namespace

int key_list(const std::vector<std::string>& words) {
    Options options("key list", "--slug S", "Shows the public half of an identity's keys.");
    options.required("slug", "S", "the identity").flag("json", "prints JSON").manifest_options();
    if (const auto exit_code = options.parse(words)) return *exit_code;
    const Result<Tenant, ExitFailure> tenant = enter_tenant(options, "key list");
    if (!tenant) return tenant.error();

    const Result<KeyRing> ring = KeyRing::load(tenant->directory + "/keys.json");
    if (!ring) return fail("key list", ring.error());
    TextTable table({"ID", "CREATED", "USE", "PUBLIC KEY"});
    json::Writer out;
    out.begin_object().member("slug", tenant->identity.slug).key("keys").begin_array();
    for (const Key& key : ring->keys()) {
        const bool signs = &key == &ring->signing_key();
        const std::string public_key = base64_encode(key.public_key);
        table.add({key.id, key.created_at_text, signs ? "signs" : "published", public_key});
        out.begin_object()
            .member("id", key.id)
            .member("algorithm", "ed25519")
            .member("publicKey", public_key)
            .member("createdAt", key.created_at_text)
            .member("signs", signs)
            .end_object();
    }
    out.end_array().end_object();
    const std::string shown = options.has("json") ? std::move(out).text() + "\n" : table.text();
    std::fputs(shown.c_str(), stdout);
    return kExitDone;
}

int key_rotate(const std::vector<std::string>& words) {
    Options options("key rotate", "--slug S [--apply]",
                    "Adds a key. All are published; the new one signs.");
    options.required("slug", "S", "the identity")
        .flag("apply", "restarts the identity's worker, without losing a request")
        .flag("json", "prints JSON")
        .manifest_options();
    if (const auto exit_code = options.parse(words)) return *exit_code;
    const Result<Tenant, ExitFailure> tenant = find_tenant(options, "key rotate");
    if (!tenant) return tenant.error();

    const std::string& slug = tenant->identity.slug;
    const bool as_json = options.has("json");
    const auto add = [&](std::string_view text) -> Result<Changed> {
        Rotated rotated = TRY(with_key_added(text, SystemClock().now()));
        const KeyRing ring = TRY(KeyRing::parse(rotated.text));
        const std::string public_key = base64_encode(ring.signing_key().public_key);
        json::Writer out;
        out.begin_object()
            .member("slug", slug)
            .member("id", rotated.key_id)
            .member("publicKey", public_key)
            .member("createdAt", ring.signing_key().created_at_text)
            .end_object();
        const std::string sentence = "Key " + rotated.key_id + " now signs: " + public_key;
        return Changed{std::move(rotated.text), as_json ? std::move(out).text() : sentence};
    };
    const Result<std::string> report = change_keys(tenant->directory, add);
    if (!report) return fail("key rotate", report.error());
    std::puts(report->c_str());
    return finish_change(Loads::keys, options.has("apply"), tenant->run_dir, slug, "key rotate");
}

int key_remove(const std::vector<std::string>& words) {
    Options options("key remove", "--slug S --id ID [--apply]",
                    "Removes a key. Messages signed with it are no longer accepted by peers.");
    options.required("slug", "S", "the identity")
        .required("id", "ID", "the key, as key list shows it")
        .flag("apply", "restarts the identity's worker, without losing a request")
        .flag("json", "prints JSON")
        .manifest_options();
    if (const auto exit_code = options.parse(words)) return *exit_code;
    const Result<Tenant, ExitFailure> tenant = find_tenant(options, "key remove");
    if (!tenant) return tenant.error();

    const std::string& slug = tenant->identity.slug;
    const std::string id = options.get("id");
    const bool as_json = options.has("json");
    const auto remove = [&](std::string_view text) -> Result<Changed> {
        std::string left = TRY(with_key_removed(text, id));
        json::Writer out;
        out.begin_object().member("slug", slug).member("removed", id).end_object();
        const std::string sentence = "Key " + printable(id) + " is removed.";
        return Changed{std::move(left), as_json ? std::move(out).text() : sentence};
    };
    const Result<std::string> report = change_keys(tenant->directory, remove);
    if (!report) return fail("key remove", report.error());
    std::puts(report->c_str());
    return finish_change(Loads::keys, options.has("apply"), tenant->run_dir, slug, "key remove");
}

}  // namespace posta::worker
