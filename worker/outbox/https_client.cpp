#include "worker/outbox/https_client.h"

#include <unistd.h>

#include <algorithm>
#include <map>

#include "common/base/check.h"
#include "common/loop/timer.h"
#include "common/loop/uv_handle.h"
#include "worker/envelope/wire.h"
#include "worker/outbox/curl_library.h"
#include "worker/outbox/special_addresses.h"

namespace posta::worker {
namespace {

constexpr long kIdleConnections = 16;  // kept for the next request to the same peer

long milliseconds(std::chrono::milliseconds duration) {
    return static_cast<long>(duration.count());
}

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
    CHECK(easy_setopt()(easy, option, value) == CURLE_OK);
}

// "retry-after: 120\r\n" when `name` is "retry-after:": the value without what surrounds it.
std::optional<std::string> value_of(std::string_view line, std::string_view name) {
    const bool matches =
        line.size() >= name.size() &&
        std::equal(name.begin(), name.end(), line.begin(), [](char expected, char given) {
            return expected == (given >= 'A' && given <= 'Z' ? given - 'A' + 'a' : given);
        });
    if (!matches) return std::nullopt;
    line.remove_prefix(name.size());
    const auto first = line.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return std::string();
    return std::string(line.substr(first, line.find_last_not_of(" \t\r\n") - first + 1));
}

struct EasyCleanup {
    void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
struct ListFree {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
struct MultiCleanup {
    void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
};

// One request under way, and what has come of its answer.
class Transfer {
public:
    Transfer(HttpsRequest request, HttpsClient::OnDone on_done, const HttpsSettings& settings)
        : request_(std::move(request)), on_done_(std::move(on_done)), settings_(settings) {
        CHECK(easy_ != nullptr);
        set(easy(), CURLOPT_PRIVATE, this);
        set_request();
        set_limits();
        set_callbacks();
    }

    CURL* easy() const { return easy_.get(); }

    Result<HttpsAnswer> outcome(CURLcode code) {
        if (too_long_) return failure("the answer is too long");
        if (code != CURLE_OK && !refused_range_.empty()) {
            return failure("the address is not public (" + std::string(refused_range_) + ")");
        }
        if (code != CURLE_OK) return failure(curl_easy_strerror(code));
        long status = 0;
        easy_getinfo()(easy(), CURLINFO_RESPONSE_CODE, &status);
        answer_.status = static_cast<int>(status);
        return std::move(answer_);
    }

    HttpsClient::OnDone take_on_done() { return std::move(on_done_); }

private:
    void set_request() {
        set(easy(), CURLOPT_URL, request_.url.c_str());
        if (request_.method == HttpsRequest::Method::post) {
            set(easy(), CURLOPT_POST, 1L);
            set(easy(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
            set(easy(), CURLOPT_POSTFIELDS, request_.body.c_str());
            add_field("Expect:");  // none: the body is short
        }
        for (const std::string& field : request_.fields) add_field(field);
        set(easy(), CURLOPT_HTTPHEADER, fields_.get());
    }

    void set_limits() {
#if LIBCURL_VERSION_NUM >= 0x075500
        set(easy(), CURLOPT_PROTOCOLS_STR, "https");
#else
        set(easy(), CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTPS));
#endif
        set(easy(), CURLOPT_FOLLOWLOCATION, 0L);
        set(easy(), CURLOPT_PROXY, "");
        set(easy(), CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
        set(easy(), CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
        set(easy(), CURLOPT_CAINFO, settings_.ca_bundle.c_str());
        set(easy(), CURLOPT_CAPATH, static_cast<const char*>(nullptr));
        set(easy(), CURLOPT_NOSIGNAL, 1L);
        set(easy(), CURLOPT_CONNECTTIMEOUT_MS, milliseconds(wire::kConnectDeadline));
        set(easy(), CURLOPT_TIMEOUT_MS, milliseconds(wire::kFetchDeadline));
    }

    void set_callbacks() {
        set(easy(), CURLOPT_OPENSOCKETDATA, this);
        set(
            easy(), CURLOPT_OPENSOCKETFUNCTION,
            +[](void* self, curlsocktype, curl_sockaddr* address) noexcept {
                return static_cast<Transfer*>(self)->open_socket(*address);
            });
        set(easy(), CURLOPT_WRITEDATA, this);
        set(
            easy(), CURLOPT_WRITEFUNCTION,
            +[](char* bytes, std::size_t size, std::size_t count, void* self) noexcept {
                return static_cast<Transfer*>(self)->on_body({bytes, size * count});
            });
        set(easy(), CURLOPT_HEADERDATA, this);
        set(
            easy(), CURLOPT_HEADERFUNCTION,
            +[](char* bytes, std::size_t size, std::size_t count, void* self) noexcept {
                return static_cast<Transfer*>(self)->on_field({bytes, size * count});
            });
    }

    void add_field(const std::string& field) {
        curl_slist* longer = curl_slist_append(fields_.get(), field.c_str());
        CHECK(longer != nullptr);
        (void)fields_.release();
        fields_.reset(longer);
    }

    // Called for each address that is tried, immediately before it is connected to.
    curl_socket_t open_socket(const curl_sockaddr& address) {
        if (!settings_.allow_private_peers) {
            if (const auto range = special_range_of(address.addr)) {
                refused_range_ = *range;
                return CURL_SOCKET_BAD;
            }
        }
        return socket(address.family, address.socktype | SOCK_CLOEXEC, address.protocol);
    }

    std::size_t on_body(std::string_view bytes) {
        if (request_.max_answer_bytes == 0) return bytes.size();
        const std::size_t room = request_.max_answer_bytes - answer_.body.size();
        if (bytes.size() > room && !request_.cut_longer_answer) {
            too_long_ = true;
            return 0;  // ends the transfer
        }
        answer_.body += bytes.substr(0, room);
        return bytes.size();
    }

    std::size_t on_field(std::string_view line) {
        if (auto value = value_of(line, "retry-after:")) answer_.retry_after = *std::move(value);
        return line.size();
    }

    Error failure(std::string reason) const {
        return {ErrorCode::unavailable, request_.url + ": " + std::move(reason)};
    }

    HttpsRequest request_;
    HttpsClient::OnDone on_done_;
    const HttpsSettings& settings_;
    HttpsAnswer answer_;
    std::string_view refused_range_;
    bool too_long_ = false;
    std::unique_ptr<curl_slist, ListFree> fields_;
    std::unique_ptr<CURL, EasyCleanup> easy_{curl_easy_init()};
};

}  // namespace

// libcurl's multi interface driven by the loop: it names the sockets and the time that it waits
// for, and is told when either comes.
class HttpsClient::Multi {
public:
    Multi(EventLoop& loop, const HttpsSettings& settings)
        : loop_(loop), settings_(settings), timer_(loop, [this] { act(CURL_SOCKET_TIMEOUT, 0); }) {
        CHECK(multi_ != nullptr);
        multi_setopt()(multi_.get(), CURLMOPT_MAXCONNECTS, kIdleConnections);
        multi_setopt()(multi_.get(), CURLMOPT_TIMERDATA, this);
        multi_setopt()(
            multi_.get(), CURLMOPT_TIMERFUNCTION, +[](CURLM*, long delay, void* self) noexcept {
                return static_cast<Multi*>(self)->wait_for_time(delay);
            });
        multi_setopt()(multi_.get(), CURLMOPT_SOCKETDATA, this);
        multi_setopt()(
            multi_.get(), CURLMOPT_SOCKETFUNCTION,
            +[](CURL*, curl_socket_t socket, int what, void* self, void*) noexcept {
                return static_cast<Multi*>(self)->wait_for_socket(socket, what);
            });
    }

    ~Multi() {
        for (const auto& [easy, transfer] : transfers_)
            curl_multi_remove_handle(multi_.get(), easy);
        transfers_.clear();
        multi_.reset();  // closes idle connections, and says so through wait_for_socket
    }
    Multi(const Multi&) = delete;
    Multi& operator=(const Multi&) = delete;

    void start(HttpsRequest request, OnDone on_done) {
        auto transfer =
            std::make_unique<Transfer>(std::move(request), std::move(on_done), settings_);
        CURL* easy = transfer->easy();
        transfers_.emplace(easy, std::move(transfer));
        CHECK(curl_multi_add_handle(multi_.get(), easy) == CURLM_OK);
    }

    std::size_t under_way() const { return transfers_.size(); }

private:
    struct Watch {
        UvHandle<uv_poll_t> poll;
        curl_socket_t socket;
        Multi* owner;
    };

    int wait_for_time(long delay) {
        if (delay < 0) {
            timer_.stop();
        } else {
            timer_.start_once(std::chrono::milliseconds(delay));
        }
        return 0;
    }

    int wait_for_socket(curl_socket_t socket, int what) {
        if (what == CURL_POLL_REMOVE) {
            watches_.erase(socket);
            return 0;
        }
        Watch* watch = watch_for(socket);
        if (watch == nullptr) return -1;
        const int events = ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) |
                           ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
        return uv_poll_start(watch->poll.get(), events,
                             [](uv_poll_t* poll, int status, int ready) noexcept {
                                 if (poll->data != nullptr) on_ready(poll->data, status, ready);
                             });
    }

    Watch* watch_for(curl_socket_t socket) {
        if (const auto found = watches_.find(socket); found != watches_.end()) {
            return found->second.get();
        }
        auto poll = std::make_unique<uv_poll_t>();
        if (uv_poll_init_socket(loop_.raw(), poll.get(), socket) != 0) return nullptr;
        auto watch = std::make_unique<Watch>();
        watch->poll.reset(poll.release());
        watch->socket = socket;
        watch->owner = this;
        watch->poll->data = watch.get();
        return watches_.emplace(socket, std::move(watch)).first->second.get();
    }

    static void on_ready(void* data, int status, int ready) {
        const auto& watch = *static_cast<Watch*>(data);
        int events = status < 0 ? CURL_CSELECT_ERR : 0;
        if ((ready & UV_READABLE) != 0) events |= CURL_CSELECT_IN;
        if ((ready & UV_WRITABLE) != 0) events |= CURL_CSELECT_OUT;
        watch.owner->act(watch.socket, events);
    }

    void act(curl_socket_t socket, int events) {
        int running = 0;
        curl_multi_socket_action(multi_.get(), socket, events, &running);
        report_done();
    }

    void report_done() {
        int left = 0;
        while (CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
            if (message->msg != CURLMSG_DONE) continue;
            const CURLcode code = message->data.result;
            const auto found = transfers_.find(message->easy_handle);
            CHECK(found != transfers_.end());
            const auto transfer = std::move(found->second);
            transfers_.erase(found);
            curl_multi_remove_handle(multi_.get(), transfer->easy());
            auto outcome = transfer->outcome(code);
            transfer->take_on_done()(std::move(outcome));
        }
    }

    EventLoop& loop_;
    const HttpsSettings& settings_;
    Timer timer_;
    std::map<curl_socket_t, std::unique_ptr<Watch>> watches_;
    std::map<CURL*, std::unique_ptr<Transfer>> transfers_;
    std::unique_ptr<CURLM, MultiCleanup> multi_{curl_multi_init()};
};

HttpsClient::HttpsClient(EventLoop& loop, HttpsSettings settings)
    : loop_(loop), settings_(std::move(settings)) {}

HttpsClient::~HttpsClient() = default;

void HttpsClient::start(HttpsRequest request, OnDone on_done) {
    if (!multi_) {
        CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
        multi_ = std::make_unique<Multi>(loop_, settings_);
    }
    multi_->start(std::move(request), std::move(on_done));
}

std::size_t HttpsClient::under_way() const { return multi_ ? multi_->under_way() : 0; }

}  // namespace posta::worker
