#pragma once
// A posta-server that runs for a test: started on a free port in a folder of its own, stopped and
// looked after at the end.
//
//   ServerProcess server(POSTA_SERVER);
//   server.add_identity("arne");
//   server.write_manifest();
//   server.start();             // waits for the newline on --notify-fd
//   ... server.port() ... server.pid_of("arne") ... server.signal(SIGHUP) ...
//
// The end of the object stops it by TERM, then by KILL, and fails the test when a process of it is
// left, or when its log holds a sanitizer's report. The log is printed when the test has failed.

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/support/eventually.h"
#include "tests/support/temp_dir.h"

namespace posta::test {

class ServerProcess {
public:
    explicit ServerProcess(std::string program);
    ~ServerProcess();
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    // Where things are.
    std::string manifest_path() const { return folder_ / "identities.toml"; }
    std::string data_dir() const { return folder_ / "data"; }
    std::string data_dir_of(const std::string& slug) const { return data_dir() + "/" + slug; }
    std::string run_dir() const { return folder_ / "run"; }
    const TempDir& folder() const { return folder_; }

    // Makes the data directory (as root: owned by a uid of its own) and an entry for the manifest,
    // with the host "<slug>.test". `more` is TOML for the entry.
    void add_identity(const std::string& slug, const std::string& more = "");
    void remove_identity(const std::string& slug);
    // Lines for [server].
    void set_server_keys(std::string toml) { server_keys_ = std::move(toml); }
    void write_manifest() const;
    uid_t uid_of(const std::string& slug) const;

    // Further words for `serve`.
    void add_words(const std::vector<std::string>& words);
    // Starts and waits until all is ready; a test failure when that takes over a minute.
    void start();
    // Starts without waiting, for a server that is expected to refuse.
    void launch();
    // Waits until it is gone. Its exit code, or 128 and the signal.
    int wait_for_exit();
    // TERM, and its exit code.
    int stop();
    void signal(int signal_number) const;

    pid_t pid() const { return pid_; }
    bool running() const;
    std::string address() const;  // "127.0.0.1:12345"
    int port() const;
    // What the control socket answers to a request, or "no answer: <why>".
    std::string ask(std::string_view request) const;
    // From the pid file; 0 when there is none.
    pid_t pid_of(const std::string& slug) const;
    // Processes of this server whose first word is `role` ("worker", "front").
    std::vector<pid_t> children(const std::string& role) const;
    // All that it has started, whatever they are.
    std::vector<pid_t> family() const;
    std::string log() const { return read_text(folder_ / "log"); }
    // The log gets a line with this text.
    bool logs(const std::string& text, int times = 1) const;

private:
    struct Identity {
        std::string slug;
        std::string more;
        uid_t uid;
    };

    std::string program_;
    TempDir folder_;
    std::vector<std::string> words_;
    std::vector<Identity> identities_;
    std::string server_keys_;
    uid_t next_uid_;
    pid_t pid_ = 0;
    int notify_fd_ = -1;
    std::optional<int> exit_code_;
};

// To that one process. What is no process's number (0 is the test's whole group, -1 everybody, and
// pid_of() gives 0 after a start that failed) is a test failure, and nobody gets a signal.
void send_signal(pid_t pid, int signal_number);
// Of any process: does it live (a zombie does not)?
bool lives(pid_t pid);
// argv as /proc shows it.
std::vector<std::string> words_of(pid_t pid);

}  // namespace posta::test
