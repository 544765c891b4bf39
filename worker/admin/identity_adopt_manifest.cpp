#include "worker/admin/identity_adopt_manifest.h"

#include "common/base/file.h"
#include "common/manifest/edit.h"
#include "common/manifest/read.h"
#include "worker/admin/manifest_change.h"

namespace posta::worker {
namespace {

constexpr std::size_t kMaxManifestBytes = 8U << 20;

// A manifest that does not exist yet counts as empty.
Result<std::string> read_manifest(const std::string& path) {
    Result<std::string> text = read_file(path, kMaxManifestBytes);
    if (!text && text.error().code == ErrorCode::not_found) return std::string();
    return text;
}

// The text with the entry; the same text when it has it.
Result<std::string> with_entry(std::string_view text, const AdoptRequest& request) {
    const auto now = manifest::read_text(text, request.manifest_path);
    if (!now)
        return Error{ErrorCode::invalid,
                     "the manifest is not valid:\n" +
                         manifest::describe(now.error(), request.manifest_path)};
    const manifest::Identity* present = now->find(request.slug);
    if (present == nullptr) return manifest::with_identity_added(text, request.slug, request.url);
    if (present->url == request.url) return std::string(text);
    return Error{ErrorCode::conflict, request.manifest_path + " has identity \"" + request.slug +
                                          "\" with the URL " + present->url + ", not " +
                                          request.url};
}

Result<std::string> checked_entry(std::string_view text, const AdoptRequest& request) {
    std::string edited = TRY(with_entry(text, request));
    const auto outcome = manifest::read_text(edited, request.manifest_path);
    if (outcome) return edited;
    return Error{ErrorCode::invalid,
                 "the manifest would not be valid with this identity:\n" +
                     manifest::describe(outcome.error(), request.manifest_path)};
}

}  // namespace

Result<void> check_manifest_entry(const AdoptRequest& request) {
    const std::string text = TRY(read_manifest(request.manifest_path));
    TRY(checked_entry(text, request));
    return {};
}

Result<bool> write_manifest_entry(const AdoptRequest& request) {
    const std::string text = TRY(read_manifest(request.manifest_path));
    const std::string edited = TRY(checked_entry(text, request));
    if (edited == text) return false;
    TRY(change_manifest(request.manifest_path,
                        [&](std::string_view) -> Result<std::string> { return edited; }));
    return true;
}

}  // namespace posta::worker
