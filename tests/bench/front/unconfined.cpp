// The front of the bench without its sandbox, so that valgrind can count what it executes.
//
//   bench-unconfined-front BACKEND_SOCKET TENANTS
//
// Says the port that it listens on, and serves tenant00.bench.example and so on until its standard
// input ends.

#include <arpa/inet.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "supervisor/front/front_server.h"

namespace {

using namespace posta;

std::vector<contracts::Route> routes_to(const std::string& backend, int tenants) {
    std::vector<contracts::Route> routes;
    for (int number = 0; number < tenants; ++number) {
        const std::string digits = (number < 10 ? "0" : "") + std::to_string(number);
        contracts::Route route;
        route.slug = "t" + digits;
        route.socket_path = backend;
        route.hosts = {"tenant" + digits + ".bench.example"};
        route.state = contracts::Route::State::ready;
        route.worker_connections = 1'000'000;
        routes.push_back(std::move(route));
    }
    return routes;
}

UniqueFd listen_somewhere() {
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0 ||
        ::listen(socket.get(), 4096) != 0 ||
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
        std::perror("bench-unconfined-front");
        std::exit(1);
    }
    std::printf("%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    return socket;
}

class UntilInputEnds final : private StreamEvents {
public:
    explicit UntilInputEnds(EventLoop& loop)
        : loop_(loop),
          input_(loop, UniqueFd(0), SocketKind::pipe, static_cast<StreamEvents&>(*this)) {
        input_.start_reading();
    }

private:
    void on_bytes(std::string_view) override {}
    void on_end() override { loop_.stop(); }
    void on_broken(int) override { loop_.stop(); }
    void on_drained() override {}

    EventLoop& loop_;
    Stream input_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fputs("usage: bench-unconfined-front BACKEND_SOCKET TENANTS\n", stderr);
        return 2;
    }
    SystemClock clock;
    EventLoop loop;
    Log log(clock, "front", LogLevel::warn, LogFormat::text);
    supervisor::FrontLimits limits;
    limits.descriptors = 9000;
    supervisor::FrontContext context{loop, log, limits, {}, {}, false, false, 0, false};
    supervisor::FrontServer server(context, [&loop] { loop.stop(); });
    server.replace_routes(routes_to(argv[1], std::atoi(argv[2])));
    server.listen(listen_somewhere());
    UntilInputEnds input(loop);
    loop.run();
    std::_Exit(0);  // the clients' connections are still open
}
