#include "worker/admin/identity_adopt.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "common/base/file.h"
#include "common/base/rfc3339.h"
#include "common/command.h"
#include "common/manifest/manifest.h"
#include "common/options.h"
#include "common/url/canonical.h"
#include "worker/admin/identity_adopt_report.h"
#include "worker/admin/identity_adopt_steps.h"
#include "worker/admin/signal_daemon.h"
#include "worker/admin/workplace.h"

namespace posta::worker {
namespace {

constexpr const char* kCommand = "identity adopt";

Options declare() {
    Options options(kCommand,
                    "--slug S --url U --from DIR [--dry-run] [--move] [--user NAME] [--apply]",
                    "Takes over the directory of a single-tenant daemon: verifies keys and "
                    "database, copies, compares the copy row by row, sets owner and modes, writes "
                    "the manifest entry. The source is never changed. Interrupted at any point, "
                    "run it again.");
    options.required("slug", "S", "name of the identity here: [a-z0-9-]+")
        .required("url", "U", "the URL that it has: a different URL is a different identity")
        .required("from", "DIR", "the directory with keys.json and inbox.db; its daemon is stopped")
        .flag("dry-run", "do all checks, change nothing")
        .flag("move", "afterwards rename DIR to DIR.adopted-<time>, so that no old daemon finds it")
        .value("user", "NAME", "who shall own the directory (as root; default: a uid of its own)")
        .flag("apply", "make the running daemon load the manifest")
        .flag("json", "print the report as JSON")
        .manifest_options();
    return options;
}

// On a terminal: one line that changes, gone at the end.
class ProgressLine {
public:
    explicit ProgressLine(bool shown) : shown_(shown) {}
    ~ProgressLine() {
        if (!last_.empty()) std::fputs("\r\033[K", stderr);
    }
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    void show(std::string_view step, int percent) {
        if (!shown_) return;
        std::string now(step);
        if (percent >= 0) now += " " + std::to_string(percent) + " %";
        if (now == last_) return;
        std::fprintf(stderr, "\r\033[K%s", now.c_str());
        last_ = std::move(now);
    }

private:
    bool shown_;
    std::string last_;
};

std::string without_trailing_slash(std::string path) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path;
}

Result<AdoptRequest> request_from(const Options& options, const manifest::Server& server) {
    AdoptRequest request;
    request.slug = options.get("slug");
    request.source = without_trailing_slash(options.get("from"));
    request.manifest_path = options.manifest_path();
    request.user = options.get("user");
    request.dry_run = options.has("dry-run");
    const Result<std::string, url::Rejection> url = url::canonicalise_typed(options.get("url"));
    if (!url)
        return Error{ErrorCode::invalid, "--url: " + std::string(url::name_of(url.error())) + " (" +
                                             std::string(url::advice_for(url.error())) + ")"};
    request.url = *url;

    request.data_dir = without_trailing_slash(server.data_dir);
    request.uid_range = server.uid_range;
    return request;
}

Result<std::string> set_source_aside(const std::string& source, const Clock& clock) {
    std::string goal = source + ".adopted-" + format_time(clock.now()).substr(0, 19) + "Z";
    if (::rename(source.c_str(), goal.c_str()) != 0)
        return error_from_errno(errno,
                                "everything is adopted, but " + source + " cannot be renamed");
    const std::filesystem::path parent = std::filesystem::path(source).parent_path();
    TRY(sync_directory(parent.empty() ? "." : parent.string()));
    return goal;
}

int finish(const Options& options, const AdoptRequest& request, const std::string& run_dir,
           const Clock& clock) {
    if (request.dry_run) return kExitDone;
    if (options.has("move")) {
        const Result<std::string> aside = set_source_aside(request.source, clock);
        if (!aside) return fail(kCommand, aside.error());
        std::fprintf(stderr, "the source is now %s\n", aside->c_str());
    }
    return finish_change(Loads::manifest, options.has("apply"), run_dir, request.slug, kCommand);
}

}  // namespace

int identity_adopt(const std::vector<std::string>& words) {
    Options options = declare();
    if (const std::optional<int> code = options.parse(words)) return *code;
    if (!manifest::is_slug(options.get("slug")))
        return options.misused(
            "--slug must be 1 to 63 of a-z, 0-9 and '-', with no '-' at either "
            "end");
    const Result<Workplace, ExitFailure> place = find_or_begin_workplace(options);
    if (!place) return place.error();
    const Result<AdoptRequest> request = request_from(options, place->manifest.server);
    if (!request) return fail(kCommand, request.error());

    const SystemClock clock;
    const SteadyTime started = clock.steady();
    Result<AdoptReport> report = [&] {
        ProgressLine line(::isatty(STDERR_FILENO) == 1);
        return adopt(*request, clock,
                     [&](std::string_view step, int percent) { line.show(step, percent); });
    }();
    if (!report) return fail(kCommand, std::move(report).error().within(request->slug));
    const auto duration =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock.steady() - started);
    const std::string text = options.has("json") ? to_json(*request, *report, duration) + "\n"
                                                 : describe(*request, *report, duration);
    std::fputs(text.c_str(), stdout);
    return finish(options, *request, place->manifest.server.run_dir, clock);
}

}  // namespace posta::worker
