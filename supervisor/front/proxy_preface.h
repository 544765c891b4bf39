#pragma once
// A trusted proxy's connection until its PROXY header has been read (proxy_header.h).
//
// Takes from the socket exactly the header, so that what follows is read by a client connection as
// if it were the first byte. A proxy that says something else, or not enough in time, is let go of
// without an answer: what it would make of one is not known.
//
// Destroyed by its owner on a later turn, never inside a call to it.

#include "common/base/unique_fd.h"
#include "common/loop/timer.h"
#include "supervisor/front/proxy_header.h"

namespace posta::supervisor {

class ProxyPreface;

class ProxyPrefaceOwner {
public:
    // take_socket() is the client's at `address`.
    virtual void on_client_known(ProxyPreface& preface, const IpAddress& address) = 0;
    virtual void on_preface_failed(ProxyPreface& preface, const char* reason) = 0;

protected:
    ~ProxyPrefaceOwner() = default;
};

class ProxyPreface {
public:
    ProxyPreface(EventLoop& loop, UniqueFd socket, const IpAddress& proxy,
                 std::chrono::milliseconds at_most, ProxyPrefaceOwner& owner);

    const IpAddress& proxy() const { return proxy_; }
    UniqueFd take_socket() { return std::move(socket_); }

private:
    void on_readable();
    void finish();
    void fail(const char* reason);

    // Declared in this order: the poll handle must be stopped before the socket is closed.
    UniqueFd socket_;
    IpAddress proxy_;
    ProxyPrefaceOwner& owner_;
    ProxyHeader header_;
    UvHandle<uv_poll_t> poll_;
    Timer deadline_;
};

}  // namespace posta::supervisor
