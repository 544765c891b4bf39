#pragma once
// The Date field (RFC 9110 section 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".
//
// Formatting it costs more than the rest of a head, so the text is kept for the second it names.

#include <chrono>
#include <string>

#include "common/base/clock.h"

namespace posta::worker {

std::string format_http_date(WallTime time);

class HttpDate {
public:
    explicit HttpDate(const Clock& clock) : clock_(clock) {}
    const std::string& text();

private:
    const Clock& clock_;
    std::chrono::sys_seconds second_{std::chrono::seconds{-1}};
    std::string text_;
};

}  // namespace posta::worker
