#pragma once
// What passes between the supervisor and a child over the child's channel, and what a child
// inherits.
//
// The channel is one end of a stream socket pair. Its end of file is the lifeline: a child whose
// supervisor is gone leaves. Both sides write lines of at most kMaxLineBytes; a longer one, or one
// that is none of those below, ends the child (supervisor side) or is ignored with a warning (child
// side). The supervisor believes nothing that a child says beyond these words.
//
//   down  first line       the child's settings, one JSON object (settings.h)
//         ping             answer with pong (every 5 s; 20 s of silence: the child is killed)
//         routes {...}     front only: the whole routing table (front_contract.h)
//         level LEVEL      log level from now on
//         leave            front only: drain as for SIGTERM, but nobody takes its place: idle
//                          clients are let go of soon, and it ends within 10 s
//         alone            worker only: its predecessor, which drained beside it, has left; what
//                          that one queued to be sent while it drained is this one's to send
//         wake             worker only: a command has queued something to be sent
//   up    ready            serving
//         failed TEXT      leaving with exit code 78; TEXT is the reason for `status`
//         migrating        worker only, before ready: it brings its database to a newer version and
//                          has got further; said again at most every few seconds. It may then be
//                          silent for as long as a start may take (10 min) from each such word, and
//                          neither that time nor the one of a trial counts from before it
//         draining         takes no new connections, and has stopped what only one process of a
//                          tenant may do (sending from the outbox): its successor starts now, on
//                          the same listening socket, while it finishes (10 s at most)
//         pong
//         report {...}     counters for status and metrics (child_report.h), with ready and each
//                          pong
//         traffic {...}    front only: what it has counted for tenants since (traffic.h), with each
//                          pong and at the end

#include <cstddef>
#include <string_view>

namespace posta::contracts {

constexpr std::size_t kMaxLineBytes = 1024 * 1024;  // down: the routing table of a thousand tenants
constexpr std::size_t kMaxReportBytes = 16 * 1024;  // up

constexpr std::string_view kLeaveOrder = "leave";
constexpr std::string_view kMigratingWord = "migrating";

// Descriptors of every child: 0 /dev/null, 1 and 2 the log, then these.
constexpr int kListenFd = 3;       // worker: its tenant's listening Unix socket
constexpr int kChannelFd = 4;      // both: the channel
constexpr int kFrontListenFd = 5;  // front: the first of its public listening sockets; 3 is closed

}  // namespace posta::contracts
