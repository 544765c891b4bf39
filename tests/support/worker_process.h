#pragma once
// A real `posta-server worker` with an identity of its own, without supervisor and front: the test
// is both. It holds the other end of the channel and speaks HTTP over the tenant's Unix socket.
//
//   WorkerProcess worker(POSTA_SERVER, "https://arne.example");
//   const std::string token = worker.token("phone");   // made before start()
//   worker.start();                                    // waits for `ready`
//   RawClient client = worker.connect();
//
// The end of the object kills it when it still runs and fails the test when its log holds a
// sanitizer's report.

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/unique_fd.h"
#include "common/manifest/manifest.h"
#include "tests/support/raw_client.h"
#include "tests/support/temp_folder.h"
#include "worker/store/store.h"

namespace posta::testing {

class WorkerProcess {
public:
    WorkerProcess(std::string program, std::string url);
    ~WorkerProcess();
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;

    // The identity's own store, opened beside the worker as a command does.
    void with_store(const std::function<void(store::Store&)>& use) const;
    std::string token(const std::string& name) const;
    std::string invite(const std::string& hint, std::chrono::seconds lifetime) const;
    std::string data_dir() const { return folder_ / "data"; }

    // What the manifest would say; changed before start().
    manifest::TenantSettings tenant;

    // Starts it and returns the first line that it says: "ready" or "failed ...".
    std::string launch();
    void start();
    RawClient connect() const { return RawClient(dial()); }
    UniqueFd dial() const;

    void say(const std::string& line) const;
    // The next line that it says, reports left out; empty when there is none within the deadline.
    std::string hear();
    void let_go_of_channel() { channel_.reset(); }
    void signal(int signal_number) const;
    // The exit code, or 128 and the signal; nothing when it still runs at the deadline.
    std::optional<int> wait_for_exit(std::chrono::milliseconds deadline = std::chrono::seconds(60));
    std::string log() const;

private:
    std::string program_;
    std::string url_;
    TempFolder folder_;
    SystemClock clock_;
    UniqueFd listening_;
    UniqueFd channel_;
    std::string heard_;
    pid_t pid_ = 0;
};

}  // namespace posta::testing
