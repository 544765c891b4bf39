#pragma once
// A client that follows the events of an identity as an app does: it comes back with its last id
// when the stream ends, and reads its contacts again when it is asked to look for itself.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace posta::test {

class EventFollower {
public:
    struct Seen {
        std::set<std::string> contacts;
        int streams = 0;  // that were opened
        int whole = 0;    // that ended behind a whole frame
        int cut = 0;
        int resyncs = 0;
        bool ids_grow = true;
        int refused = 0;  // attempts that got no stream
    };

    EventFollower(int port, std::string slug, std::string token);
    ~EventFollower();
    EventFollower(const EventFollower&) = delete;
    EventFollower& operator=(const EventFollower&) = delete;

    Seen seen() const;
    bool is_ready() const { return ready_; }

private:
    void run();
    void follow_once();
    std::string request(const std::string& path, const std::string& more) const;

    int port_;
    std::string slug_;
    std::string token_;
    std::atomic<bool> stopping_{false};
    std::atomic<bool> ready_{false};
    mutable std::mutex mutex_;  // of what follows
    Seen seen_;
    std::int64_t last_id_ = 0;
    std::thread thread_;
};

}  // namespace posta::test
