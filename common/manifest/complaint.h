#pragma once
// One thing wrong with a manifest: where, what was found, what is allowed.

#include <string>
#include <string_view>
#include <vector>

namespace posta::manifest {

struct Complaint {
    int line = 0;         // 0: the file as a whole
    std::string subject;  // `identity "arne"`, `server`, or empty
    std::string text;     // `unknown key "hots" (did you mean "host"?)`

    auto operator<=>(const Complaint&) const = default;
};

using Complaints = std::vector<Complaint>;

// "FILE:LINE: SUBJECT: TEXT" for each, ordered by line, each on a line of its own.
std::string describe(const Complaints& complaints, std::string_view file);

}  // namespace posta::manifest
