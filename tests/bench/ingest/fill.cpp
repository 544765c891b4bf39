// Fills an identity's database with messages that were received before, quickly: what the ingest
// bench calls a large database.
//
//   bench-ingest-fill DATABASE ORIGIN RECIPIENT SENDERS IDS COUNT

#include <cstdio>
#include <cstdlib>

#include "common/base/random_id.h"
#include "common/base/rfc3339.h"
#include "tests/bench/ingest/rows.h"

int main(int argc, char** argv) {
    if (argc != 7) {
        std::fputs("usage: bench-ingest-fill DATABASE ORIGIN RECIPIENT SENDERS IDS COUNT\n",
                   stderr);
        return 2;
    }
    constexpr std::size_t kTogether = 200;  // a busy server's turn
    posta::start_crypto();
    const auto senders = posta::bench::make_senders(std::atoi(argv[4]), argv[2]);
    const posta::bench::Ids ids = posta::bench::ids_named(argv[5]);
    const std::size_t count = std::strtoull(argv[6], nullptr, 10);
    posta::bench::Rows rows(argv[1]);
    rows.execute("PRAGMA synchronous = OFF");
    const posta::WallTime began = posta::SystemClock().now() - std::chrono::hours(24 * 365);
    for (std::size_t done = 0; done < count; done += kTogether) {
        const posta::WallTime at = began + std::chrono::seconds(done * 20);
        const auto messages =
            posta::bench::make_messages(senders, ids, done, kTogether, argv[3], at);
        rows.execute("BEGIN");
        for (const auto& message : messages)
            rows.add(message, senders[message.sender].url, message.sent_at);
        rows.execute("COMMIT");
    }
}
