#pragma once
// `posta-server send`: queues a message from a shell, as the API's POST /messages does for a
// client.
//
// The message is committed to the identity's own outbox first; then the running worker is told, so
// that it sends at once. When nothing runs, the message is there for the next worker. With --wait
// the command stays until it is known what became of the message, or its time is over.

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "worker/outbox/draft.h"

namespace posta::worker {

int send_message(const std::vector<std::string>& words);

// The draft that the options describe: `peer` as a person types it, `payload` as it was read (white
// space around it goes). The error is what is wrong, for the command's user. Pure.
Result<Draft> draft_from_words(std::string_view peer, std::string_view payload,
                               std::string_view in_reply_to, std::string_view own_url);

// {"kind":"posta.text/v1","body":TEXT}. Pure.
std::string text_payload(std::string_view text);

}  // namespace posta::worker
