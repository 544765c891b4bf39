#include "worker/admin/smoke.h"

#include <cstdio>

#include "common/base/encoding.h"
#include "common/base/text_table.h"
#include "common/command.h"
#include "common/json/parse.h"
#include "common/json/write.h"
#include "common/url/canonical.h"
#include "worker/admin/become_owner.h"
#include "worker/admin/workplace.h"
#include "worker/identity/keys.h"
#include "worker/outbox/blocking_get.h"

namespace posta::worker {
namespace {

constexpr const char* kUnknownHost = "smoke-unknown-host.invalid";

struct Outcome {
    std::string slug;
    std::string request;
    std::string expected;
    std::string found;
    bool good = false;
};

// How the requests travel.
struct Way {
    bool via_url = false;
    std::string connect;  // ADDR:PORT

    BlockingGet request(const manifest::Identity& identity, std::string_view path) const {
        BlockingGet get;
        get.url = (via_url ? "https://" : "http://") +
                  std::string(url::display_form(identity.url)) + std::string(path);
        get.fields.push_back("Accept: application/posta+json, application/json;q=0.9");
        get.fields.push_back("Host: " + std::string(url::authority_of(identity.url)));
        if (!via_url) get.connect_to = connect;
        get.ca_bundle = identity.settings.ca_bundle;
        return get;
    }
};

std::string found_in(const Result<BlockingAnswer>& answer) {
    return answer ? std::to_string(answer->status) : "no answer: " + answer.error().message;
}

Outcome judge_status(const std::string& slug, const std::string& shown, const BlockingGet& request,
                     int expected) {
    const Result<BlockingAnswer> answer = get(request);
    return {slug, shown, std::to_string(expected), found_in(answer),
            answer && answer->status == expected};
}

Outcome judge_setup(const manifest::Identity& identity, const Way& way) {
    BlockingGet request = way.request(identity, "/setup");
    request.fields[0] = "Accept: text/html";
    const Result<BlockingAnswer> answer = get(request);
    const bool is_html = answer && answer->content_type.starts_with("text/html");
    return {identity.slug, "GET /setup", "200 HTML",
            found_in(answer) + (!answer || is_html ? "" : " " + answer->content_type),
            is_html && answer->status == 200};
}

// "ID PUBLICKEY" a line, read as the directory's owner.
Result<std::vector<std::string>> expected_keys(const std::string& directory) {
    const auto read = [&directory]() -> Result<std::string> {
        std::string text;
        const KeyRing ring = TRY(KeyRing::load(directory + "/keys.json"));
        for (const Key& key : ring.keys())
            text += printable(key.id) + " " + base64_encode(key.public_key) + "\n";
        return text;
    };
    const std::string lines = TRY(as_owner(directory, read));
    std::vector<std::string> keys;
    for (std::size_t at = 0; at < lines.size(); at = lines.find('\n', at) + 1)
        keys.push_back(lines.substr(at, lines.find('\n', at) - at));
    return keys;
}

std::string text_of(const json::Value& object, std::string_view name) {
    const json::Value* member = object.find(name);
    return member ? std::string(member->string().value_or("")) : "";
}

std::vector<std::string> published_keys(const json::Value& document) {
    std::vector<std::string> keys;
    if (const json::Value* list = document.find("keys"))
        for (const json::Value& key : list->elements())
            keys.push_back(printable(text_of(key, "id")) + " " + text_of(key, "publicKey"));
    return keys;
}

std::string ids_of(const std::vector<std::string>& keys) {
    std::string ids;
    for (const std::string& key : keys)
        ids += (ids.empty() ? "" : ", ") + key.substr(0, key.find(' '));
    return ids.empty() ? "none" : ids;
}

Outcome judge_document(const manifest::Identity& identity, const std::string& directory,
                       const Way& way) {
    Outcome outcome{identity.slug, "GET /", "200, its URL, its keys", "", false};
    const Result<std::vector<std::string>> keys = expected_keys(directory);
    if (!keys) {
        outcome.found = "keys.json: " + keys.error().message;
        return outcome;
    }
    outcome.expected = "200, its URL, keys " + ids_of(*keys);
    const Result<BlockingAnswer> answer = get(way.request(identity, ""));
    outcome.found = found_in(answer);
    if (!answer || answer->status != 200) return outcome;
    const Result<json::Value, json::Fault> document = json::parse(answer->body);
    if (!document) {
        outcome.found += ", not JSON: " + document.error().reason;
        return outcome;
    }
    const std::string name = text_of(*document, "name");
    const std::string answered_url = text_of(*document, "url");
    const std::vector<std::string> published = published_keys(*document);
    const bool same_keys = published == *keys;
    outcome.good = same_keys && answered_url == identity.url;
    outcome.found += name.empty() ? ", no name" : ", \"" + name + "\"";
    if (answered_url != identity.url) outcome.found += ", URL " + printable(answered_url);
    outcome.found += ", keys " + ids_of(published);
    if (!same_keys) outcome.found += " (not those of keys.json)";
    return outcome;
}

void judge_identity(const manifest::Identity& identity, const std::string& directory,
                    const Way& way, std::vector<Outcome>& outcomes) {
    const std::string& slug = identity.slug;
    outcomes.push_back(judge_document(identity, directory, way));
    outcomes.push_back(judge_status(slug, "GET /api/v1/identity without token",
                                    way.request(identity, "/api/v1/identity"), 401));
    outcomes.push_back(judge_setup(identity, way));
    outcomes.push_back(judge_status(slug, "GET /api/v1/invite/info?invite=pinv_bogus",
                                    way.request(identity, "/api/v1/invite/info?invite=pinv_bogus"),
                                    410));
}

Outcome judge_unknown_host(const Way& way) {
    BlockingGet request;
    request.url = std::string("http://") + kUnknownHost + "/";
    request.connect_to = way.connect;
    return judge_status("-", std::string("GET / with Host ") + kUnknownHost, request, 404);
}

std::size_t count_bad(const std::vector<Outcome>& outcomes) {
    std::size_t bad = 0;
    for (const Outcome& outcome : outcomes) bad += outcome.good ? 0 : 1;
    return bad;
}

void print_outcomes(const std::vector<Outcome>& outcomes, bool as_json) {
    TextTable table({"RESULT", "IDENTITY", "REQUEST", "EXPECTED", "FOUND"});
    json::Writer out;
    out.begin_object().member("ok", count_bad(outcomes) == 0).key("checks").begin_array();
    for (const Outcome& outcome : outcomes) {
        table.add({outcome.good ? "✓ ok" : "✗ FAILED", outcome.slug, outcome.request,
                   outcome.expected, outcome.found});
        out.begin_object()
            .member("ok", outcome.good)
            .member("slug", outcome.slug)
            .member("request", outcome.request)
            .member("expected", outcome.expected)
            .member("found", outcome.found)
            .end_object();
    }
    out.end_array().end_object();
    const std::size_t bad = count_bad(outcomes);
    const std::string summary =
        std::to_string(outcomes.size() - bad) + " passed, " + std::to_string(bad) + " failed\n";
    const std::string shown = as_json ? std::move(out).text() + "\n" : table.text() + summary;
    std::fputs(shown.c_str(), stdout);
}

}  // namespace

int smoke(const std::vector<std::string>& words) {
    Options options("smoke", "[--slug S] [--connect ADDR:PORT | --via-url]",
                    "Asks the running server what each enabled identity must answer.\nExit code 1 "
                    "when an answer is wrong.");
    options.value("slug", "S", "this identity alone")
        .value("connect", "ADDR:PORT", "where the server listens (127.0.0.1:80)")
        .flag("via-url", "over HTTPS to the public names, as the world does")
        .flag("json", "prints JSON")
        .manifest_options();
    if (const auto exit_code = options.parse(words)) return *exit_code;
    if (options.has("connect") && options.has("via-url"))
        return options.misused("--connect and --via-url exclude each other");
    const Way way{options.has("via-url"), options.get("connect", "127.0.0.1:80")};
    if (way.connect.rfind(':') == std::string::npos)
        return options.misused("--connect is \"" + printable(way.connect) +
                               "\", allowed is ADDR:PORT");
    Result<Workplace, ExitFailure> place = find_workplace(options);
    if (!place) return place.error();
    if (options.has("slug")) {
        const Result<Tenant, ExitFailure> tenant = find_tenant(options, "smoke");
        if (!tenant) return tenant.error();
        place->manifest.identities = {tenant->identity};
    }

    std::vector<Outcome> outcomes;
    for (const manifest::Identity& identity : place->manifest.identities)
        if (identity.enabled)
            judge_identity(identity, place->directory_of(identity.slug), way, outcomes);
    // Through the public names an unknown one is the proxy's to answer.
    if (!way.via_url) outcomes.push_back(judge_unknown_host(way));
    print_outcomes(outcomes, options.has("json"));
    return count_bad(outcomes) == 0 ? kExitDone : kExitFailed;
}

}  // namespace posta::worker
