#include "common/manifest/complaint.h"

namespace posta::manifest {

std::string describe(const Complaints& complaints, std::string_view file) {
    std::string text;
    for (const Complaint& complaint : complaints) {
        text += file;
        if (complaint.line > 0) text += ":" + std::to_string(complaint.line);
        text += ": ";
        if (!complaint.subject.empty()) text += complaint.subject + ": ";
        text += complaint.text + "\n";
    }
    return text;
}

}  // namespace posta::manifest
