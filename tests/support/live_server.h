#pragma once
// The real server with identities that the real commands have made, and a load on it.
//
//   LiveServer live({"arne", "marcus"});      // serves https://<slug>.test when it returns
//   Load load(live.server.port(), {"arne", "marcus"}, 4);
//   ... live.run("ctl restart arne") ...
//   const LoadOutcome outcome = load.stop();

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/server_process.h"

namespace posta::test {

struct Outcome {
    int exit_code;
    std::string output;  // both streams
};

// A shell's line, standard error included.
Outcome run_line(const std::string& line);

class LiveServer {
public:
    // 127.0.0.1 is a trusted proxy, so that a client may speak for many addresses.
    // `program`: another path to run the server by.
    explicit LiveServer(const std::vector<std::string>& slugs, std::string more_server_keys = "",
                        const std::vector<std::string>& more_words = {},
                        const std::string& program = "");

    // A command of the real program for this server, such as "ctl restart arne".
    Outcome run(const std::string& words) const;
    // Puts a line of TOML below the slug of its entry.
    void add_to_entry(const std::string& slug, const std::string& toml) const;
    // Another process than `old` serves the slug.
    bool replaced(const std::string& slug, pid_t old) const;

    ServerProcess server;
};

// A request as a proxy passes it on; `client` is the address it speaks for.
std::string get_request(const std::string& slug, const std::string& path, const std::string& client,
                        const std::string& more = "");
std::string redeem_request(const std::string& slug, const std::string& client);

struct LoadOutcome {
    struct Failure {
        std::size_t client;
        std::string slug;
        std::string method;
        std::string what;
    };
    std::vector<Failure> failures;
    std::map<std::string, int> answered;  // by slug
    int reconnects = 0;                   // without a failure: the server said that it closes

    std::string text() const;
};

// Clients with a connection each, kept alive, that ask all the slugs in turn, a GET and a POST,
// until they are stopped. A POST redeems an invite that nobody made: 410.
class Load {
public:
    Load(int port, std::vector<std::string> slugs, std::size_t clients);
    ~Load();
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    // So many more answers from each of the slugs, or a test failure.
    void goes_on(int answers);
    LoadOutcome stop();

private:
    void run_client(std::size_t number);
    std::string next_address();

    int port_;
    std::vector<std::string> slugs_;
    std::atomic<bool> stopping_{false};
    std::atomic<unsigned> addresses_{0};
    std::mutex mutex_;
    LoadOutcome outcome_;
    std::vector<std::thread> threads_;
};

}  // namespace posta::test
