#pragma once
// A value or the reason why there is none.
//
// Everything that can fail for a reason outside this program (input, disk, network, permissions)
// returns a Result; nothing of ours throws. Result<T> carries an Error: a code for programs and a
// sentence for people. Where a caller or a test decides by the kind of failure, use Result<T, Kind>
// with an enum of its own. "Absent" is not an error: Result<std::optional<T>>.
//
// The names follow std::expected, so that a later move to it is mechanical.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "common/base/check.h"

namespace posta {

enum class ErrorCode {
    invalid,      // the input is wrong; trying again with the same input will not help
    denied,       // not allowed: permission, ownership, mode
    not_found,    // the thing named does not exist
    conflict,     // it exists already, or somebody else holds it
    unavailable,  // not now: busy, down, full; trying later may help
    io,           // the operating system refused a read, write or call
    internal,     // a fault of ours
};

// The code's name as it stands in logs and JSON output: "not_found".
std::string_view name_of(ErrorCode code);

struct Error {
    ErrorCode code = ErrorCode::internal;
    std::string message;  // one sentence without a full stop: what, why, and what to do

    // Puts the place in front: "tenant arne: keys.json: ...". Added once, by the layer that knows.
    Error within(std::string_view context) && {
        message.insert(0, std::string(context) + ": ");
        return std::move(*this);
    }
};

// An Error made from errno: "cannot open /x: Permission denied". EACCES and EPERM are `denied`,
// ENOENT `not_found`, EEXIST `conflict`, ENOSPC, EDQUOT, EMFILE, ENFILE, EAGAIN `unavailable`,
// the rest `io`.
Error error_from_errno(int error_number, std::string_view what);

template <class T, class E = Error>
class [[nodiscard]] Result {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): `return value;` is the point.
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    // NOLINTNEXTLINE(google-explicit-constructor)
    Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}

    explicit operator bool() const { return state_.index() == 0; }
    bool has_value() const { return state_.index() == 0; }

    T& value() & { return get<0>(); }
    const T& value() const& { return get<0>(); }
    T value() && { return std::move(get<0>()); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    const E& error() const& { return get<1>(); }
    E error() && { return std::move(get<1>()); }

    // For a Result<T, Error>: the same result, its error with a context in front.
    Result within(std::string_view context) && {
        if (has_value()) return std::move(*this);
        return std::move(*this).error().within(context);
    }

private:
    template <std::size_t index>
    auto& get() {
        CHECK(state_.index() == index);
        return *std::get_if<index>(&state_);
    }
    template <std::size_t index>
    const auto& get() const {
        CHECK(state_.index() == index);
        return *std::get_if<index>(&state_);
    }

    std::variant<T, E> state_;
};

template <class E>
class [[nodiscard]] Result<void, E> {
public:
    Result() = default;
    // NOLINTNEXTLINE(google-explicit-constructor)
    Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}

    explicit operator bool() const { return state_.index() == 0; }
    bool has_value() const { return state_.index() == 0; }
    void value() const { CHECK(has_value()); }

    const E& error() const& { return get<1>(); }
    E error() && { return std::move(get<1>()); }

    Result within(std::string_view context) && {
        if (has_value()) return {};
        return std::move(*this).error().within(context);
    }

private:
    template <std::size_t index>
    auto& get() {
        CHECK(state_.index() == index);
        return *std::get_if<index>(&state_);
    }
    template <std::size_t index>
    const auto& get() const {
        CHECK(state_.index() == index);
        return *std::get_if<index>(&state_);
    }

    std::variant<std::monostate, E> state_;
};

}  // namespace posta

// Takes the value out of a Result, or returns its error from the enclosing function. Only as a
// whole initializer or statement, one a statement, never nested, never in a destructor or callback.
#define TRY(expression)                                                      \
    __extension__({                                                          \
        auto try_result_ = (expression);                                     \
        if (!try_result_.has_value()) return std::move(try_result_).error(); \
        std::move(try_result_).value();                                      \
    })
