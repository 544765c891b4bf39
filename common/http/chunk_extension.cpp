#include "common/http/chunk_extension.h"

#include "common/http/head.h"

namespace posta::http {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t'; }
bool is_printable(char c) { return (c >= ' ' && c < 0x7f) || c == '\t'; }
bool is_token_character(char c) { return is_token({&c, 1}); }

}  // namespace

bool ChunkExtensions::complete() const {
    return state_ == State::name || state_ == State::token || state_ == State::closed;
}

bool ChunkExtensions::take(char c) {
    if (state_ == State::quoted || state_ == State::escape) {
        if (!is_printable(c)) return false;
        if (state_ == State::escape) {
            state_ = State::quoted;
        } else if (c == '"') {
            state_ = State::closed;
        } else if (c == '\\') {
            state_ = State::escape;
        }
        return true;
    }
    const bool in_name = state_ == State::name || state_ == State::after_name;
    const bool before = state_ == State::before_name || state_ == State::before_value;
    if (is_space(c)) {
        if (!before) state_ = in_name ? State::after_name : State::after_value;
        return true;
    }
    if (c == ';' && !before) {
        state_ = State::before_name;
        return true;
    }
    if (c == '=' && in_name) {
        state_ = State::before_value;
        return true;
    }
    if (c == '"' && state_ == State::before_value) {
        state_ = State::quoted;
        return true;
    }
    if (!is_token_character(c)) return false;
    if (state_ == State::name || state_ == State::token) return true;
    if (!before) return false;
    state_ = state_ == State::before_name ? State::name : State::token;
    return true;
}

}  // namespace posta::http
