// The control socket: however its bytes arrive, the same lines come out; a line is a request of
// the table or is refused; every answer is one line of JSON in one schema.

#include "common/base/utf8.h"
#include "common/contracts/line_splitter.h"
#include "common/json/parse.h"
#include "common/json/write.h"
#include "supervisor/control/control_protocol.h"
#include "supervisor/control/health_request.h"
#include "tests/fuzz/target.h"

namespace posta::supervisor {
namespace {

constexpr std::size_t kMostBytes = 100;

std::vector<std::string> lines_in(std::string_view text, fuzz::Pieces& pieces) {
    contracts::LineSplitter splitter(kMostBytes);
    std::vector<std::string> lines;
    bool expect_long = false;
    std::size_t unfinished = 0;
    pieces.feed(text, [&](std::string_view piece) {
        splitter.add(piece);
        while (auto line = splitter.next()) lines.push_back(*std::move(line));
        for (const char c : piece) {
            unfinished = c == '\n' ? 0 : unfinished + 1;
            expect_long = expect_long || unfinished > kMostBytes;
        }
        CHECK(splitter.too_long() == expect_long);
        return true;
    });
    return lines;
}

void expect_lines(std::string_view text, fuzz::Pieces& pieces) {
    const std::vector<std::string> lines = lines_in(text, pieces);
    std::size_t at = 0;
    for (const std::string& line : lines) {
        const std::size_t end = text.find('\n', at);
        CHECK(end != text.npos && line == text.substr(at, std::min(end - at, kMostBytes)));
        at = end + 1;
    }
    CHECK(text.find('\n', at) == text.npos);
}

void expect_answer(const std::string& answer, bool ok, std::string_view name) {
    CHECK(answer.find('\n') == std::string::npos);
    const auto json = json::parse(answer);
    CHECK(json && json->find("ok")->boolean() == ok && json->find("schema")->integer() == 1);
    const json::Value* command = json->find("command");
    CHECK(command != nullptr && (!is_utf8(name) || command->string() == name));
    CHECK((json->find("result") != nullptr) == ok && (json->find("error") != nullptr) == !ok);
}

// The same words as JSON are the same request.
void expect_same_as_json(const ControlRequest& request) {
    json::Writer out;
    out.begin_object().member("command", request.command->name).key("words").begin_array();
    for (const std::string& word : request.words) {
        if (!is_utf8(word)) return;
        out.string(word);
    }
    out.end_array().end_object();
    const auto again = parse_control_request(std::move(out).text());
    CHECK(again && again->command == request.command && again->words == request.words);
}

void expect_request(std::string_view line) {
    const auto request = parse_control_request(line);
    if (!request) {
        CHECK(request.error().code == ErrorCode::invalid);
        expect_answer(control_refusal(line, request.error()), false, line);
        return;
    }
    const ControlCommand& command = *request->command;
    std::size_t flags = 0;
    for (const std::string& word : request->words) flags += word.starts_with("--") ? 1 : 0;
    const std::size_t plain = request->words.size() - flags;
    CHECK(plain >= command.least_words && plain <= command.most_words && flags <= 1);
    if (flags == 0) CHECK(request->word(plain).empty());
    expect_answer(control_answer(command.name, "{}"), true, command.name);
    expect_same_as_json(*request);
}

void expect_health(std::string_view head) {
    const HealthSource source{[] { return std::vector<std::string>{"arne: starting"}; },
                              [] { return std::string("posta_up 1\n"); }};
    const std::string answer = health_answer(head, source);
    CHECK(answer.starts_with("HTTP/1.1 ") && answer.find("\r\n\r\n") != std::string::npos);
    const bool whole = head.find("\r\n\r\n") != head.npos;
    CHECK(is_whole_head(head) == (whole || head.size() > kMaxHealthHeadBytes));
    if (!whole) CHECK(answer.starts_with("HTTP/1.1 431 "));
    CHECK(!answer.starts_with("HTTP/1.1 200") || head.starts_with("GET /healthz ") ||
          head.starts_with("HEAD /healthz ") || head.starts_with("GET /metrics ") ||
          head.starts_with("HEAD /metrics "));
}

}  // namespace
}  // namespace posta::supervisor

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posta::supervisor;
    posta::fuzz::Input input(data, size);
    posta::fuzz::Pieces pieces(input);
    const std::string_view text = input.rest();
    expect_lines(text, pieces);
    expect_health(text);
    expect_request(text.substr(0, text.find('\n')));
    return 0;
}
