#pragma once
// Answers that the front gives itself. Pure.

#include <string>
#include <string_view>

namespace posta::supervisor {

struct Refusal {
    int status;
    std::string_view code;  // for programs: "not-found"
    std::string message;    // for people
    int retry_after_seconds = 0;
    bool ends_connection = false;
};

Refusal unknown_host();
Refusal worker_away();
Refusal worker_failed();
Refusal worker_silent();
Refusal request_too_slow();
Refusal too_many_connections();
Refusal tenant_has_too_many_connections();
Refusal tenant_has_too_many_requests();
Refusal bad_request(int status, std::string_view reason);

// Whole, as it goes to the client. A HEAD request gets the head alone.
std::string answer_text(const Refusal& refusal, bool head_only, bool close);

}  // namespace posta::supervisor
