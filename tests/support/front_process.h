#pragma once
// The real front as a process of its own, with the test as its supervisor.

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "common/base/unique_fd.h"
#include "common/contracts/front_contract.h"
#include "common/contracts/settings.h"
#include "tests/support/temp_dir.h"

namespace posta::test {

class FrontProcess {
public:
    // Starts it with these routes and waits until it is ready.
    explicit FrontProcess(const std::vector<contracts::Route>& routes,
                          std::vector<std::string> trusted_proxies = {});
    FrontProcess(const std::vector<contracts::Route>& routes, contracts::FrontSettings settings);
    // Stops it by TERM when it runs; fails the test when its log holds a sanitizer's report.
    ~FrontProcess();
    FrontProcess(const FrontProcess&) = delete;
    FrontProcess& operator=(const FrontProcess&) = delete;

    int port() const { return port_; }
    pid_t pid() const { return pid_; }
    void send_routes(const std::vector<contracts::Route>& routes);
    // Another line of contracts/channel.h, without its newline.
    void send_order(std::string_view line);
    // The supervisor is gone.
    void close_channel() { channel_.reset(); }
    void signal(int number) const;
    // Its exit code, 128 and the signal, or -1 when it is still there at the deadline.
    int wait_for_exit(std::chrono::milliseconds deadline = std::chrono::seconds(60));
    std::size_t resident_bytes() const;
    std::string log() const;

private:
    void start();

    TempDir folder_;
    UniqueFd channel_;
    int port_ = 0;  // set while the listener is made
    UniqueFd listener_;
    pid_t pid_ = 0;
};

}  // namespace posta::test
