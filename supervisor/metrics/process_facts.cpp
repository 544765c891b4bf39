#include "supervisor/metrics/process_facts.h"

#include <charconv>
#include <fstream>
#include <string>

namespace posta::supervisor {

namespace {

std::optional<std::int64_t> first_number(const std::string& line) {
    const std::size_t at = line.find_first_of("0123456789");
    std::int64_t number = 0;
    if (at == std::string::npos) return std::nullopt;
    const auto [end, error] = std::from_chars(line.data() + at, line.data() + line.size(), number);
    if (error != std::errc() || end == line.data() + at) return std::nullopt;
    return number;
}

}  // namespace

// From /proc/PID/status; /proc/PID itself belongs to root when the process is not dumpable.
ProcessFacts facts_of(int pid) {
    ProcessFacts facts;
    if (pid == 0) return facts;
    std::ifstream in("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("Uid:")) facts.uid = first_number(line);
        if (line.starts_with("VmRSS:")) facts.memory_kb = first_number(line);
    }
    return facts;
}

}  // namespace posta::supervisor
