#include "worker/store/outbox_gauge.h"

namespace posta::store {

Result<OutboxLoad> OutboxGauge::read() {
    OutboxLoad load;
    std::int64_t first = 0;
    {
        Rows rows = depth_.run();
        TRY(rows.next());
        load.depth = rows.integer(0);
        if (load.depth > 0) first = rows.integer(1);
    }
    if (load.depth == 0) return load;
    Rows rows = queued_at_.run({first});
    const bool found = TRY(rows.next());
    if (found) load.oldest = rows.text(0);
    return load;
}

}  // namespace posta::store
