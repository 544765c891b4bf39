#include "supervisor/front/access_log.h"

namespace posta::supervisor {

namespace {

constexpr std::uint64_t kOneOf = 100;
constexpr std::size_t kMaxPathBytes = 512;

}  // namespace

bool AccessLog::pick(manifest::AccessLog mode) {
    switch (mode) {
        case manifest::AccessLog::off:
            return false;
        case manifest::AccessLog::sampled:
            return sampled_++ % kOneOf == 0;
        case manifest::AccessLog::all:
            return true;
    }
    return false;
}

void AccessLog::write(const AccessEntry& entry, std::string_view id, AccessOutcome outcome,
                      std::uint64_t now) {
    if (entry.mode == manifest::AccessLog::off) return;
    if (!entry.picked && outcome.status < 500 && outcome.word != "cut") return;
    log_.info("access", {{"tenant", std::string_view(entry.tenant)},
                         {"request", id},
                         {"client", std::string_view(entry.client)},
                         {"method", std::string_view(entry.method)},
                         {"path", std::string_view(entry.path).substr(0, kMaxPathBytes)},
                         {"outcome", outcome.word},
                         {"status", outcome.status},
                         {"bytes", entry.answer_bytes},
                         {"ms", now - entry.began_at}});
}

}  // namespace posta::supervisor
