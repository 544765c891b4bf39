#include "worker/outbox/blocking_get.h"

#include <memory>

#include "worker/outbox/curl_library.h"

namespace posta::worker {
namespace {

struct EasyCloser {
    void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
struct ListFreer {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListFreer>;

void append(List& list, const std::string& text) {
    list.reset(curl_slist_append(list.release(), text.c_str()));
}

std::size_t on_body(char* bytes, std::size_t, std::size_t count, void* target) noexcept {
    auto& body = *static_cast<std::string*>(target);
    if (body.size() + count > kMaxSmokeBody) return 0;
    body.append(bytes, count);
    return count;
}

void allow_http_and_https(CURL* easy) {
#if LIBCURL_VERSION_NUM >= 0x075500
    easy_setopt()(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    easy_setopt()(easy, CURLOPT_PROTOCOLS, long{CURLPROTO_HTTP | CURLPROTO_HTTPS});
#endif
}

}  // namespace

Result<BlockingAnswer> get(const BlockingGet& request) {
    TRY(load_curl());
    const std::unique_ptr<CURL, EasyCloser> easy(curl_easy_init());
    if (!easy) return Error{ErrorCode::unavailable, "libcurl does not start"};
    List fields;
    for (const std::string& field : request.fields) append(fields, field);
    List connect_to;
    if (!request.connect_to.empty()) append(connect_to, "::" + request.connect_to);

    BlockingAnswer answer;
    char reason[CURL_ERROR_SIZE] = "";
    easy_setopt()(easy.get(), CURLOPT_ERRORBUFFER, reason);
    easy_setopt()(easy.get(), CURLOPT_URL, request.url.c_str());
    allow_http_and_https(easy.get());
    easy_setopt()(easy.get(), CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
    easy_setopt()(easy.get(), CURLOPT_NOSIGNAL, 1L);
    easy_setopt()(easy.get(), CURLOPT_PROXY, "");
    easy_setopt()(easy.get(), CURLOPT_CONNECTTIMEOUT_MS, 5000L);
    easy_setopt()(easy.get(), CURLOPT_TIMEOUT_MS, 10'000L);
    easy_setopt()(easy.get(), CURLOPT_HTTPHEADER, fields.get());
    easy_setopt()(easy.get(), CURLOPT_CONNECT_TO, connect_to.get());
    if (!request.ca_bundle.empty())
        easy_setopt()(easy.get(), CURLOPT_CAINFO, request.ca_bundle.c_str());
    easy_setopt()(easy.get(), CURLOPT_WRITEFUNCTION, &on_body);
    easy_setopt()(easy.get(), CURLOPT_WRITEDATA, &answer.body);

    const CURLcode code = curl_easy_perform(easy.get());
    if (code != CURLE_OK)
        return Error{ErrorCode::unavailable, reason[0] ? reason : curl_easy_strerror(code)};
    long status = 0;
    easy_getinfo()(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<int>(status);
    const char* content_type = nullptr;
    easy_getinfo()(easy.get(), CURLINFO_CONTENT_TYPE, &content_type);
    if (content_type) answer.content_type = content_type;
    return answer;
}

}  // namespace posta::worker
