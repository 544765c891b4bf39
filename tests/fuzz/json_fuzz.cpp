// JSON: what is accepted keeps its bytes, has no twin keys, and says the same after it has been
// written anew; the client API's bodies refuse every member that they do not name.

#include "common/base/utf8.h"
#include "common/json/parse.h"
#include "common/json/write.h"
#include "tests/fuzz/target.h"
#include "worker/http/json_body.h"

namespace posta::json {
namespace {

void write(Writer& out, const Value& value) {
    switch (value.kind()) {
        case Kind::null:
            out.null();
            return;
        case Kind::boolean:
            out.boolean(*value.boolean());
            return;
        case Kind::number:
            out.raw(value.raw());
            return;
        case Kind::string:
            out.string(*value.string());
            return;
        case Kind::array:
            out.begin_array();
            for (const Value& element : value.elements()) write(out, element);
            out.end_array();
            return;
        case Kind::object:
            out.begin_object();
            for (const auto& [name, member] : value.members()) write(out.key(name), member);
            out.end_object();
            return;
    }
}

void expect_sound(const Value& value, std::string_view text, int depth) {
    CHECK(depth <= kMaxDepth);
    CHECK(value.raw().data() >= text.data());
    CHECK(value.raw().data() + value.raw().size() <= text.data() + text.size());
    const auto alone = parse(value.raw());
    CHECK(alone && alone->kind() == value.kind() && alone->raw() == value.raw());
    if (const auto string = value.string()) CHECK(is_utf8(*string));
    const bool nests = value.kind() == Kind::array || value.kind() == Kind::object;
    if (!nests || depth >= 3) return;  // deeper ones were in the raw text that was parsed alone
    for (const Value& element : value.elements()) expect_sound(element, text, depth + 1);
    for (const auto& [name, member] : value.members()) {
        CHECK(is_utf8(name) && value.find(name) == &member);
        expect_sound(member, text, depth + 1);
    }
}

void expect_same(const Value& a, const Value& b) {
    CHECK(a.kind() == b.kind() && a.string() == b.string() && a.boolean() == b.boolean());
    CHECK(a.integer() == b.integer() && a.elements().size() == b.elements().size());
    for (std::size_t at = 0; at < a.elements().size(); ++at)
        expect_same(a.elements()[at], b.elements()[at]);
    CHECK(a.members().size() == b.members().size());
    for (std::size_t at = 0; at < a.members().size(); ++at) {
        CHECK(a.members()[at].first == b.members()[at].first);
        expect_same(a.members()[at].second, b.members()[at].second);
    }
}

}  // namespace
}  // namespace posta::json

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posta;
    const std::string_view text = fuzz::text_of(data, size);
    const auto value = json::parse(text);
    const auto body = worker::read_object(text, {"peer", "payload", "inReplyTo"});
    if (!value) {
        CHECK(value.error().offset <= text.size() && !value.error().reason.empty());
        CHECK(!body && body.error().status == 400);
        // Whatever was sent, the answer is JSON.
        CHECK(json::parse(body.error().body));
    } else {
        CHECK(is_utf8(text));
        json::expect_sound(*value, text, 0);
        json::Writer out;
        json::write(out, *value);
        const std::string written = std::move(out).text();
        const auto again = json::parse(written);
        CHECK(again);
        json::expect_same(*value, *again);
    }
    if (body) {
        CHECK(body->kind() == json::Kind::object);
        for (const auto& [name, member] : body->members())
            CHECK(name == "peer" || name == "payload" || name == "inReplyTo");
    }
    // Any bytes become valid JSON when written.
    json::Writer any;
    any.string(text);
    const std::string written = std::move(any).text();
    const auto string = json::parse(written);
    CHECK(string && (!is_utf8(text) || *string->string() == text));
    return 0;
}
