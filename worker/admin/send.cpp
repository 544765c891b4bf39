#include "worker/admin/send.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/text_table.h"
#include "common/command.h"
#include "common/json/parse.h"
#include "common/json/write.h"
#include "common/url/canonical.h"
#include "worker/admin/await_delivery.h"
#include "worker/admin/become_owner.h"
#include "worker/admin/order_server.h"
#include "worker/admin/workplace.h"
#include "worker/envelope/wire.h"
#include "worker/store/store.h"

namespace posta::worker {

using std::chrono_literals::operator""s;

namespace {

constexpr long kWaitAtMost = 60;
constexpr long kLongestWait = 86'400;
constexpr auto kPatienceWithServer = 10s;

Error invalid(std::string message) { return {ErrorCode::invalid, std::move(message)}; }

Result<std::string> read_standard_input() {
    std::string bytes;
    char buffer[4096];
    while (bytes.size() <= wire::kMaxBodyBytes) {
        const ssize_t count = ::read(STDIN_FILENO, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return error_from_errno(errno, "cannot read standard input");
        if (count == 0) return bytes;
        bytes.append(buffer, static_cast<std::size_t>(count));
    }
    return invalid("the payload on standard input is over " + std::to_string(wire::kMaxBodyBytes) +
                   " bytes");
}

// As the owner: "ROW ID" of the message that is queued, durably.
Result<std::string> queue(const std::string& directory, const Draft& draft) {
    const SystemClock clock;
    Log log(clock, "send", LogLevel::warn, LogFormat::text);
    const auto inbox = TRY(store::Store::open(directory + "/inbox.db", clock, log));
    const QueuedDraft queued =
        TRY(inbox->turn().write([&] { return enqueue(*inbox, draft, clock.now()); }));
    TRY(inbox->turn().finish());
    return std::to_string(queued.row_id) + " " + queued.id;
}

Result<QueuedDraft> queue_as_owner(const std::string& directory, const Draft& draft) {
    const std::string line =
        TRY(as_owner(directory, [&]() -> Result<std::string> { return queue(directory, draft); }));
    const std::size_t space = line.find(' ');
    return QueuedDraft{std::stoll(line.substr(0, space)), line.substr(space + 1), false};
}

struct Report {
    const Tenant& tenant;
    const Draft& draft;
    const QueuedDraft& queued;
    const Result<void>& woken;
    std::optional<DeliveryState> state;  // present: it was waited for
};

void print_json(const Report& report) {
    json::Writer out;
    out.begin_object()
        .member("slug", report.tenant.identity.slug)
        .member("rowId", report.queued.row_id)
        .member("id", report.queued.id)
        .member("peer", url::display_form(report.draft.peer))
        .member("state", report.state ? report.state->state : store::state::kPending)
        .member("attempts", report.state ? report.state->attempts : 0)
        .member("lastErrorCode", report.state ? report.state->error_code : "")
        .member("workerTold", report.woken.has_value())
        .end_object();
    std::printf("%s\n", std::move(out).text().c_str());
}

void print_text(const Report& report) {
    const std::string peer(url::display_form(report.draft.peer));
    const std::string about = report.queued.id + " to " + peer;
    if (!report.state) return static_cast<void>(std::printf("Queued: %s\n", about.c_str()));
    const std::string why =
        report.state->error_code.empty() ? "" : " (" + report.state->error_code + ")";
    std::printf("%s: %s%s\n", report.state->state.c_str(), about.c_str(), why.c_str());
}

int finish(const Report& report, bool as_json) {
    as_json ? print_json(report) : print_text(report);
    std::fflush(stdout);
    if (!report.woken)
        std::fprintf(stderr, "Not sent yet, it waits in the outbox: %s\n",
                     report.woken.error().message.c_str());
    if (!report.state) return kExitDone;
    if (report.state->state == store::state::kDelivered) return kExitDone;
    const bool absent = !report.woken && report.woken.error().code == ErrorCode::not_found;
    return absent && !report.state->is_final() ? kExitNotRunning : kExitFailed;
}

}  // namespace

std::string text_payload(std::string_view text) {
    json::Writer out;
    out.begin_object().member("kind", "posta.text/v1").member("body", text).end_object();
    return std::move(out).text();
}

Result<Draft> draft_from_words(std::string_view peer, std::string_view payload,
                               std::string_view in_reply_to, std::string_view own_url) {
    const auto canonical = url::canonicalise_typed(peer);
    if (!canonical)
        return invalid("--to \"" + printable(peer) + "\" is no participant's URL: " +
                       std::string(url::name_of(canonical.error())) + ": " +
                       std::string(url::advice_for(canonical.error())));
    const auto parsed = json::parse(payload);
    if (!parsed)
        return invalid("the payload is not JSON at byte " + std::to_string(parsed.error().offset) +
                       ": " + parsed.error().reason + " (--text sends plain text)");
    Draft draft{*canonical, std::string(parsed->raw()), std::string(in_reply_to)};
    // It stands inside the envelope, one level deeper than it is here.
    if (!json::parse("[" + draft.payload + "]"))
        return invalid("the payload is nested deeper than " + std::to_string(json::kMaxDepth - 1));
    if (in_reply_to.size() > wire::kMaxInReplyToBytes)
        return invalid("--in-reply-to is over " + std::to_string(wire::kMaxInReplyToBytes) +
                       " bytes");
    if (!has_acceptable_payload(draft)) return invalid("the url of a link must be https");
    if (!fits_envelope(draft, own_url))
        return invalid("the message would be over " + std::to_string(wire::kMaxBodyBytes) +
                       " bytes");
    return draft;
}

int send_message(const std::vector<std::string>& words) {
    Options options("send", "--slug S --to URL [--text T] [--wait]",
                    "Queues a message; without --text its payload is JSON on standard input.");
    options.required("slug", "S", "the identity that sends")
        .required("to", "URL", "the recipient")
        .value("text", "T", "sends this text")
        .value("in-reply-to", "ID", "the id of the message that this one answers")
        .flag("wait", "waits for the outcome; 0 only when it was delivered")
        .value("wait-seconds", "N", "how long --wait waits, 60 unless given")
        .flag("json", "prints JSON")
        .manifest_options();
    if (const auto exit_code = options.parse(words)) return *exit_code;
    const auto seconds = options.number("wait-seconds", kWaitAtMost, 1, kLongestWait);
    if (!seconds) return kExitUsage;
    const Result<Tenant, ExitFailure> tenant = find_tenant(options, "send");
    if (!tenant) return tenant.error();

    const Result<std::string> payload =
        options.has("text") ? text_payload(options.get("text")) : read_standard_input();
    if (!payload) return fail("send", payload.error());
    const Result<Draft> draft = draft_from_words(options.get("to"), *payload,
                                                 options.get("in-reply-to"), tenant->identity.url);
    if (!draft) return options.misused(draft.error().message);
    const Result<QueuedDraft> queued = queue_as_owner(tenant->directory, *draft);
    if (!queued) return fail("send", queued.error());

    const Result<void> woken =
        order_server(tenant->run_dir, "wake " + tenant->identity.slug, kPatienceWithServer);
    Report report{*tenant, *draft, *queued, woken, std::nullopt};
    if (options.has("wait")) {
        // Nobody sends it: there is nothing to wait for.
        const auto patience = woken ? *seconds * 1s : 0s;
        const auto state = await_delivery(tenant->directory, queued->row_id, patience);
        if (!state) return fail("send", state.error());
        report.state = *state;
    }
    return finish(report, options.has("json"));
}

}  // namespace posta::worker
