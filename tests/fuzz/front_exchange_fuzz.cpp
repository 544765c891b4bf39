// The whole exchange of the front: what clients send, what the workers of two tenants send, what
// the sockets take, how time goes and which worker is there are all read from the input; the front
// is the real one. What must hold stands in front_client.h and front_worker.h: no byte of one
// tenant or client reaches another's, requests and answers stay paired and well-formed, nothing is
// left over and nothing hangs.
//
// The input: one byte of limits, then steps. A step is a byte: the low four bits say what, the next
// three to whom or how; with the highest bit set the next step comes before the loop turns.

#include <array>

#include "tests/fuzz/front_stage.h"
#include "tests/fuzz/target.h"

namespace posta::fuzz {
namespace {

using std::chrono::milliseconds;
using State = FrontStage::State;

constexpr std::size_t kMostSteps = 64;
constexpr std::size_t kMostClients = 3;

enum class What {
    client_says = 0,
    client_asks = 1,
    worker_says = 2,
    worker_answers = 3,
    time_passes = 4,
    client_changes = 5,
    worker_changes = 6,
    routes_change = 7,
    client_comes = 8,
    front_drains = 9,
    client_pours = 10,
    worker_pours = 11,
    accepting_changes = 12,
};

supervisor::FrontLimits limits_from(std::uint8_t choice) {
    supervisor::FrontLimits limits;
    if ((choice & 1) != 0) limits.high_water = 2048;
    if ((choice & 2) != 0) limits.held_back = 256;
    if ((choice & 4) != 0) limits.upstreams_per_client = 1;
    if ((choice & 8) != 0) limits.descriptors = 6;
    if ((choice & 16) != 0) limits.linger_bytes = 512;
    return limits;
}

class Play {
public:
    Play(FrontWorld& world, Input& input)
        : input_(input),
          choice_(input.byte()),
          stage_(world, limits_from(choice_), (choice_ & 32) != 0) {}

    void run() {
        stage_.add_client(small_buffers());
        for (std::size_t step = 0; step < kMostSteps && !input_.empty(); ++step) {
            const std::uint8_t byte = input_.byte();
            take(static_cast<What>(byte & 15), byte >> 4 & 7U);
            if ((byte & 128) == 0) stage_.settle();
        }
        if ((choice_ & 128) != 0) return stage_.expect_end_by_silence();
        stage_.expect_end_by_leaving();
    }

private:
    bool small_buffers() const { return (choice_ & 64) != 0; }

    void take(What what, unsigned how) {
        switch (what) {
            case What::client_says:
                if (FrontClient* client = stage_.client(how)) client->send(text());
                return;
            case What::client_asks:
                if (FrontClient* client = stage_.client(how)) client->send(request(how));
                return;
            case What::worker_says:
                if (FrontWorker* worker = stage_.worker(how)) worker->send(text());
                return;
            case What::worker_answers:
                if (FrontWorker* worker = stage_.worker(how)) worker->send(answer());
                return;
            case What::time_passes:
                return pass_time(how);
            case What::client_changes:
                return change_client(how);
            case What::worker_changes:
                return change_worker(how);
            case What::routes_change:
                return change_routes(how);
            case What::client_comes:
                if (clients_++ < kMostClients) stage_.add_client(small_buffers());
                return;
            case What::front_drains:
                return stage_.drain();
            case What::client_pours:
                if (FrontClient* client = stage_.client(how)) client->send(pour('x'));
                return;
            case What::worker_pours:
                if (FrontWorker* worker = stage_.worker(how)) worker->send(pour('x'));
                return;
            case What::accepting_changes:
                return stage_.set_accepting(how % 2 == 0);
        }
    }

    std::string_view text() { return input_.bytes(input_.byte()); }
    std::string pour(char c) { return std::string(std::size_t{input_.byte()} * 256, c); }
    static State state(unsigned how) { return static_cast<State>(how % 3); }

    // A well-formed request with a target of its own.
    std::string request(unsigned how) {
        constexpr std::array<std::string_view, 8> kMethods{"GET",    "GET", "POST",    "HEAD",
                                                           "DELETE", "PUT", "OPTIONS", "PATCH"};
        constexpr std::array<std::string_view, 4> kHosts{"a.test", "b.test", "B.test:80", "c.test"};
        const std::uint8_t shape = input_.byte();
        const std::uint8_t more = input_.byte();
        std::string out(kMethods[shape & 7U]);
        out += " /" + std::to_string(how) + "-" + std::to_string(++requests_);
        out += (more & 1) != 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n";
        out.append("Host: ").append(kHosts[shape >> 3 & 3U]).append("\r\n");
        if ((more & 2) != 0) out += "Connection: close\r\n";
        if ((more & 4) != 0) out += "Expect: 100-continue\r\n";
        if ((more & 8) != 0) out += "Upgrade: websocket\r\nConnection: upgrade\r\n";
        if ((more & 16) != 0) out += "Connection: keep-alive\r\n";
        return out + body(shape >> 5 & 3U, "content-length", "transfer-encoding: chunked\r\n");
    }

    // Capitals: they arrive as they are (front_worker.h).
    std::string answer() {
        constexpr std::array<std::string_view, 8> kStatuses{"200 OK", "204 NO",     "304 SAME",
                                                            "100 GO", "101 SWITCH", "404 NONE",
                                                            "500 OH", "201 NEW"};
        const std::uint8_t shape = input_.byte();
        std::string out = "HTTP/1.1 " + std::string(kStatuses[shape & 7U]) + "\r\n";
        if ((shape & 8) != 0) out += "CONNECTION: CLOSE\r\n";
        if ((shape & 16) != 0) out += "CONTENT-TYPE: TEXT/EVENT-STREAM\r\n";
        if ((shape & 7U) == 4) out += "UPGRADE: WEBSOCKET\r\nCONNECTION: UPGRADE\r\n";
        return out + body(shape >> 5 & 3U, "CONTENT-LENGTH", "TRANSFER-ENCODING: CHUNKED\r\n");
    }

    // The rest of a head, and as much of its body as the input has.
    std::string body(unsigned framing, const std::string& length, const std::string& chunked) {
        if (framing == 0) return "\r\n";
        const std::string_view bytes = text();
        if (framing == 1)
            return length + ": " + std::to_string(bytes.size()) + "\r\n\r\n" + std::string(bytes);
        if (framing == 2) return length + ": 100\r\n\r\n" + std::string(bytes);
        if (bytes.empty()) return chunked + "\r\n0\r\n\r\n";
        constexpr std::string_view kHex = "0123456789ABCDEF";
        const std::string size{kHex[bytes.size() / 16], kHex[bytes.size() % 16]};
        return chunked + "\r\n" + size + "\r\n" + std::string(bytes) + "\r\n0\r\n\r\n";
    }

    void change_routes(unsigned how) {
        const std::uint8_t more = input_.byte();
        stage_.replace_routes({state(how), state(more & 15U)}, (more & 16) != 0);
    }

    void pass_time(unsigned how) {
        constexpr std::array<int, 8> kSteps{1, 50, 1000, 2500, 5500, 10'500, 31'000, 125'000};
        stage_.advance(milliseconds(kSteps[how]));
    }

    void change_client(unsigned how) {
        FrontClient* client = stage_.client(input_.byte());
        if (client == nullptr) return;
        if (how % 4 == 0) client->shut_write();
        if (how % 4 == 1) client->close();
        if (how % 4 == 2) client->set_reading(false);
        if (how % 4 == 3) client->set_reading(true);
    }

    void change_worker(unsigned how) {
        FrontWorker* worker = stage_.worker(input_.byte());
        if (worker == nullptr) return;
        if (how % 4 == 0) worker->shut_write();
        if (how % 4 == 1) worker->close();
        if (how % 4 == 2) worker->set_reading(false);
        if (how % 4 == 3) worker->set_reading(true);
    }

    Input& input_;
    std::uint8_t choice_;
    FrontStage stage_;
    std::size_t clients_ = 1;
    int requests_ = 0;
};

}  // namespace
}  // namespace posta::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posta::fuzz;
    static FrontWorld world;
    Input input(data, size);
    const int lowest = world.lowest_free_descriptor();
    Play(world, input).run();
    world.expect_idle();
    CHECK(world.lowest_free_descriptor() == lowest);
    return 0;
}
