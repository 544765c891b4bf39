#pragma once
// Takes over the directory of a single-tenant daemon as one of our identities.
//
// The source is only ever read, byte by byte: not even opened by SQLite, which would write a -shm
// and move the -wal into the database. Its files are copied into a private staging directory
// (<data_dir>/.adopt-<slug>, 0700), the database is opened there, copied through the backup API
// into the new directory, and the two are compared row by row. Only a directory that is complete,
// verified and durable gets its name, by one rename; then the manifest gets its entry; then the
// staging directory goes. Interrupted before the rename, the next run starts afresh; after it, the
// next run finds the directory, verifies it against the source and does what is left. A dry run
// copies the database alone, to a temporary directory that the next adopt removes if this one is
// killed.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/result.h"
#include "worker/admin/tenant_owner.h"
#include "worker/store/canonical_peers.h"
#include "worker/store/compare.h"
#include "worker/store/summary.h"

namespace posta::worker {

struct AdoptRequest {
    std::string slug;
    std::string url;     // canonical
    std::string source;  // DIR
    std::string data_dir;
    std::string manifest_path;
    UidRange uid_range;
    std::string user;
    bool dry_run = false;
};

struct AdoptReport {
    enum class Outcome { adopted, already_adopted, would_be_adopted };
    struct File {
        std::string name;
        std::uint64_t bytes = 0;
        std::string sha256;
    };
    struct KeyLine {
        std::string id;
        std::string created_at;
        bool signs = false;
    };

    Outcome outcome = Outcome::adopted;
    std::string directory;
    std::vector<File> source_files;
    std::vector<KeyLine> keys;
    store::Summary summary;           // of the source
    store::Comparison comparison;     // source and copy; empty when already adopted
    store::PeerChanges peer_changes;  // what migration 6 will do at the first start
    bool search_index_rebuilt = false;
    std::uint64_t database_bytes = 0;
    std::string database_sha256;
    FileOwner owner{};
    bool manifest_entry_written = false;
};

// `step` is told what is being done, for people; percent is -1 where it is not known.
using AdoptProgress = std::function<void(std::string_view step, int percent)>;

Result<AdoptReport> adopt(const AdoptRequest& request, const Clock& clock,
                          const AdoptProgress& progress);

}  // namespace posta::worker
