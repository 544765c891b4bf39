#include "worker/admin/identity_adopt_report.h"

#include "common/json/write.h"

namespace posta::worker {
namespace {

std::string_view name_of(AdoptReport::Outcome outcome) {
    switch (outcome) {
        case AdoptReport::Outcome::adopted:
            return "adopted";
        case AdoptReport::Outcome::already_adopted:
            return "already adopted";
        case AdoptReport::Outcome::would_be_adopted:
            return "would be adopted (dry run, nothing was changed)";
    }
    CHECK(false);
}

std::string_view code_of(AdoptReport::Outcome outcome) {
    switch (outcome) {
        case AdoptReport::Outcome::adopted:
            return "adopted";
        case AdoptReport::Outcome::already_adopted:
            return "already-adopted";
        case AdoptReport::Outcome::would_be_adopted:
            return "dry-run";
    }
    CHECK(false);
}

void line(std::string& text, std::string_view name, const std::string& value) {
    std::string label = "  " + std::string(name);
    label.resize(std::max<std::size_t>(label.size() + 1, 18), ' ');
    text += label + value + "\n";
}

std::string joined(const std::vector<std::pair<std::string, std::int64_t>>& counts) {
    std::string text;
    for (const auto& [name, count] : counts)
        text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + name;
    return text.empty() ? "empty" : text;
}

std::string keys_of(const AdoptReport& report) {
    std::string text;
    for (const AdoptReport::KeyLine& key : report.keys)
        text += (text.empty() ? "" : ", ") + key.id + (key.signs ? " (signs)" : "");
    return text;
}

void describe_copy(std::string& text, const AdoptReport& report) {
    for (const store::TableRows& table : report.comparison.tables)
        line(text, "rows compared", table.table + " " + std::to_string(table.rows));
    line(text, "digest of rows", report.comparison.digest);
    line(text, "inbox.db",
         std::to_string(report.database_bytes) + " bytes, sha256 " + report.database_sha256);
    if (report.search_index_rebuilt)
        line(text, "search", "the index did not match the messages and was built anew");
    const store::PeerChanges& peers = report.peer_changes;
    line(text, "first start",
         std::to_string(peers.respelled_urls) + " peer URLs made canonical, " +
             std::to_string(peers.merged_contacts) + " contacts merged, " +
             std::to_string(peers.renamed_messages) + " message ids made distinct, " +
             std::to_string(peers.unusable_urls) + " URLs left as they are");
}

}  // namespace

std::string describe(const AdoptRequest& request, const AdoptReport& report,
                     std::chrono::milliseconds duration) {
    std::string text = request.slug + ": " + std::string(name_of(report.outcome)) + "\n";
    line(text, "url", request.url);
    line(text, "from", request.source);
    line(text, "directory", report.directory);
    if (report.outcome != AdoptReport::Outcome::would_be_adopted)
        line(text, "owner",
             std::to_string(report.owner.uid) + ":" + std::to_string(report.owner.gid));
    line(text, "keys", keys_of(report));
    const store::Summary& summary = report.summary;
    line(text, "schema", "version " + std::to_string(summary.version));
    line(text, "messages",
         std::to_string(summary.messages_in) + " in, " + std::to_string(summary.messages_out) +
             " out");
    line(text, "outbox", joined(summary.outbox));
    line(text, "contacts", std::to_string(summary.contacts));
    line(text, "tokens",
         std::to_string(summary.tokens_active) + " active, " +
             std::to_string(summary.tokens_revoked) + " revoked");
    for (const AdoptReport::File& file : report.source_files)
        line(text, "source file",
             file.name + " " + std::to_string(file.bytes) + " bytes, sha256 " + file.sha256);
    if (report.outcome != AdoptReport::Outcome::already_adopted) describe_copy(text, report);
    line(text, "manifest",
         report.manifest_entry_written ? "entry written to " + request.manifest_path : "unchanged");
    line(text, "took", std::to_string(duration.count()) + " ms");
    return text;
}

std::string to_json(const AdoptRequest& request, const AdoptReport& report,
                    std::chrono::milliseconds duration) {
    const store::Summary& summary = report.summary;
    json::Writer out;
    out.begin_object()
        .member("slug", request.slug)
        .member("url", request.url)
        .member("source", request.source)
        .member("directory", report.directory)
        .member("outcome", code_of(report.outcome))
        .member("uid", static_cast<std::int64_t>(report.owner.uid))
        .member("gid", static_cast<std::int64_t>(report.owner.gid))
        .member("schemaVersion", summary.version);
    out.key("keys").begin_array();
    for (const AdoptReport::KeyLine& key : report.keys)
        out.begin_object()
            .member("id", key.id)
            .member("createdAt", key.created_at)
            .member("signs", key.signs)
            .end_object();
    out.end_array().key("sourceFiles").begin_array();
    for (const AdoptReport::File& file : report.source_files)
        out.begin_object()
            .member("name", file.name)
            .member("bytes", static_cast<std::int64_t>(file.bytes))
            .member("sha256", file.sha256)
            .end_object();
    out.end_array().key("rows").begin_object();
    for (const store::TableRows& table : report.comparison.tables)
        out.member(table.table, table.rows);
    out.end_object().member("rowsSha256", report.comparison.digest);
    out.key("outbox").begin_object();
    for (const auto& [state, count] : summary.outbox) out.member(state, count);
    out.end_object()
        .member("messagesIn", summary.messages_in)
        .member("messagesOut", summary.messages_out)
        .member("contacts", summary.contacts)
        .member("tokensActive", summary.tokens_active)
        .member("tokensRevoked", summary.tokens_revoked)
        .member("databaseBytes", static_cast<std::int64_t>(report.database_bytes))
        .member("databaseSha256", report.database_sha256)
        .member("searchIndexRebuilt", report.search_index_rebuilt)
        .key("firstStart")
        .begin_object()
        .member("respelledUrls", report.peer_changes.respelled_urls)
        .member("mergedContacts", report.peer_changes.merged_contacts)
        .member("renamedMessages", report.peer_changes.renamed_messages)
        .member("unusableUrls", report.peer_changes.unusable_urls)
        .end_object()
        .member("manifestEntryWritten", report.manifest_entry_written)
        .member("durationMs", static_cast<std::int64_t>(duration.count()))
        .end_object();
    return std::move(out).text();
}

}  // namespace posta::worker
