#include "worker/admin/inbox_command.h"

#include <cstdio>

#include "worker/admin/qr_code.h"

namespace posta::worker {

Options inbox_options(const std::string& name, const std::string& synopsis,
                      const std::string& description) {
    Options options(name, synopsis, description);
    options.required("slug", "S", "the identity").flag("json", "prints JSON").manifest_options();
    return options;
}

void show(const Options& options, std::string_view json, std::string_view text) {
    std::string shown(options.has("json") ? json : text);
    if (!shown.ends_with('\n')) shown += '\n';
    std::fputs(shown.c_str(), stdout);
}

void show_with_code(const Options& options, std::string_view json, std::string_view text,
                    std::string_view link) {
    std::string shown(text);
    if (!options.has("no-qr") && !options.has("json")) {
        // A link is far shorter than what a code can hold; without its picture it still is a link.
        if (const Result<std::string> picture = qr_code(link)) shown += "\n" + *picture;
    }
    show(options, json, shown);
}

}  // namespace posta::worker
