#include "common/http/message_parser.h"

#include <algorithm>

namespace posta::http {

HeadScanner::Verdict HeadCollector::collect(std::string_view& rest) {
    while (!rest.empty()) {
        const std::size_t before = kept_.size();
        text_ = rest;
        if (before > 0) {
            // One byte more than the limit is enough for the scanner to refuse the head.
            const std::size_t room = limits_.bytes + 1 - std::min(before, limits_.bytes);
            text_ = kept_.append(rest.substr(0, room));
        }
        const auto verdict = scanner_.scan(text_, limits_.bytes, limits_.fields + 1);
        if (verdict == HeadScanner::Verdict::need_more) {
            if (before == 0) kept_.assign(rest);
            rest = {};
            return verdict;
        }
        if (verdict == HeadScanner::Verdict::fault) return verdict;
        text_ = text_.substr(0, scanner_.end());
        rest.remove_prefix(scanner_.end() - before);
        if (text_.size() > 2) return verdict;
        if (skipped_empty_line_) return scanner_.refuse("empty lines before the head");
        restart();
        skipped_empty_line_ = true;
    }
    return HeadScanner::Verdict::need_more;
}

void BodyReader::begin(const Framing& framing) {
    kind_ = framing.kind;
    left_ = framing.length;
    if (kind_ == BodyKind::chunked) chunks_.restart();
}

Step BodyReader::step(std::string_view& rest) {
    switch (kind_) {
        case BodyKind::none:
            return {Event::end, {}, {}};
        case BodyKind::length:
        case BodyKind::until_close: {
            if (rest.empty()) return {Event::need_more, {}, {}};
            const bool counted = kind_ == BodyKind::length;
            const std::size_t take =
                counted ? static_cast<std::size_t>(std::min<std::uint64_t>(left_, rest.size()))
                        : rest.size();
            const std::string_view part = rest.substr(0, take);
            rest.remove_prefix(take);
            if (counted) left_ -= take;
            if (counted && left_ == 0) kind_ = BodyKind::none;
            return {Event::body, part, part};
        }
        case BodyKind::chunked:
            break;
    }
    const ChunkedBody::Piece piece = chunks_.read(rest);
    switch (piece.verdict) {
        case ChunkedBody::Verdict::need_more:
            return {Event::need_more, {}, {}};
        case ChunkedBody::Verdict::fault:
            return {Event::fault, {}, {}};
        case ChunkedBody::Verdict::complete:
            kind_ = BodyKind::none;
            break;
        case ChunkedBody::Verdict::piece:
            break;
    }
    return {Event::body, piece.wire, piece.data};
}

}  // namespace posta::http
