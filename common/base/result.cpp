#include "common/base/result.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace posta {

std::string_view name_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::invalid:
            return "invalid";
        case ErrorCode::denied:
            return "denied";
        case ErrorCode::not_found:
            return "not_found";
        case ErrorCode::conflict:
            return "conflict";
        case ErrorCode::unavailable:
            return "unavailable";
        case ErrorCode::io:
            return "io";
        case ErrorCode::internal:
            return "internal";
    }
    CHECK(false);
}

namespace {

ErrorCode code_for_errno(int error_number) {
    switch (error_number) {
        case EACCES:
        case EPERM:
            return ErrorCode::denied;
        case ENOENT:
            return ErrorCode::not_found;
        case EEXIST:
        case EADDRINUSE:
            return ErrorCode::conflict;
        case ENOSPC:
        case EDQUOT:
        case EMFILE:
        case ENFILE:
        case EAGAIN:
            return ErrorCode::unavailable;
        default:
            return ErrorCode::io;
    }
}

}  // namespace

Error error_from_errno(int error_number, std::string_view what) {
    const std::string reason = std::generic_category().message(error_number);
    return {code_for_errno(error_number), std::string(what) + ": " + reason};
}

void check_failed(const char* condition, const char* file, int line) noexcept {
    std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, condition);
    std::abort();
}

}  // namespace posta
