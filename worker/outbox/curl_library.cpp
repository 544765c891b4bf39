#include "worker/outbox/curl_library.h"

#include <dlfcn.h>

#include "common/base/check.h"

namespace posta::worker {
namespace {

// The interface that all versions since 7.16 have.
constexpr const char* kLibrary = "libcurl.so.4";

void* library() {
    static void* const opened = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
    return opened;
}

// Its function of that name, of the type that the header declares.
template <class Function>
Function* real(const char* name) {
    CHECK(library() != nullptr);
    void* const found = ::dlsym(library(), name);
    CHECK(found != nullptr);
    return reinterpret_cast<Function*>(found);
}

}  // namespace

Result<void> load_curl() {
    if (library() != nullptr) return {};
    const char* const reason = ::dlerror();
    return Error{ErrorCode::unavailable, std::string("cannot load ") + kLibrary + ": " +
                                             (reason == nullptr ? "it failed before" : reason) +
                                             " (init/install-deps --runtime installs it)"};
}

EasySetopt easy_setopt() {
    static auto* const function = real<decltype(curl_easy_setopt)>("curl_easy_setopt");
    return function;
}

EasyGetinfo easy_getinfo() {
    static auto* const function = real<decltype(curl_easy_getinfo)>("curl_easy_getinfo");
    return function;
}

MultiSetopt multi_setopt() {
    static auto* const function = real<decltype(curl_multi_setopt)>("curl_multi_setopt");
    return function;
}

}  // namespace posta::worker

using posta::worker::real;

CURLcode curl_global_init(long flags) {
    static auto* const function = real<decltype(curl_global_init)>("curl_global_init");
    return function(flags);
}

CURL* curl_easy_init() {
    static auto* const function = real<decltype(curl_easy_init)>("curl_easy_init");
    return function();
}

CURLcode curl_easy_perform(CURL* easy) {
    static auto* const function = real<decltype(curl_easy_perform)>("curl_easy_perform");
    return function(easy);
}

void curl_easy_cleanup(CURL* easy) {
    static auto* const function = real<decltype(curl_easy_cleanup)>("curl_easy_cleanup");
    function(easy);
}

const char* curl_easy_strerror(CURLcode code) {
    static auto* const function = real<decltype(curl_easy_strerror)>("curl_easy_strerror");
    return function(code);
}

CURLM* curl_multi_init() {
    static auto* const function = real<decltype(curl_multi_init)>("curl_multi_init");
    return function();
}

CURLMcode curl_multi_add_handle(CURLM* multi, CURL* easy) {
    static auto* const function = real<decltype(curl_multi_add_handle)>("curl_multi_add_handle");
    return function(multi, easy);
}

CURLMcode curl_multi_remove_handle(CURLM* multi, CURL* easy) {
    static auto* const function =
        real<decltype(curl_multi_remove_handle)>("curl_multi_remove_handle");
    return function(multi, easy);
}

CURLMcode curl_multi_socket_action(CURLM* multi, curl_socket_t socket, int events, int* running) {
    static auto* const function =
        real<decltype(curl_multi_socket_action)>("curl_multi_socket_action");
    return function(multi, socket, events, running);
}

CURLMsg* curl_multi_info_read(CURLM* multi, int* left) {
    static auto* const function = real<decltype(curl_multi_info_read)>("curl_multi_info_read");
    return function(multi, left);
}

CURLMcode curl_multi_cleanup(CURLM* multi) {
    static auto* const function = real<decltype(curl_multi_cleanup)>("curl_multi_cleanup");
    return function(multi);
}

curl_slist* curl_slist_append(curl_slist* list, const char* text) {
    static auto* const function = real<decltype(curl_slist_append)>("curl_slist_append");
    return function(list, text);
}

void curl_slist_free_all(curl_slist* list) {
    static auto* const function = real<decltype(curl_slist_free_all)>("curl_slist_free_all");
    function(list);
}
