#pragma once
// What a worker tells of its tenant with each sign of life: what waits to be sent, when something
// was last committed, how much disk is used.

#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/contracts/child_report.h"
#include "worker/store/outbox_gauge.h"

namespace posta::worker {

class VitalSigns {
public:
    VitalSigns(const Clock& clock, store::Database& database, std::string data_dir)
        : clock_(clock), data_dir_(std::move(data_dir)), outbox_(database) {}

    void on_commit() { last_commit_ = clock_.now(); }
    // What cannot be read is left out: it shows elsewhere, and in the log.
    contracts::Vitals read();

private:
    // The directory is looked at less often than we are asked.
    static constexpr std::chrono::seconds kDiskEvery{60};
    static constexpr int kMostFiles = 20'000;

    std::optional<std::int64_t> disk_bytes();

    const Clock& clock_;
    std::string data_dir_;
    store::OutboxGauge outbox_;
    std::optional<WallTime> last_commit_;
    std::optional<SteadyTime> disk_read_at_;
    std::optional<std::int64_t> disk_bytes_;
};

}  // namespace posta::worker
