#pragma once
// What `--admin-listen` is asked and answers (operations.md): /healthz, /readyz, /metrics. Pure.
//
// The supervisor holds rights, so it reads as little as can be: the first line of a head that is at
// most 1 KiB, and of that line the method and the path. Fields and bodies are not looked at; every
// connection carries one request and ends.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace posta::supervisor {

constexpr std::size_t kMaxHealthHeadBytes = 1024;

// False while more bytes are needed; true at the empty line, and once the bound is passed.
bool is_whole_head(std::string_view bytes);

struct HealthSource {
    // For each enabled identity that is not, its name and state. /readyz names them with 503.
    std::function<std::vector<std::string>()> not_ready;
    std::function<std::string()> metrics;  // Prometheus' text format
};

// /healthz is 200, since whoever answers lives.
std::string health_answer(std::string_view head, const HealthSource& source);

}  // namespace posta::supervisor
