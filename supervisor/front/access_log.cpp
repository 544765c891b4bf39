#include "supervisor/front/access_log.h"

#include <utility>

namespace posta::supervisor {

namespace {

constexpr std::uint64_t kOneOf = 100;
constexpr std::size_t kMaxPathBytes = 512;
constexpr std::size_t kMaxWordBytes = 64;
constexpr std::size_t kMaxHostBytes = 256;
constexpr std::uint64_t kStrangersASecond = 20;

// As much of it as takes at most so many bytes of a line, whatever has to be escaped (at most six
// bytes for one): a line that is too long for its pipe would be cut, and lose who it was.
std::string_view bounded(std::string_view text, std::size_t bytes) {
    constexpr std::size_t kEscaped = 6;
    std::size_t at = 0;
    for (std::size_t taken = 0; at < text.size(); ++at) {
        const char c = text[at];
        taken += c >= 0x20 && c < 0x7f && c != '"' && c != '\\' ? 1 : kEscaped;
        if (taken > bytes) break;
    }
    return text.substr(0, at);
}

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
    if (entry.tenant.empty()) return write_stranger(entry, id, outcome, now);
    log_.info("access", {{"tenant", std::string_view(entry.tenant)},
                         {"request", id},
                         {"client", std::string_view(entry.client)},
                         {"method", bounded(entry.method, kMaxWordBytes)},
                         {"path", bounded(entry.path, kMaxPathBytes)},
                         {"outcome", outcome.word},
                         {"status", outcome.status},
                         {"reason", outcome.code.empty() ? "-" : outcome.code},
                         {"bytes", entry.answer_bytes},
                         {"ms", now - entry.began_at}});
}

bool AccessLog::may_tell_of_stranger(std::uint64_t now) {
    if (now / 1000 != second_) {
        second_ = now / 1000;
        told_ = 0;
    }
    if (told_ >= kStrangersASecond) {
        ++left_out_;
        return false;
    }
    ++told_;
    return true;
}

void AccessLog::write_stranger(const AccessEntry& entry, std::string_view id, AccessOutcome outcome,
                               std::uint64_t now) {
    if (!may_tell_of_stranger(now)) return;
    log_.info("access", {{"tenant", "-"},
                         {"host", bounded(entry.host, kMaxHostBytes)},
                         {"request", id},
                         {"client", std::string_view(entry.client)},
                         {"method", bounded(entry.method, kMaxWordBytes)},
                         {"path", bounded(entry.path, kMaxPathBytes)},
                         {"outcome", outcome.word},
                         {"status", outcome.status},
                         {"left_out", std::exchange(left_out_, 0)}});
}

void AccessLog::write_fault(std::string_view client, AccessOutcome outcome, std::string_view reason,
                            std::uint64_t now) {
    if (!pick(strangers_) || !may_tell_of_stranger(now)) return;
    log_.info("access", {{"tenant", "-"},
                         {"client", client},
                         {"outcome", outcome.word},
                         {"status", outcome.status},
                         {"reason", reason},
                         {"left_out", std::exchange(left_out_, 0)}});
}

}  // namespace posta::supervisor
