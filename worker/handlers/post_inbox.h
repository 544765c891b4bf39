#pragma once
// POST on the identity's URL: a message of a peer (wire.md section 5).
//
// What can be said from the head alone stands here too, because the gate asks it before the body is
// read; the rest is the inbox's.

#include "common/http/head.h"
#include "worker/http/router.h"
#include "worker/http/service.h"

namespace posta::worker {

// 5.1.1, before 5.1.2: the content type is wrong although the body may be too long as well.
std::optional<Response> refuse_submission_head(const http::RequestHead& head);

void post_inbox(App& app, Request request, Reply reply);

}  // namespace posta::worker
