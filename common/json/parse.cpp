#include "common/json/parse.h"

#include <rapidjson/error/en.h>
// The reader's empty stack is a null pointer that it adds to: harmless, but clang's sanitizer, with
// which this is fuzzed, is right to complain.
#if defined(__clang__)
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#endif
#include <rapidjson/reader.h>
#if defined(__clang__)
#pragma clang attribute pop
#endif

#include <algorithm>
#include <charconv>
#include <numeric>

#include "common/base/utf8.h"
#include "common/json/source.h"

namespace posta::json {
namespace {

// Up to here, comparing every name is quicker than an index.
constexpr std::size_t kFewMembers = 8;

using Position = std::uint32_t;  // in an object's members

}  // namespace

struct Value::Inside {
    std::vector<Value> elements;
    std::vector<Member> members;
    std::vector<Position> by_name;  // of more than a few members: their positions in order of name
};

std::optional<bool> Value::boolean() const {
    if (kind_ != Kind::boolean) return std::nullopt;
    return boolean_;
}

std::optional<std::string_view> Value::string() const {
    if (kind_ != Kind::string) return std::nullopt;
    return string_;
}

std::optional<std::int64_t> Value::integer() const {
    if (kind_ != Kind::number) return std::nullopt;
    std::int64_t value = 0;
    const char* end = raw_.data() + raw_.size();
    const auto [stopped, fault] = std::from_chars(raw_.data(), end, value);
    if (fault != std::errc() || stopped != end) return std::nullopt;
    return value;
}

const std::vector<Value>& Value::elements() const {
    static const std::vector<Value> none;
    return inside_ ? inside_->elements : none;
}

const std::vector<Value::Member>& Value::members() const {
    static const std::vector<Member> none;
    return inside_ ? inside_->members : none;
}

const Value* Value::find(std::string_view name) const {
    if (!inside_) return nullptr;
    const auto& members = inside_->members;
    if (inside_->by_name.empty()) {
        const auto found = std::find_if(members.begin(), members.end(),
                                        [name](const Member& each) { return each.first == name; });
        return found == members.end() ? nullptr : &found->second;
    }
    const auto& by_name = inside_->by_name;
    const auto found = std::lower_bound(
        by_name.begin(), by_name.end(), name,
        [&members](Position left, std::string_view right) { return members[left].first < right; });
    if (found == by_name.end() || members[*found].first != name) return nullptr;
    return &members[*found].second;
}

// Receives the reader's events. Each returns false to stop, with the reason in fault_.
class Builder {
public:
    Builder(std::string_view text, const Source& source, std::size_t most_values)
        : text_(text), source_(source), most_values_(most_values) {}

    bool Null() { return scalar(Kind::null); }
    bool Bool(bool value) {
        Value scalar;
        scalar.kind_ = Kind::boolean;
        scalar.boolean_ = value;
        return add(std::move(scalar), start_of_token(), source_.Tell());
    }
    bool Int(int) { return number(); }
    bool Uint(unsigned) { return number(); }
    bool Int64(std::int64_t) { return number(); }
    bool Uint64(std::uint64_t) { return number(); }
    bool Double(double) { return number(); }
    bool RawNumber(const char*, rapidjson::SizeType, bool) { return number(); }

    bool String(const char* characters, rapidjson::SizeType length, bool) {
        Value value;
        value.kind_ = Kind::string;
        value.string_.assign(characters, length);
        const std::size_t start = start_of_token();
        if (!check_surrogates(value.string_, start)) return false;
        return add(std::move(value), start, source_.Tell());
    }
    bool Key(const char* characters, rapidjson::SizeType length, bool) {
        open_.back().key.assign(characters, length);
        if (!check_surrogates(open_.back().key, start_of_token())) return false;
        last_end_ = source_.Tell();
        return true;
    }

    bool StartObject() { return open(Kind::object); }
    bool EndObject(rapidjson::SizeType) { return index_names(open_.back().inside) && close(); }
    bool StartArray() { return open(Kind::array); }
    bool EndArray(rapidjson::SizeType) { return close(); }

    Value result() && { return std::move(root_); }
    const std::optional<Fault>& fault() const { return fault_; }

private:
    struct Open {
        Kind kind;
        std::size_t start;
        std::string key;  // of the member that is being read
        Value::Inside inside;
    };

    bool fail(std::size_t offset, std::string reason) {
        fault_ = Fault{offset, std::move(reason)};
        return false;
    }

    // Between two tokens stands nothing but white space and separators.
    std::size_t start_of_token() const { return text_.find_first_not_of(" \t\r\n,:", last_end_); }

    // The reader lets the escape of a lone low surrogate through. Without an escape there is none.
    bool check_surrogates(std::string_view decoded, std::size_t start) {
        const std::size_t spelled = source_.Tell() - start - 2;  // quotes apart
        if (decoded.size() == spelled || is_utf8(decoded)) return true;
        return fail(start, "unpaired surrogate escape");
    }

    bool scalar(Kind kind) {
        Value value;
        value.kind_ = kind;
        return add(std::move(value), start_of_token(), source_.Tell());
    }

    // The reader saw only a digit of it.
    bool number() {
        Value value;
        value.kind_ = Kind::number;
        const std::size_t start = start_of_token();
        return add(std::move(value), start,
                   std::min(text_.find_first_not_of("+-.eE0123456789", start), text_.size()));
    }

    bool open(Kind kind) {
        const std::size_t start = source_.Tell();
        if (open_.size() == kMaxDepth) {
            return fail(start, "nested deeper than " + std::to_string(kMaxDepth));
        }
        open_.push_back(Open{kind, start, {}, {}});
        last_end_ = start + 1;
        return true;
    }

    bool close() {
        Open done = std::move(open_.back());
        open_.pop_back();
        Value value;
        value.kind_ = done.kind;
        value.inside_ = std::make_shared<const Value::Inside>(std::move(done.inside));
        return add(std::move(value), done.start,
                   source_.Tell() + 1);  // the bracket is not taken yet
    }

    bool add(Value value, std::size_t start, std::size_t end) {
        if (++values_ > most_values_)
            return fail(start, "more than " + std::to_string(most_values_) + " values");
        value.raw_ = text_.substr(start, end - start);
        last_end_ = end;
        if (open_.empty()) {
            root_ = std::move(value);
        } else if (open_.back().kind == Kind::array) {
            open_.back().inside.elements.push_back(std::move(value));
        } else {
            open_.back().inside.members.emplace_back(std::move(open_.back().key), std::move(value));
            open_.back().key.clear();
        }
        return true;
    }

    bool index_names(Value::Inside& inside) {
        const auto& members = inside.members;
        std::vector<Position> by_name(members.size());
        std::iota(by_name.begin(), by_name.end(), Position{0});
        std::sort(by_name.begin(), by_name.end(), [&members](Position left, Position right) {
            return members[left].first < members[right].first;
        });
        const auto twin = std::adjacent_find(by_name.begin(), by_name.end(),
                                             [&members](Position left, Position right) {
                                                 return members[left].first == members[right].first;
                                             });
        if (twin != by_name.end()) {
            return fail(source_.Tell(), "duplicate key \"" + members[*twin].first + "\"");
        }
        if (members.size() > kFewMembers) inside.by_name = std::move(by_name);
        return true;
    }

    std::string_view text_;
    const Source& source_;
    std::size_t most_values_;
    std::vector<Open> open_;
    std::size_t last_end_ = 0;
    std::size_t values_ = 0;
    Value root_;
    std::optional<Fault> fault_;
};

Result<Value, Fault> parse(std::string_view text, std::size_t most_values) {
    if (const auto zero = text.find('\0'); zero != std::string_view::npos) {
        return Fault{zero, "zero byte"};
    }
    // Not left to the reader: for the rest of a character it would read on past the text's end.
    if (const std::size_t good = utf8_prefix_length(text); good != text.size()) {
        return Fault{good, "not UTF-8"};
    }
    Source source(text);
    Builder builder(text, source, most_values);
    rapidjson::Reader reader;
    constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag;
    const auto outcome = reader.Parse<kFlags>(source, builder);
    if (builder.fault()) return *builder.fault();
    if (outcome.IsError()) {
        return Fault{outcome.Offset(), rapidjson::GetParseError_En(outcome.Code())};
    }
    return std::move(builder).result();
}

}  // namespace posta::json
