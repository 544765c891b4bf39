#include "worker/vital_signs.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "common/base/rfc3339.h"

namespace posta::worker {

contracts::Vitals VitalSigns::read() {
    contracts::Vitals vitals;
    if (const auto load = outbox_.read()) {
        vitals.outbox_depth = load->depth;
        if (const auto queued = parse_time(load->oldest)) {
            const auto age = clock_.now() - *queued;
            vitals.outbox_oldest_s = std::max<std::int64_t>(
                0, std::chrono::duration_cast<std::chrono::seconds>(age).count());
        }
    }
    if (last_commit_) vitals.last_commit_ms = last_commit_->time_since_epoch().count();
    vitals.disk_bytes = disk_bytes();
    return vitals;
}

std::optional<std::int64_t> VitalSigns::disk_bytes() {
    const SteadyTime now = clock_.steady();
    if (disk_read_at_ && now - *disk_read_at_ < kDiskEvery) return disk_bytes_;
    disk_read_at_ = now;
    std::int64_t bytes = 0;
    int left = kMostFiles;
    std::error_code error;
    std::filesystem::directory_iterator entries(data_dir_, error);
    for (; !error && entries != std::filesystem::directory_iterator() && left > 0; --left) {
        struct stat status {};
        constexpr std::int64_t kBlockBytes = 512;
        if (::lstat(entries->path().c_str(), &status) == 0)
            bytes += std::int64_t{status.st_blocks} * kBlockBytes;
        entries.increment(error);
    }
    disk_bytes_ = error ? std::nullopt : std::optional(bytes);
    return disk_bytes_;
}

}  // namespace posta::worker
