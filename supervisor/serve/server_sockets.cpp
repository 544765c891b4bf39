#include "supervisor/serve/server_sockets.h"

namespace posta::supervisor {

namespace {

Result<std::vector<PublicListener>> bind_all(const std::vector<std::string>& addresses) {
    std::vector<PublicListener> listeners;
    for (const std::string& address : addresses) {
        PublicListener listener = TRY(listen_public(address));
        listeners.push_back(std::move(listener));
    }
    return listeners;
}

std::vector<PublicListener> listeners_of(const std::vector<HandedListener>& handed) {
    std::vector<PublicListener> listeners;
    for (const HandedListener& listener : handed)
        listeners.push_back({UniqueFd(listener.socket), listener.address});
    return listeners;
}

}  // namespace

Result<ServerSockets> open_sockets(const std::string& run_dir,
                                   const std::vector<std::string>& listen,
                                   const std::string& admin_listen, Log& log) {
    RunDir directory = TRY(RunDir::take(run_dir, log));
    std::vector<PublicListener> listeners = TRY(bind_all(listen));
    for (const PublicListener& listener : listeners)
        log.info("listening", {{"address", listener.address}});
    std::vector<PublicListener> admin;
    if (!admin_listen.empty()) {
        admin = TRY(bind_all({admin_listen}).within("--admin-listen"));
        log.info("admin listening", {{"at", admin[0].address}});
    }
    UniqueFd control = TRY(directory.listen_for_control());
    return ServerSockets{std::move(directory), std::move(listeners), std::move(admin),
                         std::move(control)};
}

ServerSockets take_over_sockets(const std::string& run_dir, const Handover& handover, Log& log) {
    return {RunDir::take_over(run_dir, UniqueFd(handover.lock), log),
            listeners_of(handover.listeners), listeners_of(handover.admin_listeners),
            UniqueFd(handover.control)};
}

}  // namespace posta::supervisor
