// fail() of options.h: the one form of all errors (operations.md).

#include <cstdio>
#include <string>

#include "common/command.h"
#include "common/options.h"

namespace posta {
namespace {

// What to do about an error whose message does not say it.
std::string_view advice_for(ErrorCode code) {
    switch (code) {
        case ErrorCode::invalid:
            return "mend that; posta-server check names all that is wrong";
        case ErrorCode::denied:
            return "run this as root or as the owner";
        case ErrorCode::not_found:
            return "see whether the name or path is right";
        case ErrorCode::conflict:
            return "take another, or remove what is there";
        case ErrorCode::unavailable:
            return "make room or wait, then run this again";
        case ErrorCode::io:
            return "look at the disk and at the kernel's log, then run this again";
        case ErrorCode::internal:
            return "this is a fault of posta-server: report it with this line";
    }
    CHECK(false);
}

std::string_view advice_for(int exit_code) {
    if (exit_code == kExitUsage) return "see posta-server --help";
    if (exit_code == kExitInvalid) return advice_for(ErrorCode::invalid);
    if (exit_code == kExitNotRunning) return "start it with posta-server serve";
    return "mend that, then run this again";
}

// Complaints about a manifest come as lines.
std::string as_one_line(std::string_view text) {
    std::string line;
    for (const char letter : text)
        if (letter != '\n')
            line += letter;
        else if (!line.empty())
            line += line.back() == ':' ? " " : "; ";
    while (line.ends_with("; ")) line.resize(line.size() - 2);
    return line;
}

int print_failure(int exit_code, std::string_view message, std::string_view advice) {
    std::string line = as_one_line(message);
    if (!line.ends_with(')')) line += " (" + std::string(advice) + ")";
    std::fprintf(stderr, "posta-server: %s\n", line.c_str());
    return exit_code;
}

}  // namespace

int fail(const Error& error) {
    return print_failure(error.code == ErrorCode::invalid ? kExitInvalid : kExitFailed,
                         error.message, advice_for(error.code));
}

int fail(int exit_code, const std::string& message) {
    return print_failure(exit_code, message, advice_for(exit_code));
}

}  // namespace posta
