#pragma once
// HTTPS requests to peers, many at a time, on the loop. The .cpp is the only user of libcurl, apart
// from the smoke command.
//
// A peer's URL is chosen by strangers, so (wire.md section 3.1): never a redirect, no proxy and no
// other setting of the environment, certificates checked against one bundle, a bounded answer, two
// deadlines, and only public addresses, checked for the very socket that is about to be connected:
// what DNS says before or after does not matter.
//
// libcurl is loaded at the first request (curl_library.h): a worker without peers does not pay for
// it.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/loop/event_loop.h"

namespace posta::worker {

struct HttpsSettings {
    std::string ca_bundle;
    bool allow_private_peers = false;  // for a test network: any address will do
};

struct HttpsRequest {
    enum class Method { get, post };
    Method method = Method::get;
    std::string url;                  // canonical
    std::vector<std::string> fields;  // "Name: value"
    std::string body;                 // of a POST
    // A longer answer is a failure. 0: the body is of no interest and is dropped as it comes.
    std::size_t max_answer_bytes = 0;
    bool cut_longer_answer = false;  // keep its beginning instead of failing
};

struct HttpsAnswer {
    int status = 0;
    std::string body;
    std::string retry_after;  // the field's value; empty when absent
};

class HttpsClient {
public:
    // `unavailable` with the reason: no connection, bad certificate, time over, answer too long.
    using OnDone = std::function<void(Result<HttpsAnswer>)>;

    HttpsClient(EventLoop& loop, HttpsSettings settings);
    // Requests that are still under way end without a call.
    ~HttpsClient();
    HttpsClient(const HttpsClient&) = delete;
    HttpsClient& operator=(const HttpsClient&) = delete;

    // Calls `on_done` once, on a later turn. `on_done` may start further requests.
    void start(HttpsRequest request, OnDone on_done);

    std::size_t under_way() const;

private:
    class Multi;

    EventLoop& loop_;
    HttpsSettings settings_;
    std::unique_ptr<Multi> multi_;  // from the first request on
};

}  // namespace posta::worker
