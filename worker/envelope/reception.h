#pragma once
// One message on its way in: the checks of wire.md section 5, in their order.
//
// The order is part of the contract: it decides which of several faults is answered, and that
// nothing costly or telling happens before it is earned (no network and no cryptography for a stale
// message, no limit and no contact list for an unproven sender). So it stands here once, and what
// the checks need from outside comes in through ReceptionParts: asynchronous in the server,
// immediate in the tests that run the conformance vectors.
//
// Steps 5.0 (method, path, address limit) are the router's.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "worker/envelope/envelope.h"
#include "worker/envelope/signature.h"

namespace posta::wire {

// A POST as it came. Values of repeated fields are all there.
struct Submission {
    std::vector<std::string_view> content_types;
    std::vector<std::string_view> signatures;
    std::string body;
    bool body_too_large = false;  // then `body` need not be whole
};

// How it ended. Accepted means: part of the turn's transaction, to be answered once that has
// committed.
struct Verdict {
    std::optional<Refused> refused;      // nothing: accepted
    std::chrono::seconds retry_after{};  // with rate_limited and unavailable
    std::optional<Envelope> envelope;    // from 5.1.5 on
};

class ReceptionParts {
public:
    // 5.4: the key of that id in the sender's actor document; Refusal::actor_doc_unavailable or
    // unknown_key.
    using OnKey = std::function<void(Result<PublicKey, Refused>)>;
    virtual void find_key(const std::string& sender, const std::string& key_id, OnKey on_key) = 0;
    // 5.5: whether the signature over the body is that key's.
    using OnVerified = std::function<void(bool)>;
    virtual void verify(const PublicKey& key, const Signature& signature,
                        std::shared_ptr<const std::string> body, OnVerified on_verified) = 0;
    // 5.5.1: takes one message off the sender's allowance; how long to wait when there is none.
    virtual std::optional<std::chrono::seconds> charge(const std::string& sender) = 0;
    virtual Result<bool> admits(const std::string& sender) = 0;
    // 5.6 and 5.7: false when (sender, id) is stored already.
    virtual Result<bool> store(const Envelope& envelope, const Signature& signature,
                               std::string_view body) = 0;

protected:
    ~ReceptionParts() = default;
};

// Runs the checks. `recipient` is this identity's URL; `parts` must outlive every pending callback.
// Calls `on_verdict` once, perhaps before it returns.
void receive(ReceptionParts& parts, std::string_view recipient, WallTime now, Submission submission,
             std::function<void(const Verdict&)> on_verdict);

struct Opened {
    Envelope envelope;
    Signature signature;
};

// Steps 5.1.1 to 5.3: what can be said from the request alone.
Result<Opened, Refused> open_submission(const Submission& submission, std::string_view recipient,
                                        WallTime now);

// What 5.1.1 answers, for whom the head alone is there.
Refused unsupported_media_type();

// application/posta+json, in any case, with or without parameters.
bool is_posta_json(std::string_view content_type);

}  // namespace posta::wire
