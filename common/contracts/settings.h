#pragma once
// The settings that the supervisor gives a child as the first line of its channel.
//
// Nothing secret is in them, and nothing of another tenant.

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "common/base/log.h"
#include "common/base/result.h"
#include "common/manifest/manifest.h"

namespace posta::contracts {

struct WorkerSettings {
    std::string slug;
    std::string url;                 // canonical
    std::vector<std::string> hosts;  // which Hosts are its own; others get 421
    std::string data_dir;            // this tenant's own directory
    std::optional<uid_t> uid;        // becomes this before it opens anything; absent: stays
    std::optional<gid_t> gid;
    manifest::TenantSettings tenant;
    LogFormat log_format = LogFormat::text;
};

struct FrontSettings {
    int listeners = 0;  // descriptors kFrontListenFd and on
    std::optional<uid_t> uid;
    std::optional<gid_t> gid;
    std::vector<std::string> trusted_proxies;
    bool proxy_protocol = false;
    manifest::AccessLog access_log = manifest::AccessLog::off;  // of what is no tenant's
    manifest::ClientBounds bounds;
    std::vector<std::string> require_layers;
    LogLevel log_level = LogLevel::info;
    LogFormat log_format = LogFormat::text;
};

// Without newline.
std::string to_line(const WorkerSettings& settings);
std::string to_line(const FrontSettings& settings);
Result<WorkerSettings> worker_settings_from(std::string_view line);
Result<FrontSettings> front_settings_from(std::string_view line);

// Child side, before the loop and the sandbox: reads exactly the first line from the channel,
// blocking, and leaves everything behind it unread.
Result<std::string> read_first_line(int channel_fd);

}  // namespace posta::contracts
