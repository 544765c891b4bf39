#include "common/http/head_parser.h"

#include "common/http/head_tokens.h"
#include "common/http/message_parser.h"
#include "common/http/request_rules.h"
#include "common/http/response_rules.h"

namespace posta::http {

namespace {

enum class Phase { head, body, failed };

constexpr Step kNeedMore{Event::need_more, {}, {}};
constexpr Step kHead{Event::head, {}, {}};
constexpr Step kEnd{Event::end, {}, {}};
constexpr Step kFault{Event::fault, {}, {}};

// The state of either parser; `Head` is what it reads.
template <class Head>
struct Reading {
    explicit Reading(HeadLimits limits) : collector(limits) {}

    Phase phase = Phase::head;
    HeadCollector collector;
    BodyReader body;
    Head head;
    Fault fault;

    Step fail(const Fault& reason) {
        phase = Phase::failed;
        fault = reason;
        return kFault;
    }

    // `read` turns what was collected into `head`, or says why not. A response's faults are 502.
    template <class Read>
    Step step(std::string_view& rest, Read read) {
        if (phase == Phase::failed) return kFault;
        if (phase == Phase::body) return step_body(rest);
        switch (collector.collect(rest)) {
            case HeadScanner::Verdict::need_more:
                return kNeedMore;
            case HeadScanner::Verdict::fault:
                return fail(
                    {collector.scanner().fault_status(), collector.scanner().fault_reason()});
            case HeadScanner::Verdict::complete:
                break;
        }
        if (auto reason = read()) return fail(*reason);
        body.begin(head.framing);
        phase = Phase::body;
        return kHead;
    }

    Step step_body(std::string_view& rest) {
        if (body.is_over()) {
            restart();
            return kEnd;
        }
        const Step step = body.step(rest);
        if (step.event == Event::fault) return fail({400, body.fault_reason()});
        return step;
    }

    void restart() {
        phase = Phase::head;
        collector.restart();
    }

    bool between_messages() const { return phase == Phase::head && collector.empty(); }
};

}  // namespace

struct RequestParser::Parts : Reading<RequestHead> {
    using Reading::Reading;

    std::optional<Fault> read() {
        if (auto fault_found = read_request_line(collector.first_line(), head)) return fault_found;
        if (auto fault_found = split_fields(MessageKind::request, collector.text(),
                                            collector.line_ends(), head.fields))
            return fault_found;
        return check_request(head);
    }
};

RequestParser::RequestParser(HeadLimits limits) : parts_(std::make_unique<Parts>(limits)) {}
RequestParser::~RequestParser() = default;

Step RequestParser::step(std::string_view& rest) {
    return parts_->step(rest, [this] { return parts_->read(); });
}

const RequestHead& RequestParser::head() const { return parts_->head; }

std::string_view RequestParser::head_bytes() const {
    return parts_->collector.text().substr(0, parts_->collector.text().size() - 2);
}

const Fault& RequestParser::fault() const { return parts_->fault; }

bool RequestParser::between_messages() const { return parts_->between_messages(); }

struct ResponseParser::Parts : Reading<ResponseHead> {
    using Reading::Reading;
    bool to_head_request = false;

    std::optional<Fault> read() {
        if (auto fault_found = read_status_line(collector.first_line(), head)) return fault_found;
        if (auto fault_found = split_fields(MessageKind::response, collector.text(),
                                            collector.line_ends(), head.fields))
            return fault_found;
        return check_response(to_head_request, head);
    }
};

ResponseParser::ResponseParser(HeadLimits limits) : parts_(std::make_unique<Parts>(limits)) {}
ResponseParser::~ResponseParser() = default;

void ResponseParser::expect_answer_to(std::string_view method) {
    parts_->to_head_request = method == "HEAD";
    parts_->restart();
}

Step ResponseParser::step(std::string_view& rest) {
    const Step step = parts_->step(rest, [this] { return parts_->read(); });
    // Whatever is wrong with an answer, it is the answering side's fault.
    if (step.event == Event::fault) parts_->fault.status = 502;
    return step;
}

bool ResponseParser::between_chunks() const {
    return parts_->phase == Phase::body && parts_->body.between_chunks();
}

bool ResponseParser::finish() {
    if (parts_->phase == Phase::body && parts_->body.lasts_until_close()) {
        parts_->restart();
        return true;
    }
    return parts_->between_messages();
}

const ResponseHead& ResponseParser::head() const { return parts_->head; }

std::string_view ResponseParser::head_bytes() const {
    return parts_->collector.text().substr(0, parts_->collector.text().size() - 2);
}

std::optional<std::string_view> ResponseParser::head_in_place() const {
    if (parts_->collector.in_pieces()) return std::nullopt;
    return parts_->collector.text();
}

const Fault& ResponseParser::fault() const { return parts_->fault; }

bool ResponseParser::between_messages() const { return parts_->between_messages(); }

}  // namespace posta::http
