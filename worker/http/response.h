#pragma once
// One complete answer, as a handler makes it, and the bytes of its head.
//
// A value. Content-Length, Date, Connection and nosniff are no concern of a handler: the head gets
// them when it is written.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posta::worker {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kPostaJson = "application/posta+json";
constexpr std::string_view kHtml = "text/html; charset=utf-8";

struct Response {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> fields;
    std::string body;

    static Response with(int status, std::string_view content_type, std::string body);
    static Response json(std::string body) { return with(200, kJson, std::move(body)); }
    static Response empty(int status) { return {status, {}, {}}; }

    Response& add(std::string_view name, std::string_view value) & {
        fields.emplace_back(name, value);
        return *this;
    }
    Response add(std::string_view name, std::string_view value) && {
        add(name, value);
        return std::move(*this);
    }
};

// How the body of an answer is framed.
enum class Framed { by_length, by_chunks, by_close };

// `date` as RFC 9110 section 5.6.7 writes it; `keep_alive` false adds Connection: close.
std::string head_of(const Response& response, bool keep_alive, std::string_view date,
                    Framed framed = Framed::by_length);

}  // namespace posta::worker
